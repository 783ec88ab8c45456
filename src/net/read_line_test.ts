import { strict as assert } from "node:assert";
import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { fromLatin1 } from "../base/bytes.ts";
import { Deadlines, SocketConnection } from "./socket_connection.ts";

/** A connection whose client is the test. */
async function withConnection(body: (connection: SocketConnection, client: Socket) => Promise<void>) {
  const server = createServer({ pauseOnConnect: true });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  assert.ok(address && typeof address === "object");
  const accepted = once(server, "connection");
  const client = connect(address.port, "127.0.0.1");
  client.setNoDelay(true);
  const [socket] = await accepted;
  const connection = new SocketConnection("session1", socket as Socket, null, new Deadlines());
  try {
    await body(connection, client);
  } finally {
    connection.destroy();
    client.destroy();
    server.close();
    await once(server, "close");
  }
}

Deno.test({
  name: "readLine() loses nothing of what came in many pieces while nobody read",
  sanitizeOps: false,
  sanitizeResources: false,
  fn: () =>
    withConnection(async (connection, client) => {
      const count = 2000;
      for (let i = 0; i < count; i++) {
        client.write(`line ${i} ${"x".repeat(i % 300)}\r\n`);
        if (i % 50 === 0) await new Promise((resolve) => setImmediate(resolve));
      }
      for (let i = 0; i < count; i++) {
        const line = connection.tryReadLine(1000) ?? await connection.readLine(1000, 5000);
        assert.ok(
          line && fromLatin1(line.bytes).startsWith(`line ${i} x`.slice(0, i % 300 ? undefined : -1)),
        );
        if (i % 100 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
      }
    }),
});

Deno.test({
  name: "close() ends a readLine() that waits",
  sanitizeOps: false,
  sanitizeResources: false,
  fn: () =>
    withConnection(async (connection) => {
      const waiting = assert.rejects(connection.readLine(100, 60_000), /closed/);
      await connection.close();
      await waiting;
    }),
});
