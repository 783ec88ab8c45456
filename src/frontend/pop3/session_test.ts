import { strict as assert } from "node:assert";
import { Buffer } from "node:buffer";
import type { FakeConnection } from "../../../tests/support/fake_connection.ts";
import { type LocalWorld, withWorld } from "../../../tests/support/local_world.ts";
import { ScramClient } from "../../../tests/support/scram.ts";
import { LIMITS } from "../../base/limits.ts";
import type { ListenerSettings } from "../context.ts";
import { servePop3 } from "./server.ts";

const ALICE = "alice@a.test";
const SECURE: Partial<ListenerSettings> = { protocol: "pop3", port: 995, tls: "implicit" };
const CLEAR: Partial<ListenerSettings> = { protocol: "pop3", port: 110, tls: "starttls" };

const MESSAGES = [
  "Subject: one\r\n\r\nfirst\r\n.second\r\n..\r\n",
  "Subject: two\r\nX: y\r\n\r\nl1\r\nl2\r\nl3\r\n",
  "Subject: three\r\n\r\nno line end",
];

/** Runs with alice's INBOX holding `MESSAGES`. */
function withAlice(body: (world: LocalWorld) => Promise<void>): Promise<void> {
  return withWorld(async (world) => {
    await world.account(ALICE);
    for (const message of MESSAGES) await world.append(ALICE, message);
    await body(world);
  });
}

async function ask(connection: FakeConnection, command: string | null, want: RegExp): Promise<string> {
  if (command !== null) connection.send(command + "\r\n");
  const line = await connection.line();
  assert.match(line ?? "(closed)", want, command ?? "");
  return line!;
}

/** The lines of a multi-line answer, dots unstuffed. */
async function multi(connection: FakeConnection, command: string): Promise<string[]> {
  await ask(connection, command, /^\+OK/);
  const out: string[] = [];
  for (;;) {
    const line = await connection.line();
    assert.notEqual(line, null);
    if (line === ".") return out;
    out.push(line!.startsWith(".") ? line!.slice(1) : line!);
  }
}

async function login(world: LocalWorld): Promise<FakeConnection> {
  const connection = world.connect(servePop3, SECURE);
  await ask(connection, null, /^\+OK mx\.a\.test POP3 ready$/);
  await ask(connection, `USER ${ALICE}`, /^\+OK/);
  await ask(connection, "PASS secret", /^\+OK maildrop has \d+ messages$/);
  return connection;
}

Deno.test("POP3: passwords only after TLS", () =>
  withAlice(async (world) => {
    const connection = world.connect(servePop3, CLEAR);
    await ask(connection, null, /^\+OK/);
    const before = await multi(connection, "CAPA");
    assert.ok(
      before.includes("STLS") && !before.includes("USER") &&
        !before.includes("SASL SCRAM-SHA-256 SCRAM-SHA-1 PLAIN"),
    );
    await ask(connection, `USER ${ALICE}`, /^-ERR \[SYS\/PERM\] say STLS first/);
    await ask(connection, "PASS secret", /^-ERR \[SYS\/PERM\]/);
    await ask(connection, "AUTH PLAIN", /^-ERR \[SYS\/PERM\]/);
    connection.send(`STLS\r\nUSER evil\r\n`);
    await ask(connection, null, /^\+OK begin TLS/);
    await ask(connection, "PASS secret", /^-ERR USER comes first/);
    const after = await multi(connection, "CAPA");
    assert.deepEqual(after, [
      "TOP",
      "UIDL",
      "RESP-CODES",
      "AUTH-RESP-CODE",
      "PIPELINING",
      "EXPIRE NEVER",
      "UTF8",
      "LANG",
      "USER",
      "SASL SCRAM-SHA-256 SCRAM-SHA-1 PLAIN",
      "IMPLEMENTATION Mallard-1.0",
    ]);
    await ask(connection, "STLS", /^-ERR/);
    await ask(connection, `USER ${ALICE}`, /^\+OK/);
    await ask(connection, "PASS wrong", /^-ERR \[AUTH\] wrong name or password/);
    await ask(connection, `USER ${ALICE}`, /^\+OK/);
    await ask(connection, "PASS secret", /^\+OK/);
    await ask(connection, `USER ${ALICE}`, /^-ERR/);
  }));

