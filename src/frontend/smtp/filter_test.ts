import { strict as assert } from "node:assert";
import { type LocalWorld, withWorld } from "../../../tests/support/local_world.ts";
import { expect, hello, lines } from "./harness_test.ts";
import type { ListenerSettings } from "../context.ts";
import { serveSmtp } from "./server.ts";

const ALICE = "alice@a.test";
const LMTP: Partial<ListenerSettings> = { protocol: "lmtp", tls: "none" };

/** One message over a session of its own; the replies to its text. */
async function send(
  world: LocalWorld,
  { to = [ALICE], from = "x@y.test", head = "Subject: hi\r\n", lmtp = false } = {},
): Promise<string[]> {
  const connection = world.connect(serveSmtp, lmtp ? LMTP : {});
  await hello(connection, lmtp ? "LHLO" : "EHLO");
  await expect(connection, `MAIL FROM:<${from}>`, /^250/);
  for (const one of to) await expect(connection, `RCPT TO:<${one}>`, /^250/);
  await expect(connection, "DATA", /^354/);
  const replies = await lines(connection, `${head}\r\nbody\r\n.`);
  for (let i = 1; lmtp && i < to.length; i++) replies.push(...await lines(connection, null));
  return replies;
}

/** Gives somebody an active script. */
async function script(world: LocalWorld, content: string, address = ALICE): Promise<void> {
  await world.mailbox(address).ask("putScript", { name: "main", content, active: true });
}

async function folders(world: LocalWorld, address = ALICE): Promise<Record<string, number>> {
  const { folders } = await world.mailbox(address).ask("listFolders", {});
  const statuses = await Promise.all(
    folders.map(({ name }) => world.mailbox(address).ask("status", { name })),
  );
  return Object.fromEntries(
    statuses.filter(({ messages }) => messages > 0).map(({ name, messages }) => [name, messages]),
  );
}

/** Mail that left, by the queue. */
async function queued(world: LocalWorld) {
  await new Promise((resolve) => setTimeout(resolve, 10));
  const { items } = await world.queue.ask("list", {});
  return items.map(({ source, envelope, recipients }) => ({
    source,
    from: envelope.from,
    to: recipients.map(({ address }) => address),
  }));
}

function withAlice(body: (world: LocalWorld) => Promise<void>): Promise<void> {
  return withWorld(async (world) => {
    await world.account(ALICE);
    await world.account("bob@a.test");
    await body(world);
  });
}

Deno.test("delivery: fileinto, copies, keep and discard, all in one turn", () =>
  withAlice(async (world) => {
    await world.mailbox(ALICE).ask("createFolder", { name: "Lists" });
    await script(world, 'require ["fileinto", "copy"]; fileinto :copy "Lists"; fileinto :copy "lists/none";');
    assert.match((await send(world))[0], /^250/);
    assert.deepEqual(await folders(world), { INBOX: 1, Lists: 1 });
    const [line] = world.events("delivery");
    assert.deepEqual(line.sieve, ["fileinto Lists", "fileinto lists/none", "keep"]);
    assert.deepEqual(line.notes, ["no folder lists/none: kept in INBOX"]);
    await script(world, "discard;");
    assert.match((await send(world))[0], /^250/);
    assert.deepEqual(await folders(world), { INBOX: 1, Lists: 1 });
    assert.equal(world.events("delivery")[1].folder, "");
  }));

Deno.test("delivery: redirect leaves once under its sender, without our return path; keep stays with :copy", () =>
  withAlice(async (world) => {
    await script(world, 'require "copy"; redirect :copy "far@out.test"; redirect "FAR@out.test"; ');
    assert.match((await send(world))[0], /^250/);
    assert.deepEqual(await queued(world), [{ source: "redirect", from: "x@y.test", to: ["far@out.test"] }]);
    const { items: [{ id }] } = await world.queue.ask("list", {});
    const { data } = await world.queue.ask("readBody", { id, offset: 0, length: 100_000 });
    assert.match(new TextDecoder().decode(data), /^Delivered-To: alice@a\.test\r\nReceived: /);
  }));

