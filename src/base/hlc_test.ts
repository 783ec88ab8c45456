import { strict as assert } from "node:assert";
import { HlcClock, hlcMs, nextHlc } from "./hlc.ts";

Deno.test("timestamps grow, whatever the clock does", () => {
  const times = [1_000, 1_000, 900, 2_000];
  const clock = new HlcClock(() => times.shift()!, 0);
  const given = [clock.next(), clock.next(), clock.next(), clock.next()];
  assert.deepEqual(given, [...given].sort((a, b) => a - b));
  assert.equal(new Set(given).size, 4);
  assert.deepEqual(given.map(hlcMs), [1_000, 1_000, 1_000, 2_000]);
});

Deno.test("two servers that have seen the same never give the same timestamp", () => {
  const servers = ([0, 1] as const).map((slot) => new HlcClock(() => 1_000, slot));
  for (let n = 0; n < 10; n++) {
    const given = servers.map((server) => server.next());
    assert.notEqual(given[0], given[1]);
    for (const server of servers) given.forEach((hlc) => server.observe(hlc));
  }
});

Deno.test("nextHlc() is after the last one, not before the given time, and the server's own", () => {
  assert.equal(nextHlc(10, 20, 0), 22);
  assert.equal(nextHlc(10, 20, 1), 21);
  assert.equal(nextHlc(30, 20, 0), 30);
  assert.equal(nextHlc(30, 20, 1), 31);
});
