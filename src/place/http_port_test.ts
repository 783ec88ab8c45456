import { strict as assert } from "node:assert";
import { openHttpPort } from "./http_port.ts";

/** Sends a POST of so many octets to a port that refuses it unread; the status line, read after all was sent. */
async function refused(bytes: number, head: string): Promise<string> {
  const refuse = () => Promise.resolve(new Response("too big", { status: 413 }));
  const port = await openHttpPort({ hostname: "127.0.0.1", port: 0, tls: null }, refuse);
  const client = await Deno.connect({ hostname: "127.0.0.1", port: port.port });
  try {
    const lines = `POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: ${bytes}\r\n${head}\r\n`;
    await client.write(new TextEncoder().encode(lines));
    const piece = new Uint8Array(64 * 1024);
    for (let left = bytes; left > 0;) {
      left -= await client.write(piece.subarray(0, Math.min(left, piece.length)));
    }
    const answer = new Uint8Array(1000);
    const size = await client.read(answer);
    return new TextDecoder().decode(answer.subarray(0, size ?? 0)).split("\r\n")[0];
  } finally {
    client.close();
    await port.shutdown();
  }
}

Deno.test({
  name: "a request that is refused unread is read to its end, so that the answer is seen",
  sanitizeOps: false,
  sanitizeResources: false,
  fn: async () => {
    for (const head of ["", "Connection: close\r\n"]) {
      assert.match(await refused(8 * 1024 * 1024, head), /^HTTP\/1\.1 413 /, head);
    }
  },
});
