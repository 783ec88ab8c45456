import { strict as assert } from "node:assert";
import type { QueueContract } from "../../../actors/queue/contract.ts";
import type { FakeConnection } from "../../../tests/support/fake_connection.ts";
import { type LocalWorld, withWorld } from "../../../tests/support/local_world.ts";
import { LIMITS } from "../../base/limits.ts";
import { serveImap } from "./server.ts";

const ALICE = "alice@a.test";
const SPAM = 'require "fileinto"; if header :contains "subject" "sale" { fileinto "Junk"; }';

/** A client that waits for each answer, and gives it back as one text. */
class Client {
  #tag = 0;
  constructor(readonly connection: FakeConnection) {}

  async say(command: string): Promise<string> {
    const tag = `t${++this.#tag}`;
    this.connection.send(`${tag} ${command}\r\n`);
    let text = "";
    for (;;) {
      const line = await this.connection.line();
      assert.notEqual(line, null, command);
      if (line!.startsWith(`${tag} `)) return `${text}${line!.slice(tag.length + 1)}`;
      text += `${line!.replaceAll(tag, "TAG")}\n`;
    }
  }

  async append(subject: string): Promise<void> {
    const message = `From: ann@b.test\r\nTo: alice@a.test\r\nSubject: ${subject}\r\n\r\nbody\r\n`;
    assert.match(await this.say(`APPEND INBOX {${message.length}+}\r\n${message}`), /^.*OK/m);
  }

  /** `number FILTERED … result` lines. */
  async filter(command: string): Promise<string[]> {
    const answer = await this.say(command);
    assert.match(answer, /^OK/m, answer);
    return answer.split("\n").filter((line) => line.includes(" FILTERED "));
  }

  async count(folder: string): Promise<number> {
    return Number(/MESSAGES (\d+)/.exec(await this.say(`STATUS ${folder} (MESSAGES)`))?.[1] ?? -1);
  }
}

function withAlice(body: (client: Client, world: LocalWorld) => Promise<void>): Promise<void> {
  return withWorld(async (world) => {
    await world.account(ALICE);
    const connection = world.connect(serveImap, { protocol: "imap", tls: "implicit" });
    await connection.line();
    const client = new Client(connection);
    await client.say(`LOGIN ${ALICE} secret`);
    for (const subject of ["sale one", "hello", "sale two"]) await client.append(subject);
    await client.say("SELECT INBOX");
    await body(client, world);
  });
}

/** FILTER=SIEVE, draft-bosch-imap-filter-sieve-00, runs scripts of RFC 5228 over stored mail. */

Deno.test("FILTER=SIEVE is there after login", () =>
  withAlice(async (client) => {
    assert.match(await client.say("CAPABILITY"), / FILTER=SIEVE /);
  }));

Deno.test("a script in the command: what it files is a copy, the original is marked \\Deleted (§4.2)", () =>
  withAlice(async (client) => {
    const answer = await client.say(`FILTER SIEVE SCRIPT {${SPAM.length}+}\r\n${SPAM} ALL`);
    assert.deepEqual(answer.split("\n").filter((line) => line.includes("FILTERED")), [
      '* 1 FILTERED (TAG "TAG") OK',
      '* 2 FILTERED (TAG "TAG") OK',
      '* 3 FILTERED (TAG "TAG") OK',
    ]);
    assert.match(answer, /^OK FILTER completed/m);
    assert.equal(await client.count("Junk"), 2);
    assert.match(await client.say("UID SEARCH DELETED"), /SEARCH 1 3|ALL 1,3/);
    assert.match(await client.say("UID FETCH 1:3 (FLAGS)"), /\* 1 FETCH .*\\Deleted/);
  }));

Deno.test("only what matches is filtered; UID FILTER tells the UID (§3.3)", () =>
  withAlice(async (client) => {
    assert.deepEqual(
      await client.filter(`UID FILTER SIEVE SCRIPT {${SPAM.length}+}\r\n${SPAM} CHARSET UTF-8 SUBJECT two`),
      ['* 3 FILTERED (TAG "TAG") UID 3 OK'],
    );
    assert.equal(await client.count("Junk"), 1);
    assert.deepEqual(await client.filter(`FILTER SIEVE SCRIPT "keep;" SUBJECT nothing`), []);
  }));