Deno.test("delivery: what comes back after a redirect is kept (RFC 5321 §6.3)", () =>
  withAlice(async (world) => {
    await script(world, 'redirect "far@out.test";');
    await send(world, { head: `Received: from far\r\nDelivered-To: ${ALICE}\r\nSubject: back\r\n` });
    assert.deepEqual(await queued(world), []);
    assert.deepEqual(await folders(world), { INBOX: 1 });
    assert.match(String(world.events("delivery")[0].notes), /has been here before/);
  }));

Deno.test("delivery: a script that breaks off keeps the message and tells its owner once a day", () =>
  withAlice(async (world) => {
    const many = Array.from({ length: 12 }, (_, i) => `redirect "a${i}@out.test";`).join("\n");
    await script(world, many);
    assert.match((await send(world))[0], /^250/);
    assert.match((await send(world))[0], /^250/);
    const inbox = await world.messages(ALICE);
    assert.equal(inbox.length, 3, "two messages and one notice");
    const notice = inbox.find((text) => text.includes("Your mail filter needs attention"))!;
    assert.match(notice, /line 11, column 1: .*more than 10 addresses/);
    assert.deepEqual(await queued(world), []);
    assert.equal(world.events("sieve.error").length, 2);
    world.clock.advance(25 * 3600_000);
    await send(world);
    assert.equal((await world.messages(ALICE)).length, 5);
  }));

Deno.test("delivery: an active script that does not compile is told too", () =>
  withAlice(async (world) => {
    await script(world, "keep;\nno such thing");
    await send(world);
    const inbox = await world.messages(ALICE);
    assert.equal(inbox.length, 2);
    assert.ok(inbox.some((text) => /line \d+, column \d+: /.test(text)));
  }));

Deno.test("delivery: all or nothing when there is no room for every copy", () =>
  withAlice(async (world) => {
    await world.account("small@a.test", { quotaBytes: 700 });
    const box = world.mailbox("small@a.test");
    await box.ask("createFolder", { name: "A" });
    const content = 'require ["fileinto","copy"]; fileinto :copy "A"; redirect :copy "f@out.test";';
    await script(world, content, "small@a.test");
    const head = `Subject: ${"x".repeat(200)}\r\n`;
    assert.match((await send(world, { to: ["small@a.test"], head }))[0], /^552 5\.2\.2/);
    assert.deepEqual(await folders(world, "small@a.test"), {});
    assert.deepEqual(await queued(world), []);
  }));

Deno.test("delivery: the administrator's scripts run before and after, the default where there is no own one (V07)", () =>
  withAlice(async (world) => {
    const put = (name: string, content: string) =>
      world.directory.ask("updateGlobalScript", { name, content });
    const role = (role: "before" | "default" | "after", script: string | null) =>
      world.directory.ask("updateSieveRole", { role, script });
    for (const name of ["Default", "After", "Own"]) await world.mailbox(ALICE).ask("createFolder", { name });
    await put("b", 'if header :is "subject" "drop" { discard; stop; }');
    await put("d", 'require "fileinto"; fileinto "Default";');
    await put("a", 'require "fileinto"; if header :is "subject" "late" { fileinto "After"; }');
    await role("before", "b");
    await role("default", "d");
    await role("after", "a");
    await send(world, { head: "Subject: drop\r\n" });
    assert.deepEqual(await folders(world), {});
    await send(world);
    assert.deepEqual(await folders(world), { Default: 1 });
    await script(world, 'require "fileinto"; if header :is "subject" "own" { fileinto "Own"; }');
    await send(world, { head: "Subject: own\r\n" });
    await send(world, { head: "Subject: late\r\n" });
    await send(world, { head: "Subject: drop\r\n" });
    await send(world);
    assert.deepEqual(await folders(world), { Default: 1, Own: 1, After: 1, INBOX: 1 });
    await script(world, "# empty\n");
    await send(world);
    assert.equal((await folders(world)).INBOX, 2, "an own script gets nothing implicitly");
    await world.mailbox(ALICE).ask("setActiveScript", { name: null });
    await send(world);
    assert.equal((await folders(world)).Default, 2, "deactivated, the default holds again");
  }));

