import { strict as assert } from "node:assert";
import { Buffer } from "node:buffer";
import { constants, deflateRawSync } from "node:zlib";
import { LIMITS } from "../../src/base/limits.ts";
import { startServer, type TestServer } from "../support/harness.ts";
import { ImapClient } from "../support/imap_client.ts";
import { ServerClosed } from "../support/line_socket.ts";
import { roundTrips } from "./other_clients.ts";
import { watchMemory } from "./processes.ts";
import { FULL, tell } from "./scale.ts";

/** What a client that has logged in can try: each time an answer with a reason, in bounded time and memory. */

const OTHER = "other@evil.test";
const EVIL = "evil@evil.test";
const MESSAGE = "Subject: s\r\n\r\nbody\r\n";

type Step = (client: ImapClient, server: TestServer) => Promise<void>;

/** The answer's status, and its code when it has one: `NO TOOBIG`. */
async function answer(client: ImapClient, command: string): Promise<string> {
  const { status, text } = await client.command(command);
  const code = /^\[([A-Z-]+)/.exec(text)?.[1];
  return code ? `${status} ${code}` : status;
}

async function expectAll(client: ImapClient, rows: [command: string, want: RegExp][]): Promise<void> {
  for (const [command, want] of rows) {
    const what = `${command.slice(0, 80)} (${command.length})`;
    const before = performance.now();
    const got = await answer(client, command);
    assert.match(got, want, `${what}: ${got}`);
    assert.ok(performance.now() - before < 5_000, `${what} took ${performance.now() - before} ms`);
    assert.equal(await answer(client, "NOOP"), "OK", `after ${what}`);
  }
}

/** Everything that the server says until it ends or has answered `end`. */
async function drain(client: ImapClient, end: string): Promise<string> {
  let text = "";
  try {
    for (;;) {
      const line = await client.socket.readLine();
      text += `${line}\n`;
      if (line.startsWith(`${end} `)) return text;
    }
  } catch (error) {
    if (error instanceof ServerClosed) return text;
    throw error;
  }
}

const literals: Step = async (client, server) => {
  await expectAll(client, [
    ["APPEND INBOX {99999999999}\r\n", /^(BAD|NO TOOBIG)/],
    ["APPEND INBOX {30000000}\r\n", /^NO TOOBIG/],
    ["SEARCH SUBJECT {2000000}\r\n", /^NO TOOBIG/],
    ["APPEND INBOX {-1}\r\n", /^BAD/],
    ["APPEND INBOX {3}\r\na\0c", /^(BAD|NO)/],
  ]);
  // More octets than were told: the rest is taken for commands, and is none.
  client.socket.write(`l1 APPEND INBOX {${MESSAGE.length}+}\r\n${MESSAGE}more than was told\r\nl2 NOOP\r\n`);
  assert.match(await drain(client, "l2"), /^l1 BAD [^]*l2 OK/);
  // Fewer octets: what comes next belongs to the message, and the session waits for the rest.
  client.socket.write(`l3 APPEND INBOX {${MESSAGE.length + 9}+}\r\n${MESSAGE}l4 NOOP\r\n`);
  client.socket.write("\r\nl5 NOOP\r\n");
  assert.match(await drain(client, "l5"), /^l3 OK [^]*l5 OK/);
  // Thousands of little literals in one command.
  client.socket.write(`l6 LIST "" (${"{1+}\r\na ".repeat(20_000)}a)\r\nl7 NOOP\r\n`);
  assert.match(await drain(client, "l7"), /l6 (BAD|NO)/);
  // A promise of much, and then nothing: the octets do not stay reserved.
  for (let i = 0; i < 20; i++) {
    const liar = await ImapClient.login(server.ports.imap, EVIL, "pass-word");
    liar.socket.write("x APPEND INBOX {15000000}\r\n");
    assert.match(await liar.socket.readLine(), /^\+/);
    await liar.socket.close();
  }
  await expectAll(client, [[`APPEND INBOX {${MESSAGE.length}}\r\n${MESSAGE}`, /^OK/]]);
};

const sets: Step = async (client) => {
  await client.ok("SELECT INBOX");
  const set = (times: number) => "4294967295:*,1:*,".repeat(times) + "1";
  await expectAll(client, [
    [`FETCH ${set(10_000)} FLAGS`, /^BAD/], // over the line's bound
    [`FETCH ${set(3_000)} FLAGS`, /^(OK|BAD)/],
    [`UID FETCH ${set(3_000)} FLAGS`, /^OK/],
    [`UID SEARCH UID ${set(3_000)}`, /^OK/],
    [`UID STORE ${set(3_000)} +FLAGS (x)`, /^OK/],
    [`UID COPY ${set(3_000)} INBOX`, /^OK/],
    [`UID FETCH ${"9,7,5,3,".repeat(7_000)}1 UID`, /^OK/],
    ["UID FETCH 1:99999999999 UID", /^BAD/],
    ["UID FETCH 0 UID", /^BAD/],
    [`UID FETCH 1:* (${"BODY.PEEK[] ".repeat(4_000)}UID)`, /^(OK|NO|BAD)/],
    [`UID FETCH 1 (${"BODY.PEEK[1.1.1.1.1.1.1.1.1.1.1.1] ".repeat(1_500)}UID)`, /^(OK|NO|BAD)/],
  ]);
};

const searches: Step = async (client) => {
  await client.ok("SELECT INBOX");
  await expectAll(client, [
    [`SEARCH ${"(".repeat(1_000)}ALL${")".repeat(1_000)}`, /^BAD/],
    [`SEARCH ${"NOT ".repeat(1_000)}ALL`, /^BAD/],
    [`SEARCH ${"OR ALL ".repeat(1_000)}ALL`, /^BAD/],
    [`SEARCH ${"OR (NOT ".repeat(1_000)}ALL`, /^BAD/],
    [`SEARCH ${"FUZZY ".repeat(1_000)}ALL`, /^BAD/],
    [`SEARCH${" TEXT a".repeat(8_000)}`, /^(NO|BAD)/],
    [`SETMETADATA "" (/private/filters/values/a "FILTER b")`, /^OK/],
    [`SETMETADATA "" (/private/filters/values/b "FILTER a FILTER a")`, /^OK/],
    ["SEARCH FILTER a", /^NO UNDEFINED-FILTER/],
    [`SEARCH RETURN (${"ALL ".repeat(10_000)}MIN) ALL`, /^(OK|BAD)/],
    [`SORT (${"REVERSE DATE ".repeat(4_000)}DATE) UTF-8 ALL`, /^(OK|BAD)/],
    [`UID THREAD REFERENCES UTF-8 ${"NOT ".repeat(1_000)}ALL`, /^BAD/],
    ["SEARCH ALL", /^OK/],
  ]);
};

const catenate: Step = async (client) => {
  await client.ok("CREATE loop");
  await client.command(`APPEND loop {${MESSAGE.length}}\r\n${MESSAGE}`);
  await client.ok("SELECT loop");
  await expectAll(client, [
    // A message that would hold itself, and one that is not there.
    ['APPEND loop CATENATE (URL "/loop/;UID=2")', /^NO BADURL/],
    ['APPEND loop CATENATE (URL "imap://elsewhere/loop/;UID=1")', /^(NO|BAD)/],
    ['APPEND loop CATENATE (URL "http://127.0.0.1/")', /^(NO|BAD)/],
    [`APPEND loop CATENATE (${'URL "/loop/;UID=1" '.repeat(3_500)}URL "/loop/;UID=1")`, /^(OK|NO|BAD)/],
  ]);
  // Each holds the one before it many times: it ends at the largest message.
  const last = Number(/\d+/.exec((await client.ok("UID SEARCH UID *"))[0])![0]);
  let uid = last;
  for (let step = 0; step < 12; step++) {
    const url = `URL "/loop/;UID=${uid}"`;
    const result = await answer(client, `APPEND loop CATENATE (${`${url} `.repeat(60)}${url})`);
    if (result.startsWith("NO")) {
      assert.match(result, /TOOBIG|OVERQUOTA|LIMIT/);
      return;
    }
    uid++;
  }
  assert.fail("a message grew without a bound");
};

const bomb: Step = async (_client, server) => {
  const client = await ImapClient.login(server.ports.imap, EVIL, "pass-word");
  await client.ok("COMPRESS DEFLATE");
  const zeros = deflateRawSync(Buffer.alloc(64 * 1024 * 1024), { finishFlush: constants.Z_SYNC_FLUSH });
  for (let i = 0; i < 16; i++) client.socket.write(zeros);
  await assert.rejects(
    async () => {
      for (;;) await client.socket.readBytes(1);
    },
    ServerClosed,
  );
  await client.socket.close();
};

const notify: Step = async (client) => {
  const names = Array.from({ length: 10_000 }, (_, n) => `n${n}`).join(" ");
  await expectAll(client, [
    [`NOTIFY SET (MAILBOXES (${names}) (MessageNew MessageExpunge))`, /^(BAD|NO)/],
    [`NOTIFY SET ${"(PERSONAL (MessageNew MessageExpunge)) ".repeat(1_200)}(INBOXES NONE)`, /^(BAD|NO)/],
    [`NOTIFY SET (MAILBOXES (${names.slice(0, 20_000)}x) (MessageNew MessageExpunge))`, /^(OK|NO)/],
    ["NOTIFY SET STATUS (SUBTREE (n) (MessageNew MessageExpunge FlagChange))", /^OK/],
    ["NOTIFY NONE", /^OK/],
  ]);
  // Folders that are there: as many as a mailbox may have.
  const count = FULL ? LIMITS.folders - 100 : 1_000;
  for (let n = 0; n < count; n += 100) {
    const tags = Array.from({ length: 100 }, () => client.nextTag());
    client.socket.write(tags.map((tag, i) => `${tag} CREATE many/f${n + i}\r\n`).join(""));
    for (const tag of tags) assert.equal((await client.finish(tag)).status, "OK");
  }
  await expectAll(client, [
    ["NOTIFY SET STATUS (SUBTREE many (MessageNew MessageExpunge FlagChange))", /^OK/],
    ["NOTIFY SET STATUS (PERSONAL (MessageNew (UID) MessageExpunge FlagChange MailboxName))", /^(OK|BAD)/],
    [
      "NOTIFY SET (SUBTREE many (MessageNew MessageExpunge FlagChange MailboxName SubscriptionChange))",
      /^OK/,
    ],
    [`APPEND many/f7 {${MESSAGE.length}}\r\n${MESSAGE}`, /^OK/],
    ["NOTIFY NONE", /^OK/],
    ['LIST "" many/% RETURN (STATUS (MESSAGES UNSEEN))', /^OK/],
    ["ESEARCH IN (subtree many) UNSEEN", /^OK/],
  ]);
  for (let n = 0; n < count; n += 100) {
    const tags = Array.from({ length: 100 }, () => client.nextTag());
    client.socket.write(tags.map((tag, i) => `${tag} DELETE many/f${n + i}\r\n`).join(""));
    for (const tag of tags) assert.equal((await client.finish(tag)).status, "OK");
  }
};

/** A large message hundreds of times in one FETCH, and by many sessions at once. */
const bodies: Step = async (client, server) => {
  const text = `Subject: big\r\n\r\n${`${"x".repeat(998)}\r\n`.repeat(3_000)}`;
  const pieces = Array.from({ length: 400 }, (_, i) => `BODY.PEEK[]<${i}.4000000>`);
  await expectAll(client, [
    ["CREATE big", /^OK/],
    [`APPEND big {${text.length}}\r\n${text}`, /^OK/],
    ["SELECT big", /^OK/],
    [`FETCH 1 (${pieces.join(" ")})`, /^NO LIMIT/],
  ]);
  const clients = await Promise.all(
    Array.from({ length: 50 }, () => ImapClient.login(server.ports.imap, EVIL, "pass-word")),
  );
  await Promise.all(clients.map(async (one) => {
    for (const command of ["SELECT big", "FETCH 1 BODY.PEEK[]"]) {
      assert.match(await answer(one, command), /^OK/);
    }
    await one.close();
  }));
};

const names: Step = async (client) => {
  const hostile = [
    "..",
    "../../etc/passwd",
    "/",
    "//",
    "a//b",
    "/a",
    "a/",
    "a/./b",
    "*",
    "%",
    "a*b",
    "#x",
    "#Shared/other@evil.test/INBOX",
    "~",
    "~root",
    "-rf",
    "nul",
    "'; DROP TABLE folder; --",
    "a\\b",
    'a"b',
    "a{3}",
    "a b",
    "(a)",
    "INBOX/x",
    "inbox/y",
    "INBOX ",
    "\t",
    "a\x01b",
    "a\x7fb",
    "\xff\xfe",
    "\xc3\xbc",
    "&",
    "&-",
    "&AAA-",
    "&AGEAYg-",
    "&2D0-",
    "&3gA-",
    "&IC4-x",
    "&////////-",
    "a&AG",
    "x".repeat(1_001),
    "y".repeat(5_000),
    "&U,BTF-".repeat(180),
    "z/".repeat(60) + "z",
  ];
  for (const name of hostile) {
    const literal = `{${name.length}}\r\n${name}`;
    const created = await answer(client, `CREATE ${literal}`);
    assert.match(created, /^(OK|NO|BAD)/, name);
    if (!created.startsWith("OK")) continue;
    const [listed] = (await client.ok(`LIST "" ${literal}`)).slice(-1);
    assert.ok(
      listed !== undefined || /[*%]|\/$/.test(name),
      `${JSON.stringify(name)} is made and not listed`,
    );
    for (const command of ["SUBSCRIBE", "EXAMINE", "UNSUBSCRIBE"]) {
      assert.match(await answer(client, `${command} ${literal}`), /^(OK|NO)/, `${command} ${name}`);
    }
    assert.match(await answer(client, `DELETE ${literal}`), /^(OK|NO)/, name);
  }
  for (const name of ["a\0b", "a\rb", "a\nb"]) {
    assert.match(await answer(client, `CREATE {3}\r\n${name}`), /^(NO|BAD)/, JSON.stringify(name));
  }
  const list = await client.ok('LIST "" "*"');
  assert.ok(list.every((line) => /^LIST \([^)]*\) "\/" /.test(line)), "the list is whole");
};

