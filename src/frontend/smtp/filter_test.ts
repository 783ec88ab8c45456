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
