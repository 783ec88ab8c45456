import { strict as assert } from "node:assert";
import { createServer } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import type { Clock } from "../base/clock.ts";
import { seededRandom } from "../base/id.ts";
import { LIMITS } from "../base/limits.ts";
import { silentLog } from "../base/log.ts";
import { createDialer, type DialerOptions } from "./peer_dialer.ts";
import { authority, certificates, until } from "./testing/transport_world.ts";

/** A clock that stands until told, and shows the pauses that were asked for. */
function pauses() {
  const clock = { nowMs: 0, waiting: [] as { delayMs: number; run: () => void }[] };
  const asClock: Clock = {
    nowMs: () => Date.now(),
    monotonicMs: () => clock.nowMs,
    after(delayMs, run) {
      // The bounds of each call are no pauses.
      if (delayMs !== LIMITS.linkHandshakeMs && delayMs !== LIMITS.linkConnectMs) {
        clock.waiting.push({ delayMs, run });
      }
      return { cancel() {} };
    },
  };
  return { clock, asClock };
}

function dialer(port: number, clock: Clock, more: Partial<DialerOptions> = {}) {
  return createDialer({
    peer: { id: "b", address: "127.0.0.1", port },
    ca: authority.cert,
    ...certificates.a,
    check: () => null,
    clock,
    random: seededRandom(7),
    log: silentLog,
    refusals: () => {},
    onConnection: () => {},
    ...more,
  });
}

async function listening(server: ReturnType<typeof createServer>): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const bound = server.address();
  return typeof bound === "object" && bound ? bound.port : 0;
}

Deno.test("calls in vain come at growing, uneven pauses", async () => {
  const server = createServer();
  const port = await listening(server);
  await new Promise<void>((resolve) => server.close(() => resolve()));
  const { clock, asClock } = pauses();
  const calls = dialer(port, asClock);
  calls.start();
  const shares: number[] = [];
  for (let i = 0; i < 10; i++) {
    await until("the next pause", () => clock.waiting.length === 1);
    const { delayMs, run } = clock.waiting.pop()!;
    const longest = Math.min(LIMITS.linkDialMostMs, LIMITS.linkDialMs * 2 ** i);
    assert.ok(delayMs >= longest / 2 && delayMs <= longest, `pause ${i} is ${delayMs} ms`);
    shares.push(delayMs / longest);
    run();
  }
  assert.ok(new Set(shares).size > 5, "jitter");
  await calls.stop();
});

Deno.test("pauses start anew after a link that lived, and only then", async () => {
  const server = createTlsServer({ ...certificates.b, ca: authority.cert }, (socket) => {
    socket.on("error", () => {});
    socket.resume();
  });
  const port = await listening(server);
  const { clock, asClock } = pauses();
  let end: (() => void) | null = null;
  const calls = dialer(port, asClock, {
    onConnection(stream, admit) {
      admit.done();
      end = () => {
        end = null;
        stream.destroy();
        calls.redial();
      };
    },
  });
  calls.start();
  const pause = async (livedMs: number) => {
    await until("the link", () => end !== null);
    clock.nowMs += livedMs;
    end!();
    const { delayMs, run } = clock.waiting.pop()!;
    run();
    return delayMs;
  };
  for (const longest of [1, 2, 4, 8]) {
    const delayMs = await pause(LIMITS.linkDialMostMs - 1);
    assert.ok(delayMs > LIMITS.linkDialMs * longest / 2 && delayMs <= LIMITS.linkDialMs * longest);
  }
  assert.ok(await pause(LIMITS.linkDialMostMs) <= LIMITS.linkDialMs);
  await until("the last link", () => end !== null);
  await Promise.all([calls.stop(), new Promise<void>((resolve) => (end!(), server.close(() => resolve())))]);
});
