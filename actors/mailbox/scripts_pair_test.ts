import { strict as assert } from "node:assert";
import { GENESIS } from "../../src/actor/replica.ts";
import type { MailboxContract } from "./contract.ts";
import { letter, newMessage, NO_LIMITS } from "./fixture_test.ts";
import { mailboxActor } from "./actor.ts";
import { type Pair, type Server, withPair } from "./pair_test.ts";

/** Moves one server's time on, so that what it does next is later than all that was done. */
function later(pair: Pair, server: Server): Server["ask"] {
  const now = Math.max(pair.home.clock.nowMs(), pair.other.clock.nowMs());
  server.clock.advance(now - server.clock.nowMs() + 1000);
  return server.ask;
}

/** Puts a script on the home and brings both together. */
async function begin(pair: Pair, ...names: string[]): Promise<void> {
  for (const name of names) await pair.home.ask("putScript", { name, content: `${name} 0` });
  await pair.meet();
}

Deno.test("which requests about scripts change what both servers hold", () => {
  const names = Object.keys(mailboxActor.handlers).filter((name) => /script|space/i.test(name));
  const changing = names.filter((name) => mailboxActor.changes!(name, {}));
  assert.deepEqual(changing, ["putScript", "deleteScript", "renameScript", "setActiveScript"]);
  const reads = names.filter((name) => (mailboxActor.reads as Set<string>).has(name));
  assert.deepEqual(reads, ["listScripts", "getScript", "haveSpace", "usesGlobalScript"]);
});

Deno.test("what is done to scripts on one server is there on the other, and its watchers hear of it", () =>
  withPair(async (pair) => {
    const { home, other } = pair;
    const steps: [() => Promise<unknown>, Record<string, string>][] = [
      [() => home.ask("putScript", { name: "a", content: "1", active: true }), { "*a": "1" }],
      [() => home.ask("putScript", { name: "a", content: "2" }), { "*a": "2" }],
      [() => home.ask("renameScript", { from: "a", to: "b" }), { "*b": "2" }],
      [() => other.ask("putScript", { name: "c", content: "3" }), { "*b": "2", c: "3" }],
      [() => other.ask("setActiveScript", { name: "c" }), { b: "2", "*c": "3" }],
      [() => home.ask("deleteScript", { name: "b" }), { "*c": "3" }],
      [() => home.ask("setActiveScript", { name: null }), { c: "3" }],
    ];
    for (const [step, want] of steps) {
      await step();
      home.told = other.told = 0;
      await pair.meet();
      assert.deepEqual(await other.scripts(), want);
      assert(home.told + other.told > 0, "the one that took it over tells");
    }
  }));

/** What both sides do to scripts `a` and `b` while they are apart, in this order, and what comes of it. */
type Step = { [N in keyof MailboxContract]: [N, MailboxContract[N]["request"]] }[
  | "putScript"
  | "deleteScript"
  | "renameScript"
  | "setActiveScript"
];
const put = (name: string, content: string): Step => ["putScript", { name, content }];
const remove = (name: string): Step => ["deleteScript", { name }];
const rename = (from: string, to: string): Step => ["renameScript", { from, to }];
const activate = (name: string | null): Step => ["setActiveScript", { name }];

