import { strict as assert } from "node:assert";
import { formatFlags } from "../../codec/imap/response.ts";
import { createBudget } from "../budget.ts";
import { type ImapTest, withImap } from "./harness_test.ts";
import { KeptFlags } from "./kept_flags.ts";

/** The flags of INBOX by UID, as the mailbox itself has them. */
async function stored(test: ImapTest): Promise<string[]> {
  const { status, uids } = await test.mailbox.ask("select", { name: "INBOX", claimRecent: false });
  const { rows } = await test.mailbox.ask("fetch", { folder: status.id, uids, items: {} });
  return rows.map(({ uid, flags, keywords }, i) =>
    `* ${i + 1} FETCH (UID ${uid} FLAGS ${formatFlags(flags, keywords, false)})`
  );
}

Deno.test("flags that are asked for again come without the mailbox", () =>
  withImap(async (test) => {
    for (let i = 0; i < 5; i++) await test.append();
    const client = await test.open("INBOX", "IMAP4rev2");
    await test.command(client, "NOOP");
    const all = await test.command(client, "FETCH 1:* (FLAGS)");
    assert.equal(all.length, 5);
    const { fetch } = test.asked;
    assert.deepEqual(await test.command(client, "FETCH 1:* (FLAGS)"), all);
    assert.deepEqual(await test.command(client, "UID FETCH 2,4 (FLAGS)"), [
      "* 2 FETCH (UID 2 FLAGS ())",
      "* 4 FETCH (UID 4 FLAGS ())",
    ]);
    assert.deepEqual(await test.command(client, "FETCH 3 (FLAGS UID)"), ["* 3 FETCH (FLAGS () UID 3)"]);
    await test.command(client, "STORE 3 +FLAGS (\\Flagged kw)");
    assert.deepEqual(await test.command(client, "FETCH 3 (FLAGS)"), ["* 3 FETCH (FLAGS (\\Flagged kw))"]);
    assert.equal(test.asked.fetch, fetch, "nothing of this was asked");
  }));

Deno.test("\\Recent stands with kept flags", () =>
  withImap(async (test) => {
    await test.append();
    const client = await test.open("INBOX");
    for (let i = 0; i < 2; i++) {
      assert.deepEqual(await test.command(client, "FETCH 1 (FLAGS)"), ["* 1 FETCH (FLAGS (\\Recent))"]);
    }
  }));

Deno.test("kept flags are those of the mailbox under random changes by two sessions", () =>
  withImap(async (test) => {
    for (let i = 0; i < 12; i++) await test.append();
    const clients = [
      await test.open("INBOX", "IMAP4rev2"),
      await test.open("INBOX", "IMAP4rev2 CONDSTORE"),
    ];
    await test.command(clients[0], "CREATE Other");
    let state = 4711, saved = 0;
    const next = (bound: number) => (state = (state * 1103515245 + 12345) & 0x7fffffff) % bound;
    const changes = [
      (uid: number) => `UID STORE ${uid} +FLAGS (\\Flagged)`,
      (uid: number) => `UID STORE ${uid}:* -FLAGS (\\Flagged \\Seen)`,
      (uid: number) => `UID STORE ${uid} +FLAGS.SILENT (k${uid % 3})`,
      (uid: number) => `UID STORE ${uid} FLAGS (\\Deleted)`,
      (uid: number) => `UID FETCH ${uid} (BODY[])`,
      () => "EXPUNGE",
      (uid: number) => `UID MOVE ${uid} Other`,
      (uid: number) => `UID COPY ${uid} INBOX`,
      () => "NOOP",
    ];
    for (let step = 0; step < 250; step++) {
      if (next(5) === 0) await test.append("INBOX", undefined, next(2) ? ["\\Seen"] : ["new"]);
      await test.command(clients[next(2)], changes[next(changes.length)](1 + next(60)));
      const client = clients[next(2)];
      await test.command(client, "NOOP");
      const before = test.asked.fetch;
      for (let i = 0; i < 2; i++) {
        const lines = await test.command(client, "UID FETCH 1:* (FLAGS)");
        const flags = lines.filter((line) => line.includes(" FETCH "));
        assert.deepEqual(flags, await stored(test), `step ${step}`);
      }
      if (test.asked.fetch === before) saved++;
    }
    assert.ok(saved > 50, `asked all but ${saved} times`);
  }));

Deno.test("KeptFlags agrees with a list under random changes, and gives its room back", () => {
  const budget = createBudget(100_000);
  const flags = KeptFlags.take(50, 1, budget)!;
  const list = Array.from({ length: 50 }, () => 0);
  const row = (bits: number) => ({ flags: bits & 31, keywords: bits & 32 ? "a b" : "" });
  for (let seq = 1; seq <= 50; seq++) flags.set(seq, row(0));
  let state = 99;
  const next = (bound: number) => (state = (state * 1103515245 + 12345) & 0x7fffffff) % bound;
  for (let step = 0; step < 400; step++) {
    const what = next(9);
    if (what < 3) {
      list.push(next(64));
      flags.grow(list.length);
      flags.set(list.length, row(list[list.length - 1]));
    } else if (what < 5 && list.length > 10) {
      const first = 1 + next(4), second = first + 2 + next(3);
      flags.remove([first, first, second, second + 1]);
      list.splice(second - 1, 2);
      list.splice(first - 1, 1);
    } else {
      const seq = 1 + next(list.length);
      flags.set(seq, row(list[seq - 1] = next(64)));
    }
    list.forEach((bits, i) => {
      const { flags: system, keywords } = row(bits);
      assert.equal(flags.text(i + 1, false), formatFlags(system, keywords, false));
    });
  }
  assert.equal(flags.usable, true);
  flags.drop();
  assert.equal(budget.take(100_000), true);
});

Deno.test("KeptFlags is of no use with more combinations than it holds, and needs room", () => {
  const flags = KeptFlags.take(1, 1, createBudget(100_000))!;
  for (let i = 0; i < 256; i++) flags.set(1, { flags: 0, keywords: `k${i}` });
  assert.equal(flags.usable, true);
  flags.set(1, { flags: 0, keywords: "one more" });
  assert.equal(flags.usable, false);
  assert.equal(KeptFlags.take(1000, 1, createBudget(100)), null);
});
