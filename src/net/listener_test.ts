import { strict as assert } from "node:assert";
import { silentLog } from "../base/log.ts";
import { createMetrics } from "../base/metrics.ts";
import type { Connection } from "./connection.ts";
import { ConnectionCounts, listen, type Listener } from "./listener.ts";

/** A port whose sessions answer each line, slowly, and the last one with what they saw at the end. */
async function withPort(run: (listener: Listener) => Promise<void>): Promise<void> {
  const serve = async (connection: Connection) => {
    for (;;) {
      const line = await connection.readLine(100, 5_000);
      if (line === null) break;
      await new Promise((resolve) => setTimeout(resolve, 5));
      connection.write(`${new TextDecoder().decode(line.bytes)} heard\r\n`);
    }
    connection.write("goodbye\r\n");
  };
  const listener = await listen({
    address: "127.0.0.1",
    port: 0,
    implicitTls: false,
    tls: null,
    protocol: "test",
    newSessionId: () => "session1",
    log: silentLog,
    metrics: createMetrics(),
    serve,
    busyGreeting: "",
    counts: new ConnectionCounts(),
  });
  try {
    await run(listener);
  } finally {
    listener.stop();
  }
}

async function untilNoSession({ sessions }: Listener): Promise<void> {
  for (let i = 0; i < 500 && sessions.size > 0; i++) await new Promise((resolve) => setTimeout(resolve, 10));
  assert.equal(sessions.size, 0);
}

Deno.test({
  name: "a client that has sent all it will gets every answer, and its connection ends",
  sanitizeOps: false,
  sanitizeResources: false,
  fn: () =>
    withPort(async (listener) => {
      const client = await Deno.connect({ hostname: "127.0.0.1", port: listener.port });
      await client.write(new TextEncoder().encode("one\r\ntwo\r\nthree\r\nhalf a line"));
      await client.closeWrite();
      const answers = await new Response(client.readable).text();
      assert.equal(answers, "one heard\r\ntwo heard\r\nthree heard\r\ngoodbye\r\n");
      await untilNoSession(listener);
    }),
});

Deno.test({
  name: "a client that is gone, in the middle of its commands too, leaves no session behind",
  sanitizeOps: false,
  sanitizeResources: false,
  fn: () =>
    withPort(async (listener) => {
      for (const sent of ["", "one\r\n", "one\r\n".repeat(20)]) {
        const client = await Deno.connect({ hostname: "127.0.0.1", port: listener.port });
        if (sent) await client.write(new TextEncoder().encode(sent));
        client.close();
      }
      await untilNoSession(listener);
    }),
});