const deep: Step = async (client) => {
  const path = (levels: number) => Array.from({ length: levels }, () => "d").join("/");
  await expectAll(client, [
    [`CREATE ${path(1_000)}`, /^NO/],
    [`CREATE ${path(20_000)}`, /^(NO|BAD)/],
    [`CREATE ${path(40)}`, /^OK/],
    [`LIST "" "${"%/".repeat(1_000)}%"`, /^(OK|BAD|NO)/],
    [`LIST "" "${"*/".repeat(400)}*"`, /^(OK|BAD|NO)/],
    [`LIST (RECURSIVEMATCH SUBSCRIBED) "" (${'"%" '.repeat(10_000)}"*")`, /^(OK|BAD|NO)/],
    [`RENAME d ${path(30)}/e`, /^NO/],
    ["CREATE e", /^OK/],
    [`RENAME d ${"e/".repeat(20)}d`, /^(NO|OK)/],
    [`STATUS ${path(1_000)} (MESSAGES)`, /^NO/],
    [`GETACL ${path(1_000)}`, /^(NO|BAD)/],
    [`SUBSCRIBE ${path(1_000)}`, /^(OK|NO)/],
    [`ESEARCH IN (subtree (${path(500)})) ALL`, /^(OK|NO|BAD)/],
  ]);
};

