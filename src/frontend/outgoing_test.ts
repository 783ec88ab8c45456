import { strict as assert } from "node:assert";
import { ConnectionClosed } from "../net/connection.ts";
import { Outgoing } from "./outgoing.ts";

const open = () => new AbortController().signal;

/** Whether a promise is settled by now. */
async function settled(promise: Promise<unknown>): Promise<boolean> {
  let done = false;
  void promise.then(() => done = true, () => done = true);
  await new Promise((resolve) => setTimeout(resolve, 0));
  return done;
}

Deno.test("past the bound an account waits for itself, and nobody waits for it", async () => {
  const outgoing = new Outgoing(100, 40);
  const deaf = Array.from({ length: 5 }, () => outgoing.share("deaf", open));
  const taken = deaf.map((share) => share.take(50));
  assert.deepEqual(await Promise.all(taken.map(settled)), [true, true, false, false, false]);
  const [other, second] = [outgoing.share("other", open), outgoing.share("other", open)];
  assert.ok(await settled(other.take(20)) && other.tryTake(10), "a few pages");
  assert.ok(await settled(second.take(10)), "of any of its sessions");
  assert.equal(other.tryTake(1), false, "no more");
  other.end();
  second.give(10);
  assert.ok(await settled(second.take(80)), "one page, however large");
  second.end();
  assert.deepEqual(await Promise.all(taken.map(settled)), [true, true, false, false, false]);
  deaf[0].end();
  assert.deepEqual(await Promise.all(taken.map(settled)), [true, true, true, false, false]);
  for (const share of deaf.slice(1)) share.end();
  assert.ok(await settled(taken[4]));
  deaf[3].end();
  deaf[4].end();
  assert.equal(outgoing.takenBytes, 0);
});

Deno.test("those who wait come in order; one that is larger than the bound comes alone for its account", async () => {
  const outgoing = new Outgoing(100, 0);
  const [a, b, c, d] = ["x", "x", "x", "y"].map((account) => outgoing.share(account, open));
  await a.take(90);
  const large = b.take(500), later = c.take(10);
  assert.ok(await settled(d.take(5)), "an account with nothing under way");
  assert.equal(await settled(later), false, "not past the large one");
  a.end();
  assert.deepEqual([await settled(large), await settled(later)], [true, false]);
  b.give(490);
  assert.equal(await settled(later), true);
});

Deno.test("who waits and is closed leaves the line", async () => {
  const outgoing = new Outgoing(10, 0);
  const closing = new AbortController();
  const [a, b, c] = [open, () => closing.signal, open].map((closed) => outgoing.share("x", closed));
  await a.take(10);
  const gone = b.take(10), waits = c.take(10);
  closing.abort();
  await assert.rejects(gone, ConnectionClosed);
  b.end();
  a.end();
  await waits;
  await assert.rejects(b.take(1), ConnectionClosed);
});
