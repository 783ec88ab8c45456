import { strict as assert } from "node:assert";
import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { ReadTimeout } from "../../src/net/connection.ts";
import { Deadlines, SocketConnection } from "../../src/net/socket_connection.ts";

/** A thousand seconds in one: minutes of patience pass while a test looks on. */
class FastDeadlines extends Deadlines {
  override now(): number {
    return performance.now() * 1000;
  }
}

Deno.test("a line must come whole in its time, however steadily its bytes drip", async () => {
  const server = createServer({ pauseOnConnect: true });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  const accepted = once(server, "connection");
  const client = connect(port, "127.0.0.1");
  const [socket] = await accepted as [Socket];
  const connection = new SocketConnection("s", socket, null, new FastDeadlines());
  let sent = 0;
  const drip = setInterval(() => client.write("x".repeat(++sent % 3)), 20);
  try {
    const startedMs = performance.now();
    await assert.rejects(connection.readLine(1000, 300_000), ReadTimeout);
    assert.ok(performance.now() - startedMs < 5_000);
    assert.ok(sent > 10, "bytes came all the time");
  } finally {
    clearInterval(drip);
    const closed = once(client, "close");
    connection.destroy();
    client.destroy();
    await closed;
    server.close();
    await once(server, "close");
    connection.destroy();
  }
});
