import { strict as assert } from "node:assert";
import { LocalSystem } from "../../src/actor/local.ts";
import type { ActorRequest, Outcome } from "../../src/actor/request.ts";
import { ManualClock } from "../../src/base/clock.ts";
import { seededRandom } from "../../src/base/id.ts";
import { mailboxActor } from "./actor.ts";
import type { MailboxContract } from "./contract.ts";
import type { DeliveryFilter } from "./filter/contract.ts";
import { faults, letter, newMessage, NO_LIMITS } from "./fixture_test.ts";

/** The way of a copy from mailbox to mailbox, cut anywhere: it is there once, or back once. */

const FILTER: DeliveryFilter = {
  site: { before: null, after: null, default: null, global: {} },
  envelope: { from: "x@y.test", to: "alice@a.test", originalTo: null, auth: null, smtpUtf8: false },
  owner: { address: "alice@a.test", name: "", aliases: [] },
  zoneMinutes: 0,
  environment: {},
  spamPercent: null,
  virusLevel: null,
  mayRefuse: false,
  hostname: "mx.a.test",
  places: {
    as: { id: "alice", groups: [] },
    places: [{ prefix: "#Shared/bob@a.test/", root: "", mailbox: "bob", own: false, limits: NO_LIMITS }],
  },
};

type Carry = (request: ActorRequest, answer: (outcome: Outcome) => void, go: () => void) => void;

/** Two mailboxes, and a way between them that the test rules. */
async function withTwo(
  rights: string,
  run: (world: { system: LocalSystem; carry: (how: Carry) => void; deliver(): Promise<unknown> }) => Promise<
    void
  >,
): Promise<void> {
  let how: Carry = (_request, _answer, go) => go();
  const system: LocalSystem = new LocalSystem({
    clock: new ManualClock(),
    random: seededRandom(7),
    actors: [mailboxActor],
    forward(request, answer) {
      // Whom something is shared with is nothing that anybody here asks for.
      if (request.to === "directory:main") return answer({ ok: true, reply: {} });
      how(request, answer, () => system.handle(request, answer));
    },
  });
  const alice = system.ref<MailboxContract>("mailbox:alice"),
    bob = system.ref<MailboxContract>("mailbox:bob");
  await bob.ask("createFolder", { name: "Team" });
  await bob.ask("setAcl", { name: "Team", entry: { identifier: "alice", rights }, mode: "replace" });
  const content = 'require "fileinto"; fileinto "#Shared/bob@a.test/Team";';
  await alice.ask("putScript", { name: "main", content, active: true });
  await run({
    system,
    carry: (next) => void (how = next),
    deliver: () =>
      alice.ask("deliver", {
        message: newMessage(letter(1)),
        folder: "INBOX",
        limits: NO_LIMITS,
        filter: FILTER,
      }, { requestId: "d1" }),
  });
  assert.deepEqual(system.checkAll(), []);
  await system.close();
}

const settled = () => new Promise((resolve) => setTimeout(resolve, 20));

/** Messages in Alice's INBOX and in Bob's folder; looking wakes both. */
async function counts(system: LocalSystem): Promise<number[]> {
  const count = async (name: "alice" | "bob", folder: string) =>
    (await system.ref<MailboxContract>(`mailbox:${name}`).ask("status", { name: folder })).messages;
  await count("alice", "INBOX");
  await settled();
  return [await count("alice", "INBOX"), await count("bob", "Team")];
}

for (const [rights, want] of [["li", [0, 1]], ["l", [1, 0]]] as const) {
  const end = want[1] ? "filed" : "refused";

  Deno.test(`a copy that is ${end}: killed before it went`, () =>
    withTwo(rights, async ({ system, carry, deliver }) => {
      carry(() => {});
      await deliver();
      await settled();
      assert.deepEqual(await counts(system), [0, 0]);
      carry((_request, _answer, go) => go());
      system.crash();
      assert.deepEqual(await counts(system), want);
      // Whoever delivers again hears the answer of the first time.
      await deliver();
      assert.deepEqual(await counts(system), want);
    }));

  Deno.test(`a copy that is ${end}: every answer lost once`, () =>
    withTwo(rights, async ({ system, carry, deliver }) => {
      const seen = new Set<string>();
      carry((request, answer, go) => {
        if (seen.has(request.requestId!)) return go();
        seen.add(request.requestId!);
        system.handle(request, () => void answer);
      });
      await deliver();
      for (let round = 0; round < 3; round++) {
        await counts(system);
        system.crash();
      }
      assert.deepEqual(await counts(system), want);
      assert.equal(seen.size, want[1] ? 1 : 2);
    }));
}

Deno.test("one delivery that two servers execute sends its copy under one id", async () => {
  const ids: (string | null)[][] = [];
  for (let server = 0; server < 2; server++) {
    const sent: (string | null)[] = [];
    ids.push(sent);
    await withTwo("li", async ({ carry, deliver }) => {
      carry((request, _answer, go) => {
        sent.push(request.requestId);
        go();
      });
      await deliver();
      await settled();
    });
  }
  assert.deepEqual(ids, [["d1:alice:bob/Team"], ["d1:alice:bob/Team"]]);
});

Deno.test("a delivery that is not told where a name leads changes nothing", () =>
  withTwo("li", async ({ system, deliver }) => {
    const { places: _, ...filter } = FILTER;
    const request = { message: newMessage(letter(1)), folder: "INBOX", limits: NO_LIMITS, filter };
    const alice = system.ref<MailboxContract>("mailbox:alice");
    await faults(alice.ask("deliver", request, { requestId: "d1" }), "conflict");
    assert.deepEqual(await counts(system), [0, 0]);
    await deliver();
    assert.deepEqual(await counts(system), [0, 1]);
  }));
