import { strict as assert } from "node:assert";
import { FairShare } from "./fair_share.ts";

const round = () => new Promise((resolve) => setImmediate(resolve));

Deno.test("sessions that flood take turns, one a round, and none is passed over", async () => {
  const done = [0, 0, 0];
  let going = true;
  const flood = async (who: number) => {
    const share = new FairShare();
    while (going) {
      await share.next();
      done[who]++;
    }
  };
  const all = done.map((_, who) => flood(who));
  await round(); // everybody's first commands
  let before = done.reduce((a, b) => a + b), most = 0;
  for (let i = 0; i < 60; i++) {
    await round();
    const now = done.reduce((a, b) => a + b);
    most = Math.max(most, now - before);
    before = now;
  }
  going = false;
  await Promise.all(all);
  assert.ok(most <= 100, `${most} commands between two rounds`);
  assert.ok(Math.min(...done) > 100 && Math.max(...done) - Math.min(...done) <= 100, done.join());
});

Deno.test("a session alone goes on in the next round", async () => {
  const share = new FairShare();
  let waits = 0;
  for (let i = 0; i < 200; i++) {
    const wait = share.next();
    if (wait) waits++;
    await wait;
  }
  assert.equal(waits, 4);
});