const SPLITS: [what: string, steps: ["home" | "other", Step][], want: Record<string, string>][] = [
  [
    "the later version stays, the other one is kept beside it",
    [["home", put("a", "home")], ["other", put("a", "other")]],
    { a: "other", "a (2)": "home", b: "b 0" },
  ],
  [
    "likewise when the home's is the later one",
    [["other", put("a", "other")], ["home", put("a", "home")]],
    { a: "home", "a (2)": "other", b: "b 0" },
  ],
  [
    "the same text on both sides is one version",
    [["home", put("a", "same")], ["other", put("a", "same")]],
    { a: "same", b: "b 0" },
  ],
  [
    "only the last version of each side counts",
    [["home", put("a", "1")], ["other", put("a", "2")], ["home", put("a", "3")], ["other", put("a", "4")]],
    { a: "4", "a (2)": "3", b: "b 0" },
  ],
  [
    "a name that is taken meanwhile is left alone",
    [["other", put("a (2)", "mine")], ["home", put("a", "home")], ["other", put("a", "other")]],
    { a: "other", "a (2)": "mine", "a (3)": "home", b: "b 0" },
  ],
  [
    "two new scripts of one name",
    [["home", put("new", "home")], ["other", put("new", "other")]],
    { a: "a 0", b: "b 0", new: "other", "new (2)": "home" },
  ],
  [
    "deleted there, changed here later: the change stands",
    [["other", remove("a")], ["home", put("a", "home")]],
    { a: "home", b: "b 0" },
  ],
  [
    "deleted here, changed there later: the change stands",
    [["home", remove("a")], ["other", put("a", "other")]],
    { a: "other", b: "b 0" },
  ],
  [
    "changed here, deleted there later: it is gone, as if both had been said to one server",
    [["home", put("a", "home")], ["other", remove("a")]],
    { b: "b 0" },
  ],
  ["deleted on both sides", [["home", remove("a")], ["other", remove("a")]], { b: "b 0" }],
  [
    "activated on both sides: the later word counts",
    [["home", activate("a")], ["other", activate("b")]],
    { a: "a 0", "*b": "b 0" },
  ],
  [
    "likewise when the home's is the later one",
    [["other", activate("b")], ["home", activate("a")]],
    { "*a": "a 0", b: "b 0" },
  ],
  [
    "none active is a word, too",
    [["home", activate("a")], ["other", activate("b")], ["other", activate(null)]],
    { a: "a 0", b: "b 0" },
  ],
  [
    "activated here, deleted there: none is active",
    [["home", activate("a")], ["other", remove("a")]],
    { b: "b 0" },
  ],
  [
    "activated there, deleted here: none is active",
    [["home", remove("a")], ["other", activate("a")]],
    { b: "b 0" },
  ],
  [
    "activated and changed there, deleted here before: it stands and is active",
    [["home", remove("a")], ["other", put("a", "other")], ["other", activate("a")]],
    { "*a": "other", b: "b 0" },
  ],
  [
    "the active one is renamed here and changed there: nothing is lost",
    [["home", activate("a")], ["home", rename("a", "c")], ["other", put("a", "other")]],
    { a: "other", b: "b 0", "*c": "a 0" },
  ],
  [
    "renamed to two names",
    [["home", rename("a", "c")], ["other", rename("a", "d")]],
    { b: "b 0", c: "a 0", d: "a 0" },
  ],
];

for (const [what, steps, want] of SPLITS) {
  Deno.test(`two servers apart: ${what} (${steps.map(([side]) => side).join(", ")})`, () =>
    withPair(async (pair) => {
      await begin(pair, "a", "b");
      for (const [side, [name, request]] of steps) await later(pair, pair[side])(name, request as never);
      await pair.meet();
      assert.deepEqual(await pair.home.scripts(), want);
      // What comes next goes on from there, from either side.
      await pair.other.ask("putScript", { name: "next", content: "1", active: true });
      await pair.meet();
      await pair.home.ask("setActiveScript", { name: null });
      await pair.meet();
    }));
}

Deno.test("a heal that the other server did not hear of is repeated with more", () =>
  withPair(async (pair) => {
    const { home, other } = pair;
    await begin(pair, "a", "b");
    const common = await pair.common();
    await later(pair, home)("putScript", { name: "a", content: "home" });
    await later(pair, other)("putScript", { name: "a", content: "other" });
    await pair.heal(common);
    const joined = { a: "other", "a (2)": "home", b: "b 0" };
    assert.deepEqual(await home.scripts(), joined);
    await pair.heal(common);
    assert.deepEqual(await home.scripts(), joined, "the same branch again changes nothing");

    await later(pair, home)("putScript", { name: "a (2)", content: "tidied" });
    await later(pair, other)("putScript", { name: "b", content: "more" });
    await later(pair, other)("setActiveScript", { name: "b" });
    const { after, entries } = await pair.heal(common);
    assert.deepEqual(await home.scripts(), { a: "other", "a (2)": "tidied", "*b": "more" });
    await other.ask("applyLog", { after, entries });
    await pair.same();
  }));

Deno.test("a later version of a branch that was joined before wins once more, and no version is kept twice", () =>
  withPair(async (pair) => {
    const { home, other } = pair;
    await begin(pair, "a");
    const common = await pair.common();
    await later(pair, other)("putScript", { name: "a", content: "other 1" });
    await later(pair, home)("putScript", { name: "a", content: "home" });
    await pair.heal(common);
    assert.deepEqual(await home.scripts(), { a: "home", "a (2)": "other 1" });
    await later(pair, other)("putScript", { name: "a", content: "other 2" });
    await other.ask("applyLog", await pair.heal(common));
    await pair.same();
    assert.deepEqual(await other.scripts(), { a: "other 2", "a (2)": "other 1", "a (3)": "home" });
  }));

