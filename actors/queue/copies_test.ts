import { strict as assert } from "node:assert";
import { LocalSystem } from "../../src/actor/local.ts";
import { latin1 } from "../../src/base/bytes.ts";
import { ManualClock } from "../../src/base/clock.ts";
import { seededRandom } from "../../src/base/id.ts";
import { queueActor } from "./actor.ts";
import type { QueueContract } from "./contract.ts";

const SUBMISSION: QueueContract["submit"]["request"] = {
  envelope: {
    from: "a@home.test",
    recipients: [{ address: "b@far.test", dsn: { notify: [], orcpt: null } }],
    smtpUtf8: false,
    body: "7bit",
    requireTls: false,
    ret: null,
    envid: null,
  },
  raw: latin1("Subject: x\r\n\r\ntext\r\n"),
  source: "submission",
  messageId: null,
  accountId: null,
};

function queue(seed: number) {
  const system = new LocalSystem({
    clock: new ManualClock(),
    random: seededRandom(seed),
    actors: [queueActor],
  });
  return { system, ask: system.ref<QueueContract>("queue:main").ask };
}

Deno.test("a copy is dropped once its message is done, and told once", async () => {
  const { ask, system } = queue(1);
  const { id } = await ask("submit", { ...SUBMISSION, copied: true });
  const { id: other } = await ask("submit", SUBMISSION);
  assert.deepEqual(await ask("doneCopies", {}), { ids: [] });
  await ask("remove", { id });
  await ask("remove", { id: other });
  assert.deepEqual(await ask("doneCopies", {}), { ids: [id] });
  await ask("forgetDone", { ids: [id] });
  assert.deepEqual(await ask("doneCopies", {}), { ids: [] });
  assert.deepEqual(system.checkAll(), []);
});

Deno.test("copies are kept once, and taken over as own mail", async () => {
  const { ask, system } = queue(2);
  for (const id of ["m1", "m2", "m1"]) await ask("keepCopy", { id, node: "mx1", submission: SUBMISSION });
  await ask("keepCopy", { id: "m3", node: "mx3", submission: SUBMISSION });
  assert.deepEqual((await ask("claim", { max: 10, perDomain: 10, leaseMs: 1000 })).leases, []);
  await ask("dropCopies", { ids: ["m2"] });
  assert.equal((await ask("stats", {})).copies, 2);
  assert.deepEqual(await ask("takeOver", { node: "mx1" }), { taken: 1, more: false });
  assert.deepEqual(await ask("takeOver", { node: "mx1" }), { taken: 0, more: false });
  const { leases } = await ask("claim", { max: 10, perDomain: 10, leaseMs: 1000 });
  assert.deepEqual(leases.map(({ envelope, domain }) => [envelope.from, domain]), [[
    "a@home.test",
    "far.test",
  ]]);
  assert.deepEqual(system.checkAll(), []);
});