Deno.test("POP3: STAT, LIST, UIDL, RETR, TOP, DELE, RSET, QUIT", () =>
  withAlice(async (world) => {
    const connection = await login(world);
    const bytes = MESSAGES.reduce((sum, text) => sum + text.length, 0);
    await ask(connection, "STAT", new RegExp(`^\\+OK 3 ${bytes}$`));
    assert.deepEqual(await multi(connection, "LIST"), MESSAGES.map((text, i) => `${i + 1} ${text.length}`));
    await ask(connection, "LIST 2", new RegExp(`^\\+OK 2 ${MESSAGES[1].length}$`));
    await ask(connection, "LIST 4", /^-ERR/);
    const ids = await multi(connection, "UIDL");
    assert.equal(new Set(ids.map((line) => line.split(" ")[1])).size, 3);
    assert.equal((await ask(connection, "UIDL 2", /^\+OK 2 [!-~]{1,70}$/)).slice(4), ids[1]);
    for (const [i, text] of MESSAGES.entries()) {
      assert.deepEqual(await multi(connection, `RETR ${i + 1}`), text.replace(/\r\n$/, "").split("\r\n"));
    }
    assert.deepEqual(await multi(connection, "TOP 2 0"), ["Subject: two", "X: y", ""]);
    assert.deepEqual(await multi(connection, "TOP 2 2"), ["Subject: two", "X: y", "", "l1", "l2"]);
    assert.deepEqual(await multi(connection, "TOP 3 99"), ["Subject: three", "", "no line end"]);
    await ask(connection, "DELE 1", /^\+OK/);
    await ask(connection, "DELE 1", /^-ERR/);
    await ask(connection, "RETR 1", /^-ERR no such message/);
    await ask(connection, "TOP 1 0", /^-ERR/);
    await ask(connection, "UIDL 1", /^-ERR/);
    assert.equal((await multi(connection, "LIST")).length, 2);
    await ask(connection, "RSET", /^\+OK maildrop has 3/);
    await ask(connection, "DELE 2", /^\+OK/);
    await ask(connection, "NOOP", /^\+OK/);
    await ask(connection, "QUIT", /^\+OK goodbye, 1 messages removed/);
    assert.equal(await connection.line(), null);
    assert.deepEqual(await world.messages(ALICE), [MESSAGES[0], MESSAGES[2]]);
    const again = await login(world);
    const kept = (await multi(again, "UIDL")).map((line) => line.split(" ")[1]);
    assert.deepEqual(kept, [ids[0], ids[2]].map((line) => line.split(" ")[1]));
  }));

Deno.test("POP3: without QUIT nothing is removed", () =>
  withAlice(async (world) => {
    const lost = await login(world);
    await ask(lost, "DELE 1", /^\+OK/);
    lost.end();
    const idle = await login(world);
    await ask(idle, "DELE 2", /^\+OK/);
    world.clock.advance(LIMITS.pop3IdleMs);
    assert.equal(await idle.line(), null);
    assert.equal((await world.messages(ALICE)).length, 3);
  }));