Deno.test("a mark that a heal took away is given again by the longer branch", () =>
  withPair(async (pair) => {
    const { home, other } = pair;
    await begin(pair, "a", "b", "c");
    await home.ask("setActiveScript", { name: "a" });
    await pair.meet();
    const common = await pair.common();
    await later(pair, home)("setActiveScript", { name: "b" });
    await later(pair, home)("deleteScript", { name: "a" });
    await later(pair, other)("setActiveScript", { name: "c" });
    await later(pair, other)("setActiveScript", { name: "a" });
    await pair.heal(common);
    assert.deepEqual(await home.scripts(), { b: "b 0", c: "c 0" });
    await later(pair, other)("setActiveScript", { name: "c" });
    await other.ask("applyLog", await pair.heal(common));
    await pair.same();
    assert.deepEqual(await other.scripts(), { b: "b 0", "*c": "c 0" });
  }));

Deno.test("a request that both servers made counts once", () =>
  withPair(async (pair) => {
    const { home, other } = pair;
    await begin(pair, "a");
    const request = { name: "a", content: "sent twice" };
    await later(pair, home)("putScript", request, { requestId: "put" });
    await later(pair, home)("putScript", { name: "a", content: "later" });
    await later(pair, other)("putScript", request, { requestId: "put" });
    await pair.meet();
    assert.deepEqual(await home.scripts(), { a: "later" });
  }));

Deno.test("a first copy brings scripts and the active mark, and takes away what is not in it", () =>
  withPair(async ({ home, other }) => {
    await home.ask("putScript", { name: "a", content: "1", active: true });
    await home.ask("putScript", { name: "b", content: "2" });
    await home.ask("deleteScript", { name: "b" });
    const { entry } = await home.ask("snapshot", {});
    await other.ask("applyLog", { after: GENESIS, entries: [entry] });
    assert.deepEqual(await other.scripts(), { "*a": "1" });
    assert.deepEqual(await other.ask("hash", {}), await home.ask("hash", {}));
    assert(other.told > 0);
    await home.ask("putScript", { name: "a", content: "3" });
    const after = (await other.ask("tip", {})).end;
    await other.ask("applyLog", { after, entries: await home.entries(after) });
    assert.deepEqual(await other.scripts(), { "*a": "3" });
    await other.ask("putScript", { name: "mine", content: "4" });
    const { end } = await other.ask("tip", {});
    await other.ask("applyLog", { after: end, entries: [entry] });
    assert.deepEqual(await other.scripts(), { "*a": "1" });
  }));

Deno.test("without a common mark both sides' scripts stay; where they differ the home's keeps the name", () =>
  withPair(async (pair) => {
    const { home, other } = pair;
    await home.ask("putScript", { name: "a", content: "home", active: true });
    await home.ask("putScript", { name: "same", content: "same" });
    await other.ask("putScript", { name: "a", content: "other" });
    await other.ask("putScript", { name: "same", content: "same" });
    await other.ask("putScript", { name: "b", content: "1", active: true });
    for (let round = 0; round < 2; round++) {
      const { entry } = await other.ask("snapshot", {});
      const { end, tip } = await other.ask("tip", {});
      await home.ask("heal", { common: GENESIS, theirs: { entries: [entry], end, tip } });
      if (round === 0) await later(pair, other)("putScript", { name: "c", content: "2" });
      else {
        const join = (await home.entries(GENESIS)).slice(-1);
        await other.ask("applyLog", { after: end, entries: join });
      }
    }
    await pair.same();
    const want = { "*a": "home", "a (2)": "other", b: "1", c: "2", same: "same" };
    assert.deepEqual(await other.scripts(), want);
  }));

Deno.test("scripts and messages join in one heal", () =>
  withPair(async (pair) => {
    const { home, other } = pair;
    await begin(pair, "a");
    await later(pair, home)("putScript", { name: "a", content: "home" });
    await later(pair, home)("createFolder", { name: "x" });
    await later(pair, other)("putScript", { name: "a", content: "other" });
    const message = newMessage(letter(1));
    await later(pair, other)("deliver", { message, folder: "INBOX", limits: NO_LIMITS });
    await home.ask("stageContents", { contents: [{ raw: message.raw, summary: message.summary }] });
    await pair.meet();
    assert.equal((await home.ask("status", { name: "INBOX" })).messages, 1);
    assert.deepEqual(await home.scripts(), { a: "other", "a (2)": "home" });
  }));