/** The messages in the queue, as text. */
async function queuedTexts(world: LocalWorld): Promise<string[]> {
  await new Promise((resolve) => setTimeout(resolve, 10));
  const { items } = await world.queue.ask("list", {});
  const texts = items.map(async ({ id }) =>
    new TextDecoder().decode((await world.queue.ask("readBody", { id, offset: 0, length: 1e6 })).data)
  );
  return await Promise.all(texts);
}

Deno.test("delivery: one vacation reply a sender and period, none to lists, bulk, reports or strangers' copies", () =>
  withAlice(async (world) => {
    await world.alias("sales@a.test", [ALICE]);
    await world.alias("team@a.test", [ALICE, "bob@a.test"]);
    await script(world, 'require "vacation"; vacation :days 7 "I am away.";');
    const to = (address: string) => `To: ${address}\r\nSubject: hello\r\n`;
    await send(world, { head: to(ALICE) });
    assert.deepEqual(await queued(world), [{ source: "vacation", from: null, to: ["x@y.test"] }]);
    assert.match((await queuedTexts(world))[0], /Auto-Submitted: auto-replied/);
    await send(world, { head: to(ALICE) });
    assert.equal((await queued(world)).length, 1, "the same sender again");
    await send(world, { head: to("sales@a.test"), to: ["sales@a.test"], from: "z@y.test" });
    assert.equal((await queued(world)).length, 2, "an alias of the owner alone is an address of theirs");
    await send(world, { head: to("team@a.test"), to: ["team@a.test"], from: "q@y.test" });
    await send(world, { head: to("other@b.test"), from: "q@y.test" });
    await send(world, { head: to(ALICE), from: "" });
    await send(world, { head: to(ALICE) + "List-Id: <l.test>\r\n", from: "q@y.test" });
    await send(world, { head: to(ALICE) + "Precedence: bulk\r\n", from: "q@y.test" });
    await send(world, { head: to(ALICE) + "Auto-Submitted: auto-generated\r\n", from: "q@y.test" });
    await send(world, { head: to(ALICE), from: "mailer-daemon@y.test" });
    assert.equal((await queued(world)).length, 2);
    world.clock.advance(8 * 24 * 3600_000);
    await send(world, { head: to(ALICE) });
    assert.equal((await queued(world)).length, 3, "after the period");
  }));

Deno.test("delivery: ereject and reject in the dialogue when this is the only copy (RFC 5429 §2)", () =>
  withAlice(async (world) => {
    await script(world, 'require "ereject"; ereject text:\r\nNot wanted.\r\nReally.\r\n.\r\n;');
    assert.deepEqual(await send(world), [
      "550-5.7.1 the recipient's mail filter refuses this message:",
      "550-5.7.1 Not wanted.",
      "550 5.7.1 Really.",
    ]);
    await script(world, 'require "reject"; reject "No thanks.";');
    assert.match((await send(world)).at(-1)!, /^550 5\.7\.1 No thanks\.$/);
    await script(world, 'require "ereject"; ereject "Nein, schönen Dank.";');
    assert.match((await send(world)).at(-1)!, /^550 5\.7\.1 .* it is not wanted$/);
    assert.deepEqual(await folders(world), {});
    assert.deepEqual(await queued(world), []);
    // Words that SMTP cannot carry go in a report.
    await script(world, 'require "reject"; reject "Nein, schönen Dank.";');
    assert.match((await send(world))[0], /^250/);
    assert.deepEqual(await queued(world), [{ source: "reject", from: null, to: ["x@y.test"] }]);
    const [report] = await queuedTexts(world);
    assert.match(report, /multipart\/report; report-type=disposition-notification/);
    assert.match(report, /Nein, schönen Dank\.\r\n/);
    assert.match(report, /Disposition: automatic-action\/MDN-sent-automatically; deleted\r\n/);
    await send(world, { from: "" });
    assert.equal((await queued(world)).length, 1, "no report to the null sender");
  }));

