import { strict as assert } from "node:assert";
import { type BehindOptions, catchUp, describe } from "./catch_up.ts";

/** A server that was away is itself again: in small; the large form and its figures are those of `bench-pair`. */
const CASES: readonly BehindOptions[] = [
  { messages: 500, accounts: 1, away: "stopped" },
  { messages: 500, accounts: 5, away: "cut" },
  { messages: 500, accounts: 1, away: "stopped", taker: 1 },
];

for (const one of CASES) {
  const name = `${one.taker === 1 ? "the home" : "the replica"} catches up after it was ${one.away}`;
  Deno.test(`${name}: ${one.accounts} account(s)`, async () => {
    const found = await catchUp(one);
    console.log(describe(one, found));
    assert.ok(found.converged);
    assert.ok(found.startMs <= 2_000, `${found.startMs} ms`);
    assert.ok(found.wireRatio <= 1.2, `${found.wireRatio} x the bytes`);
  });
}
