import { strict as assert } from "node:assert";
import { createHash } from "node:crypto";
import { Buffer } from "node:buffer";
import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { constants, createDeflateRaw, createInflateRaw } from "node:zlib";
import { fromLatin1 } from "../base/bytes.ts";
import { makeCertificateAuthority, makeLeaf } from "./certificate.ts";
import { CompressedConnection } from "./compressed_connection.ts";
import { ConnectionClosed } from "./connection.ts";
import { Deadlines, SocketConnection } from "./socket_connection.ts";
import { createTlsContexts } from "./tls.ts";

/** A compressed connection over TLS on a real socket; the client is zlib's. */
async function withTls(
  body: (connection: CompressedConnection, client: ReturnType<typeof zlibClient>) => Promise<void>,
): Promise<void> {
  const authority = await makeCertificateAuthority("Test");
  const leaf = await makeLeaf(authority, { names: ["localhost"], days: 30 });
  const other = await makeLeaf(authority, { names: ["other.test"], days: 30 });
  const server = createServer({ pauseOnConnect: true });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  assert.ok(address && typeof address === "object");
  const accepted = once(server, "connection");
  const plain = connect(address.port, "127.0.0.1");
  const [socket] = await accepted;
  const inner = new SocketConnection(
    "s",
    socket as Socket,
    createTlsContexts([other, leaf]),
    new Deadlines(),
  );
  const secure = connectTls({ socket: plain, servername: "localhost", rejectUnauthorized: false });
  await Promise.all([inner.startTls(), once(secure, "secureConnect")]);
  const shown = createHash("sha256").update(secure.getPeerCertificate().raw).digest();
  assert.deepEqual(inner.tls?.endPoint, new Uint8Array(shown)); // RFC 5929 §4.1
  const connection = new CompressedConnection(inner);
  const client = zlibClient(secure);
  try {
    await body(connection, client);
  } finally {
    connection.destroy();
    secure.destroy();
    client.close();
    server.close();
    await once(server, "close");
  }
}

function zlibClient(socket: Socket) {
  const deflate = createDeflateRaw(), inflate = createInflateRaw();
  const chunks: Buffer[] = [];
  deflate.on("data", (bytes: Buffer) => void socket.write(bytes));
  inflate.on("data", (bytes: Buffer) => void chunks.push(bytes));
  socket.on("error", () => {});
  socket.on("data", (bytes: Buffer) => void inflate.write(bytes));
  return {
    socket,
    send: (data: Buffer) =>
      new Promise<void>((resolve) => {
        deflate.write(data);
        deflate.flush(constants.Z_SYNC_FLUSH, () => resolve());
      }),
    /** What came, once it is so many octets. */
    async received(bytes: number): Promise<Buffer> {
      for (let tries = 0; tries < 2000; tries++) {
        const all = Buffer.concat(chunks);
        if (all.length >= bytes) return all;
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      throw new Error("too little came");
    },
    close() {
      deflate.close();
      inflate.close();
    },
  };
}

/** Text that compresses well and octets that do not. */
function mixed(bytes: number): Buffer {
  const data = Buffer.alloc(bytes, "* 1 FETCH (FLAGS (\\Seen))\r\n");
  for (let at = 0; at < bytes; at += 40_000) {
    crypto.getRandomValues(data.subarray(at, Math.min(bytes, at + 8_000)));
  }
  return data;
}

const test = (name: string, fn: () => Promise<void>) =>
  Deno.test({ name, fn, sanitizeOps: false, sanitizeResources: false });

test("compressed octets pass both ways under TLS, in order and whole (RFC 4978 §3)", () =>
  withTls(async (connection, client) => {
    const up = mixed(2_000_000), down = mixed(3_000_000);
    const sent = client.send(up);
    const parts: Uint8Array[] = [];
    for (let bytes = 0; bytes < up.length;) {
      const piece = await connection.read(10_000);
      assert.ok(piece && piece.length <= 64 * 1024, "in bounded pieces");
      parts.push(piece);
      bytes += piece.length;
    }
    await sent;
    assert.ok(Buffer.concat(parts).equals(up));
    for (let at = 0; at < down.length; at += 100_000) {
      connection.write(new Uint8Array(down.subarray(at, at + 100_000)));
      await connection.flush();
    }
    assert.ok((await client.received(down.length)).equals(down));
  }));

test("lines, octets given back and the end of the peer's stream", () =>
  withTls(async (connection, client) => {
    await client.send(Buffer.from(`one\r\ntwo\nstill\r\n${"x".repeat(300)}\r\nrest`));
    const line = async (most: number) => {
      const { bytes, tooLong } = (await connection.readLine(most, 10_000))!;
      return `${fromLatin1(bytes)}${tooLong ? "…" : ""}`;
    };
    assert.equal(await line(100), "one");
    assert.equal(await line(100), "two\nstill");
    assert.equal(await line(10), "xxxxxxxxxx…");
    const rest = (await connection.read(10_000))!;
    connection.unread(rest.subarray(2));
    assert.equal(fromLatin1(connection.tryRead()!), "st");
    assert.equal(connection.tryRead(), null);
    const reading = connection.read(10_000);
    client.socket.end();
    assert.equal(await reading, null);
    await assert.rejects(connection.startTls(), ConnectionClosed);
  }));

test("whoever waits hears of the end", () =>
  withTls(async (connection) => {
    const reading = connection.read(10_000);
    connection.destroy();
    await assert.rejects(reading, ConnectionClosed);
    await assert.rejects(connection.read(1_000), ConnectionClosed);
    connection.write("too late");
    await assert.rejects(connection.flush(), ConnectionClosed);
  }));