Deno.test("delivery: one of several recipients refuses: the message is taken and the queue reports; LMTP tells each", () =>
  withAlice(async (world) => {
    await script(world, 'require "ereject"; ereject "Not me.";');
    assert.match((await send(world, { to: [ALICE, "bob@a.test"] }))[0], /^250/);
    assert.deepEqual(await folders(world, "bob@a.test"), { INBOX: 1 });
    assert.deepEqual(await queued(world), [{ source: "redelivery", from: "x@y.test", to: [ALICE] }]);
    const replies = await send(world, { to: [ALICE, "bob@a.test"], lmtp: true });
    assert.match(replies.join("\n"), /550 5\.7\.1 Not me\.\n250/);
    await script(world, 'require "ereject"; ereject "Nor me.";', "bob@a.test");
    assert.match((await send(world, { to: [ALICE, "bob@a.test"] })).at(-1)!, /^550 5\.7\.1/);
    assert.equal((await queued(world)).length, 1);
  }));

Deno.test("delivery: what the filter in front takes for spam goes to Junk, flagged, by default (V06, V08)", () =>
  withAlice(async (world) => {
    await send(world, { head: "X-Spam-Score: 3.7\r\n" });
    await send(world, { head: "X-Spam-Score: 6.1\r\n" });
    assert.deepEqual(await folders(world), { INBOX: 1, Junk: 1 });
    const box = world.mailbox(ALICE);
    const { status } = await box.ask("select", { name: "Junk", claimRecent: false });
    const { rows } = await box.ask("fetch", { folder: status.id, uids: [1, 1], items: {} });
    assert.deepEqual([status.specialUse, rows[0].flags, rows[0].keywords], [["\\Junk"], 4, "$Important"]);
    await script(world, 'require "include"; include :global "incoming_spam";');
    await send(world, { head: "X-Spam-Score: 9\r\n" });
    assert.deepEqual(await folders(world), { INBOX: 1, Junk: 2 });
    await script(
      world,
      'require ["spamtestplus","relational","comparator-i;ascii-numeric","fileinto","mailbox"]; ' +
        'if spamtest :percent :value "gt" :comparator "i;ascii-numeric" "37" { fileinto :create "38"; }',
    );
    await send(world, { head: "X-Spam-Score: 3.8\r\n" });
    await send(world, { head: "X-Spam-Score: 3.7\r\n" });
    await send(world);
    assert.deepEqual(await folders(world), { INBOX: 3, Junk: 2, "38": 1 });
  }));

Deno.test("delivery: edited headers, flags, a copy of a reply, notifications, duplicates", () =>
  withAlice(async (world) => {
    await script(
      world,
      'require ["editheader","imap4flags","fileinto","mailbox","enotify","fcc","vacation","duplicate"];' +
        "if duplicate { discard; stop; }" +
        'addheader "X-Seen" "yes"; setflag ["\\\\Seen","$Work"]; fileinto :create "Edited"; keep;' +
        'notify "mailto:me@phone.test";' +
        'vacation :fcc "Sent" :create :addresses "all@a.test" "away";',
    );
    const head = "Message-ID: <one@y.test>\r\nTo: all@a.test\r\nSubject: x\r\n";
    await send(world, { head });
    await send(world, { head });
    assert.deepEqual(await folders(world), { INBOX: 1, Edited: 1, Sent: 1 });
    assert.match((await world.messages(ALICE, "Edited"))[0], /X-Seen: yes/);
    const sources = (await queued(world)).map(({ source, to }) => `${source} ${to}`).sort();
    assert.deepEqual(sources, ["notify me@phone.test", "vacation x@y.test"]);
    const box = world.mailbox(ALICE);
    const { status } = await box.ask("select", { name: "INBOX", claimRecent: false });
    const { rows } = await box.ask("fetch", { folder: status.id, uids: [1, 1], items: {} });
    assert.deepEqual([rows[0].flags, rows[0].keywords], [1, "$Work"]);
  }));