const STEPS: Record<string, Step> = {
  "literals that lie": literals,
  "a line of 64 KiB": (client) => expectAll(client, [[`NOOP ${"x".repeat(65_536)}`, /^BAD/]]),
  "sets of numbers without end": sets,
  "searches a thousand deep": searches,
  "messages made of themselves": catenate,
  "a large message many times": bodies,
  "a little that inflates to very much": bomb,
  "NOTIFY of ten thousand folders": notify,
  "names of every kind": names,
  "a thousand levels": deep,
};

Deno.test("hostile IMAP clients get an answer with a reason, and hinder nobody", async (t) => {
  const server = await startServer({ configuration: { auth: { allowPlaintext: true } } });
  try {
    for (const account of [OTHER, EVIL]) await server.addAccount(account);
    await roundTrips(server, OTHER);
    const { beforeMiB, peakMiB } = await watchMemory(server.pid, async () => {
      for (const [name, step] of Object.entries(STEPS)) {
        await t.step(name, async () => {
          const client = await ImapClient.login(server.ports.imap, EVIL, "pass-word");
          const attack = step(client, server);
          const slowestMs = await roundTrips(server, OTHER, attack.catch(() => {}));
          await attack;
          assert.ok(slowestMs < 5_000, `others waited ${slowestMs} ms`);
          await client.close();
        });
      }
    });
    tell(`hostile IMAP clients: ${beforeMiB.toFixed(0)} MiB before, ${peakMiB.toFixed(0)} MiB at most`);
    assert.ok(peakMiB < beforeMiB + 600, `${beforeMiB} MiB, then ${peakMiB} MiB`);
    assert.deepEqual(server.logs().filter(({ level, event }) => level === "error" || event === "text"), []);
  } finally {
    await server.remove();
  }
});