Deno.test("POP3: AUTH PLAIN with and without an initial response", () =>
  withAlice(async (world) => {
    const plain = Buffer.from(`\0${ALICE}\0secret`).toString("base64");
    const connection = world.connect(servePop3, SECURE);
    await ask(connection, null, /^\+OK/);
    assert.deepEqual(await multi(connection, "AUTH"), ["SCRAM-SHA-256", "SCRAM-SHA-1", "PLAIN"]);
    await ask(connection, "AUTH CRAM-MD5", /^-ERR/);
    await ask(connection, "AUTH PLAIN", /^\+ $/);
    await ask(connection, "*", /^-ERR authentication cancelled/);
    await ask(connection, "AUTH PLAIN xxxx", /^-ERR cannot decode/);
    const others = btoa(`bob@a.test\0${ALICE}\0secret`);
    await ask(connection, `AUTH PLAIN ${others}`, /^-ERR \[AUTH\] acting for another/);
    await ask(connection, "AUTH PLAIN", /^\+ $/);
    await ask(connection, plain, /^\+OK/);
    const other = world.connect(servePop3, SECURE);
    await ask(other, null, /^\+OK/);
    await ask(other, `AUTH PLAIN ${plain}`, /^\+OK/);
  }));

Deno.test("POP3: AUTH SCRAM with and without an initial response (RFC 5034 §4, RFC 5802 §5)", () =>
  withAlice(async (world) => {
    for (const initial of [true, false]) {
      const connection = world.connect(servePop3, SECURE);
      await ask(connection, null, /^\+OK/);
      const wrong = new ScramClient("SCRAM-SHA-256", ALICE, "wrong");
      const challenge = await ask(connection, `AUTH SCRAM-SHA-256 ${wrong.first()}`, /^\+ /);
      await ask(connection, wrong.final(challenge.slice(2)), /^-ERR \[AUTH\]/);
      await ask(connection, "AUTH SCRAM-SHA-1 xxxx", /^-ERR cannot decode/);
      const client = new ScramClient("SCRAM-SHA-1", ALICE, "secret");
      if (!initial) await ask(connection, "AUTH SCRAM-SHA-1", /^\+ $/);
      const first = initial ? `AUTH SCRAM-SHA-1 ${client.first()}` : client.first();
      const answer = await ask(connection, first, /^\+ /);
      const last = await ask(connection, client.final(answer.slice(2)), /^\+ /);
      assert.ok(client.trusts(last.slice(2)));
      await ask(connection, "", /^\+OK maildrop has/);
    }
  }));

Deno.test("POP3: pipelined commands are answered in order", () =>
  withAlice(async (world) => {
    const connection = await login(world);
    connection.send("STAT\r\nRETR 3\r\nDELE 3\r\nRETR 3\r\nNOOP\r\n");
    await ask(connection, null, /^\+OK 3 /);
    await ask(connection, null, /^\+OK \d+ octets/);
    for (const line of MESSAGES[2].split("\r\n")) assert.equal(await connection.line(), line);
    assert.equal(await connection.line(), ".");
    await ask(connection, null, /^\+OK message 3 deleted/);
    await ask(connection, null, /^-ERR/);
    await ask(connection, null, /^\+OK/);
  }));

Deno.test("POP3: LANG and UTF8", () =>
  withAlice(async (world) => {
    const connection = world.connect(servePop3, CLEAR);
    await ask(connection, null, /^\+OK/);
    assert.deepEqual(await multi(connection, "LANG"), ["en English", "i-default Default"]);
    await ask(connection, "LANG *", /^\+OK en /);
    await ask(connection, "LANG en-GB", /^\+OK en /);
    await ask(connection, "LANG tlh", /^-ERR/);
    await ask(connection, "UTF8", /^\+OK/);
    await ask(connection, "STLS", /^-ERR/);
  }));