Deno.test("the active script, one by its name, and a global one", () =>
  withAlice(async (client, world) => {
    const mailbox = world.mailbox(ALICE);
    assert.match(
      await client.say("FILTER SIEVE DELIVERY ALL"),
      /^\* FILTER \(TAG "TAG"\) ERRORS "no script is active"\nNO/,
    );
    await mailbox.ask("putScript", { name: "spam", content: SPAM, active: true });
    await mailbox.ask("putScript", {
      name: "flag",
      content: 'require "imap4flags"; addflag "\\\\Flagged";',
    });
    assert.equal((await client.filter("FILTER SIEVE DELIVERY 2:3")).length, 2);
    assert.equal(await client.count("Junk"), 1);
    assert.equal((await client.filter('FILTER SIEVE PERSONAL "flag" 1')).length, 1);
    assert.match(await client.say("SEARCH FLAGGED"), /SEARCH 1\n|ALL 1\n/);
    assert.match(await client.say("FILTER SIEVE PERSONAL none ALL"), /ERRORS "no such script"\nNO/);
    assert.match(await client.say("FILTER SIEVE GLOBAL none ALL"), /ERRORS "no such script"\nNO/);
  }));

Deno.test("a script that does not compile is told as a whole and touches nothing (§3.4)", () =>
  withAlice(async (client) => {
    const answer = await client.say('FILTER SIEVE SCRIPT "if subject { discard; }" ALL');
    assert.match(answer, /^\* FILTER \(TAG "TAG"\) ERRORS /);
    assert.match(answer, /^NO /m);
    assert.doesNotMatch(answer, /FILTERED/);
  }));

Deno.test("nobody is answered about a message of long ago, redirects leave (§4.3, §4.10)", () =>
  withAlice(async (client, world) => {
    const script = 'require ["vacation", "reject"]; ' +
      'if header "subject" "hello" { reject "no"; } else { vacation "away"; redirect "carl@c.test"; }';
    const result = await client.filter(`FILTER SIEVE SCRIPT {${script.length}+}\r\n${script} 1:2`);
    assert.deepEqual(result, ['* 1 FILTERED (TAG "TAG") OK', '* 2 FILTERED (TAG "TAG") OK']);
    await new Promise((resolve) => setTimeout(resolve, 10));
    const { items } = await world.queue.ask("list", {});
    assert.deepEqual(items.map(({ recipients }) => recipients[0].address), ["carl@c.test"]);
    assert.match(await client.say("SEARCH DELETED"), /SEARCH 1\n|ALL 1\n/);
  }));

Deno.test("FILTER that cannot be", () =>
  withAlice(async (client) => {
    assert.match(await client.say("FILTER PERL SCRIPT x ALL"), /^BAD/m);
    assert.match(await client.say("FILTER SIEVE WHATEVER x ALL"), /^BAD/m);
    assert.match(await client.say("FILTER SIEVE SCRIPT keep; ALL"), /^BAD/m);
    assert.match(await client.say('FILTER SIEVE SCRIPT "keep;"'), /^BAD/m);
    assert.match(await client.say('FILTER SIEVE SCRIPT "keep;" CHARSET X-NONE TEXT a'), /^NO \[BADCHARSET/m);
    await client.say("EXAMINE INBOX");
    assert.match(await client.say('FILTER SIEVE SCRIPT "keep;" ALL'), /^NO \[READ-ONLY\]/m);
    await client.say("UNSELECT");
    assert.match(await client.say('FILTER SIEVE SCRIPT "keep;" ALL'), /^BAD/m);
  }));

/** Messages in the queue. */
async function queuedIn(world: LocalWorld): Promise<number> {
  let count = 0;
  for (let after: string | undefined, more = true; more;) {
    const page: QueueContract["list"]["reply"] = await world.queue.ask("list", { after });
    count += page.items.length;
    more = page.next !== null;
    after = page.next ?? undefined;
  }
  return count;
}

Deno.test("scripts send so many messages in one command; the others are left alone, and the answer says so", () =>
  withAlice(async (client, world) => {
    const each = LIMITS.sieve.redirects, count = LIMITS.commandSends / each + 2;
    for (let n = 4; n <= count; n++) await client.append(`message ${n}`);
    const script = Array.from({ length: each }, (_, i) => `redirect "r${i}@c.test";`).join("");
    const command = `FILTER SIEVE SCRIPT {${script.length}+}\r\n${script} ALL`;
    const lines = (await client.say(command)).split("\n");
    assert.match(lines.at(-1)!, /^NO \[LIMIT\] 2 messages were left alone/);
    const told = lines.filter((line) => line.includes(" FILTERED "));
    assert.equal(told.length, count);
    assert.deepEqual(
      told.flatMap((line, i) => line.includes("ERRORS") && /as one command may/.test(line) ? [i + 1] : []),
      [count - 1, count],
    );
    assert.match(await client.say("UID SEARCH RETURN (COUNT) DELETED"), new RegExp(` COUNT ${count - 2}\\b`));
    for (let i = 0; i < 500 && await queuedIn(world) < LIMITS.commandSends; i++) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    assert.equal(await queuedIn(world), LIMITS.commandSends);
    const rest = `FILTER SIEVE SCRIPT {${script.length}+}\r\n${script} UNDELETED`;
    assert.match(await client.say(rest), /^OK FILTER completed/m, "the next command sends anew");
  }));
