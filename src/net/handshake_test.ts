import { strict as assert } from "node:assert";
import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { makeCertificateAuthority, makeLeaf } from "./certificate.ts";
import { ConnectionClosed, type TlsInfo } from "./connection.ts";
import { serverHandshake } from "./handshake.ts";
import { BadCertificate, type CertificatePair, createTlsContexts } from "./tls.ts";

const authority = await makeCertificateAuthority("Clients of a.test");
const stranger = await makeCertificateAuthority("Somebody else");
const server = await makeLeaf(authority, { names: ["mx.a.test"], days: 2 });
const second = await makeLeaf(stranger, { names: ["mx.b.test"], days: 2 });

function person(ca: CertificatePair, emails: string[], clientAuth = true): Promise<CertificatePair> {
  return makeLeaf(ca, { names: [], emails, days: 2, clientAuth });
}

/** What the server knows after the handshake of a client with this certificate; null when there was none. */
async function shake(
  clientCa: string | null,
  shown: CertificatePair | null,
  name = "mx.a.test",
): Promise<TlsInfo | null> {
  const listener = createServer({ pauseOnConnect: true });
  listener.listen(0, "127.0.0.1");
  await once(listener, "listening");
  const { port } = listener.address() as { port: number };
  const accepted = once(listener, "connection");
  const plain = connect(port, "127.0.0.1");
  const [socket] = await accepted as [Socket];
  const client = connectTls({ socket: plain, servername: name, rejectUnauthorized: false, ...shown });
  client.on("error", () => {});
  try {
    const { secure, info } = await serverHandshake(socket, createTlsContexts([server, second], clientCa));
    secure.on("error", () => {});
    secure.destroy();
    return info;
  } catch (error) {
    assert.ok(error instanceof ConnectionClosed);
    return null;
  } finally {
    client.destroy();
    socket.destroy();
    listener.close();
  }
}

Deno.test("a client's certificate names addresses when the authority for clients has signed it", async () => {
  const alice = await person(authority, ["Alice@a.test", "al@a.test"]);
  const rows: [string, string | null, CertificatePair | null, string[]][] = [
    ["signed", authority.cert, alice, ["Alice@a.test", "al@a.test"]],
    ["none", authority.cert, null, []],
    ["signed by somebody else", authority.cert, await person(stranger, ["alice@a.test"]), []],
    ["not for clients", authority.cert, await person(authority, ["alice@a.test"], false), []],
    [
      "of a machine",
      authority.cert,
      await makeLeaf(authority, { names: ["a.test"], days: 2, clientAuth: true }),
      [],
    ],
    ["nobody asked", null, alice, []],
  ];
  for (const [what, ca, shown, addresses] of rows) {
    assert.deepEqual((await shake(ca, shown))?.clientAddresses, addresses, what);
  }
});

Deno.test("names choose the certificate also where clients are asked for theirs", async () => {
  const ends = await Promise.all(["mx.a.test", "mx.b.test"].map((name) => shake(authority.cert, null, name)));
  const plain = await Promise.all(["mx.a.test", "mx.b.test"].map((name) => shake(null, null, name)));
  assert.deepEqual(ends.map((info) => info?.serverName), ["mx.a.test", "mx.b.test"]);
  assert.deepEqual(ends.map((info) => info?.endPoint), plain.map((info) => info?.endPoint));
  assert.notDeepEqual(ends[0]?.endPoint, ends[1]?.endPoint);
});

Deno.test("an authority that cannot be read is refused", () => {
  assert.throws(() => createTlsContexts([server], "no certificate"), BadCertificate);
});
