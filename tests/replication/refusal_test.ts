import { strict as assert } from "node:assert";
import { connect as connectPlain } from "node:net";
import { connect, type ConnectionOptions } from "node:tls";
import { LIMITS } from "../../src/base/limits.ts";
import { makeCertificateAuthority, makeLeaf } from "../../src/net/certificate.ts";
import { encodeFrame } from "../../src/replication/frame.ts";
import { startPair, type TestPair, until } from "../support/pair.ts";
import { SmtpClient } from "../support/smtp_client.ts";

/** Strangers knock on the link's ports of two real servers that see each other. */
const ACCOUNT = "ann@pair.test";

interface Door {
  pair: TestPair;
  which: 0 | 1;
  address: string;
  port: number;
}

/** Connects with TLS as somebody, says something and waits to be thrown out. */
function intrude(door: Door, options: ConnectionOptions, words: Uint8Array[]): Promise<void> {
  return new Promise((resolve) => {
    const ca = Deno.readTextFileSync(`${door.pair.folder}/ca.pem`);
    const servername = `mx${door.which + 1}`;
    const socket = connect({ host: door.address, port: door.port, servername, ca, ...options });
    socket.on("error", () => {}); // being thrown out may look like one
    socket.on("close", () => resolve());
    socket.on("secureConnect", () => words.forEach((word) => socket.write(word)));
    socket.resume();
  });
}

/** Says something in clear text and waits to be thrown out. */
function shout({ address, port }: Door, words: string | Uint8Array): Promise<void> {
  return new Promise((resolve) => {
    const socket = connectPlain(port, address, () => socket.write(words));
    socket.on("error", () => {});
    socket.on("close", () => resolve());
    socket.resume();
  });
}

function peerCertificate({ pair, which }: Door): { cert: string; key: string } {
  const name = `${pair.folder}/mx${2 - which}`;
  return { cert: Deno.readTextFileSync(`${name}.cert.pem`), key: Deno.readTextFileSync(`${name}.key.pem`) };
}

const otherPair = await makeCertificateAuthority("Mallard test pair", { days: 30 });
const foreign = {
  mx1: await makeLeaf(otherPair, { names: ["mx1"], days: 30, clientAuth: true }),
  mx2: await makeLeaf(otherPair, { names: ["mx2"], days: 30, clientAuth: true }),
};
const hello = encodeFrame({ type: "hello", node: "mx1", dataId: "d", versions: [1, 1] }).pieces;
const frame = (bytes: number) => encodeFrame(new Uint8Array(bytes)).pieces;

/** Reasons as the server with the larger id tells them; the other one sends its peer away before it reads anything. */
const STRANGERS: readonly [name: string, come: (door: Door) => Promise<void>, reason: RegExp][] = [
  ["no certificate", (door) => intrude(door, {}, hello), /no certificate/],
  [
    "a certificate of another pair",
    (door) => intrude(door, foreign[door.which === 0 ? "mx2" : "mx1"], hello),
    /not from the authority of the pair/,
  ],
  ["garbage", (door) => shout(door, new Uint8Array(3000).fill(0xa5)), /TLS/],
  ["an HTTP request", (door) => shout(door, "GET / HTTP/1.1\r\nHost: mx\r\n\r\n"), /does not speak TLS/],
  [
    "an oversized frame of the peer",
    (door) => intrude(door, peerCertificate(door), frame(LIMITS.linkHelloBytes)),
    /a frame of 65\d+ bytes|this server calls/,
  ],
  [
    "a frame of the peer that claims 4 GiB",
    (door) => intrude(door, peerCertificate(door), [new Uint8Array(8).fill(0xff)]),
    /a frame of 4294967295 bytes|this server calls/,
  ],
];

Deno.test("strangers on the link's ports are refused and logged, and change nothing", async () => {
  const pair = await startPair();
  const states = () =>
    Promise.all(pair.servers.map(async (server) => {
      const { body } = await server.api("GET", `/api/v1/replication/mailboxes/${ACCOUNT}`);
      return [body.position, body.hash];
    }));
  const deliver = async () => {
    for (const server of pair.servers) {
      const smtp = await SmtpClient.connect(server.ports.smtp, { host: server.address });
      await smtp.expect(250, "EHLO client.test");
      assert.equal((await smtp.mail("x@out.test", [ACCOUNT], "Subject: hello\r\n\r\ntext\r\n")).code, 250);
      await smtp.close();
    }
    await pair.converged([ACCOUNT]);
  };
  try {
    await pair.servers[0].addAccount(ACCOUNT);
    await deliver();
    const before = await states();
    for (const which of [0, 1] as const) {
      const server = pair.servers[which];
      const door = { pair, which, address: server.address, port: pair.listen[which] };
      const refused = () => server.logs().filter(({ event }) => event === "replication.refused");
      const before = refused().length; // calls while the other server was starting
      for (const [name, come, reason] of STRANGERS) {
        const known = refused().length;
        await come(door);
        await until(`${name}: no log line`, 5_000, () => Promise.resolve(refused().length > known));
        assert.match(String(refused()[known].reason), reason, name);
      }
      assert.equal(refused().length, before + STRANGERS.length);
    }
    assert.deepEqual(await states(), before);
    await deliver();
    for (const server of pair.servers) {
      const count = (event: string) => server.logs().filter((line) => line.event === event).length;
      assert.deepEqual([count("replication.linked"), count("replication.unlinked")], [1, 0]);
    }
  } finally {
    await pair.remove();
  }
});