Deno.test("POP3: every message of a long maildrop in order, with few requests", () =>
  withWorld(async (world) => {
    await world.account(ALICE);
    const texts = Array.from(
      { length: 120 },
      (_, i) => `Subject: m${i}\r\n\r\n${"x".repeat(i * 37 % 9000)}\r\n`,
    );
    for (const text of texts) await world.append(ALICE, text);
    let asks = 0;
    const ref = world.context.system.ref.bind(world.context.system);
    Object.assign(world.context.system, {
      ref: (address: `mailbox:${string}`) => {
        const real = ref(address);
        return { address, ask: (...args: Parameters<typeof real.ask>) => (asks++, real.ask(...args)) };
      },
    });
    const connection = await login(world);
    asks = 0;
    for (const [i, text] of texts.entries()) {
      if (i === 60) await ask(connection, "DELE 80", /^\+OK/);
      if (i === 79) continue;
      assert.equal((await multi(connection, `RETR ${i + 1}`)).join("\r\n") + "\r\n", text);
    }
    assert.ok(asks < 20, `${asks} requests`);
    for (const i of [119, 0, 50, 51, 3]) {
      assert.equal((await multi(connection, `TOP ${i + 1} 0`))[0], `Subject: m${i}`);
      assert.equal((await multi(connection, `RETR ${i + 1}`))[0], `Subject: m${i}`);
    }
    for (const i of texts.keys()) {
      if (i !== 79) assert.deepEqual(await multi(connection, `TOP ${i + 1} 0`), [`Subject: m${i}`, ""]);
    }
  }));

Deno.test("POP3: a message that another session removed, and a mailbox that is away", () =>
  withAlice(async (world) => {
    const connection = await login(world);
    const other = await login(world);
    await ask(other, "DELE 2", /^\+OK/);
    await ask(other, "QUIT", /^\+OK/);
    await ask(connection, "RETR 2", /^-ERR \[SYS\/PERM\] this message is gone/);
    await ask(connection, "TOP 2 1", /^-ERR \[SYS\/PERM\] this message is gone/);
    assert.equal((await multi(connection, "RETR 3")).length, 3);
    const { id } = world.accounts.get(ALICE)!;
    world.failures.set(`mailbox:${id} fetch`, "unavailable");
    await ask(connection, "RETR 1", /^-ERR \[SYS\/TEMP\]/);
    world.failures.set(`mailbox:${id} expunge`, "busy");
    await ask(connection, "DELE 1", /^\+OK/);
    await ask(connection, "QUIT", /^-ERR \[SYS\/TEMP\] .*some deleted messages were not removed/);
    assert.equal(await connection.line(), null);
    world.failures.clear();
    assert.equal((await world.messages(ALICE)).length, 2);
  }));

Deno.test("POP3: sessions end when the account changes, the server stops, or there are too many errors", () =>
  withAlice(async (world) => {
    const changed = await login(world), confused = await login(world), stopped = await login(world);
    for (let i = 0; i < LIMITS.pop3Errors; i++) await ask(confused, i % 2 ? "FOO" : "NOOP\0", /^-ERR/);
    await ask(confused, null, /^-ERR too many errors/);
    world.change(ALICE, "disabled");
    await ask(changed, null, /^-ERR \[AUTH\]/);
    await ask(stopped, null, /^-ERR \[AUTH\]/);
    const late = await login(world);
    world.stopping.abort();
    await ask(late, null, /^-ERR \[SYS\/TEMP\] the server is stopping/);
    await world.ended();
  }));

Deno.test("POP3: TLS on the clear-text port, and five wrong passwords", () =>
  withAlice(async (world) => {
    const tls = world.connect(servePop3, CLEAR);
    await ask(tls, null, /^\+OK/);
    tls.send("\x16\x03\x01\x02\x00");
    assert.equal(await tls.line(), null);
    assert.equal(world.events("tls.unexpected").length, 1);
    const guesser = world.connect(servePop3, SECURE);
    await ask(guesser, null, /^\+OK/);
    for (let i = 0; i < LIMITS.pop3AuthFailures; i++) {
      await ask(guesser, `USER ${ALICE}`, /^\+OK/);
      await ask(guesser, "PASS guess", /^-ERR \[AUTH\]/);
    }
    await ask(guesser, null, /^-ERR \[AUTH\] too many/);
    assert.ok(!JSON.stringify(world.logged).includes("guess"));
  }));
