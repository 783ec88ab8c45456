import { strict as assert } from "node:assert";
import type { ActorSystem } from "../actor/actor.ts";
import { Fault, type FaultCode } from "../base/fault.ts";
import { followAccount } from "./account_watch.ts";

type Change = "disabled" | "removed" | "credentials" | "settings";

/** A session that follows an account of a directory which answers as it is told. */
function follow(answer: FaultCode | null) {
  const told: string[] = [];
  let tell: (change: Change) => void = () => {};
  const account = { id: "alice", address: "alice@a.test" };
  const ask = () => answer ? Promise.reject(new Fault(answer, "no")) : Promise.resolve(account);
  const system = { ref: () => ({ address: "directory:main", ask }) } as unknown as ActorSystem;
  const accounts = {
    watch(_: string, listener: (change: Change) => void) {
      tell = listener;
      return () => void told.push("unwatched");
    },
  };
  const stop = followAccount({ accounts, system }, "alice", {
    settings: ({ address }) => void told.push(`settings of ${address}`),
    end: (why) => void told.push(`end: ${why}`),
    failed: () => void told.push("failed"),
  });
  return { told, stop, tell: (change: Change) => tell(change) };
}

const settle = () => new Promise((resolve) => setTimeout(resolve));

const ROWS: [change: Change, answer: FaultCode | null, want: string[]][] = [
  ["credentials", null, ["end: credentials"]],
  ["disabled", null, ["end: disabled"]],
  ["settings", null, ["settings of alice@a.test"]],
  // After the directory was away an event may have been missed.
  ["settings", "not_found", ["end: removed"]],
  ["settings", "denied", ["end: disabled"]],
  ["settings", "unavailable", ["failed"]],
];

for (const [change, answer, want] of ROWS) {
  Deno.test(`a session whose account has changed (${change}, the directory says ${answer ?? "ok"})`, async () => {
    const { told, tell } = follow(answer);
    tell(change);
    await settle();
    assert.deepEqual(told, want);
  });
}

Deno.test("a session that is over hears nothing of its account, not even what was asked before", async () => {
  for (const answer of [null, "not_found", "unavailable"] as const) {
    const { told, stop, tell } = follow(answer);
    tell("settings");
    stop();
    await settle();
    assert.deepEqual(told, ["unwatched"]);
  }
});
