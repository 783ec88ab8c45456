import { strict as assert } from "node:assert";
import { sleep, startServer, type TestServer } from "../support/harness.ts";
import { ImapClient } from "../support/imap_client.ts";
import { Pop3Client } from "../support/pop3_client.ts";
import { SmtpClient, type SmtpReply } from "../support/smtp_client.ts";
import { tell } from "./scale.ts";
import { mountSmallDisk, type SmallDisk } from "./small_disk.ts";

const BOB = "bob@full.test";
const ANN = "ann@full.test";
/** Never had mail before the disk was full: its file has to be made. */
const NEW = "new@full.test";
const LINE = "All this text wants a place on the disk, and there is less of it than text. ".slice(0, 74) +
  "\r\n";
/** Long enough for the idle work of an actor: it checkpoints, which needs room in the main file. */
const QUIET_MS = 4_500;

function message(id: string, sizeBytes: number): string {
  return `From: a@out.test\r\nTo: ${BOB}\r\nSubject: ${id}\r\nX-Id: ${id}\r\nMessage-ID: <${id}@out.test>\r\n\r\n` +
    LINE.repeat(Math.ceil(sizeBytes / LINE.length));
}

const disk = await mountSmallDisk(24, 6 * 1024 * 1024);
if ("why" in disk) console.log(`no disk can be filled here (${disk.why}): those tests are skipped`);

Deno.test({
  name: "a full disk: refused for now, nothing promised is lost, and all goes on once there is room",
  ignore: "why" in disk,
  async fn() {
    const small = disk as SmallDisk;
    const server = await startServer({
      configuration: {
        dataDir: `${small.path}/data`,
        auth: { allowPlaintext: true },
        // Nobody listens there: what is submitted stays in the queue and is tried every second.
        outbound: { routes: [{ domain: "*", host: "127.0.0.1", port: 1 }] },
        queue: { backoffSeconds: [1] },
      },
    });
    try {
      for (const account of [BOB, ANN, NEW]) await server.addAccount(account);
      const world = new World(server, small);
      await world.fillUp();
      await world.readsWhileFull();
      await world.writesWhileFull();
      await world.mixedWhileFull();
      await server.kill();
      small.fill();
      await server.start();
      await world.readsWhileFull();
      await sleep(QUIET_MS);
      await world.readsWhileFull();
      await world.writesWhileFull();
      small.free();
      await world.goesOn();
      await world.everythingIsThere();
      await server.kill();
      await server.start();
      await world.everythingIsThere();
      const ended = server.logs().filter((line) => line.event === "place.ended" && line.code !== 0);
      assert.deepEqual(ended, []);
    } finally {
      await server.remove();
      await small.remove();
    }
  },
});

/** What was promised, and the clients that try to get more. */
class World {
  /** Messages by account that were answered with 250 or OK; flagged, expunged by what was answered. */
  readonly promised = new Map<string, { account: string; flagged: boolean }>();
  queued = 0;
  #count = 0;

  constructor(readonly server: TestServer, readonly disk: SmallDisk) {}

  /** Mail of falling sizes until not even a small one is taken, then not one free page is left. */
  async fillUp(): Promise<void> {
    for (let i = 0; i < 10; i++) {
      await this.#send(BOB, 1_000, 250);
      await this.#send(ANN, 1_000, 250);
    }
    await this.#submit(250);
    const refused: SmtpReply[] = [];
    for (const sizeBytes of [400_000, 60_000, 2_000]) {
      for (let i = 0; i < 200; i++) {
        const reply = await this.#send(i % 2 ? BOB : ANN, sizeBytes, null);
        if (reply.code === 250) continue;
        refused.push(reply);
        break;
      }
    }
    this.disk.fill();
    // A file may have room of its own left, and what fits there is taken rightly.
    for (
      const write of [
        () => this.#send(BOB, 500, null),
        () => this.#send(ANN, 500, null),
        () => this.#submit(null),
      ]
    ) {
      let reply = await write();
      for (let i = 0; i < 500 && reply.code === 250; i++) reply = await write();
      refused.push(reply);
    }
    for (const reply of refused) assertFull(reply);
    tell(`disk full: ${this.promised.size} messages promised before`);
  }

  /** Login and reading need no room. */
  async readsWhileFull(): Promise<void> {
    const imap = await this.#imap(BOB);
    const found = await seen(imap);
    for (const [id, { account, flagged }] of this.promised) {
      if (account === BOB) assert.deepEqual(found.get(id), { count: 1, flagged }, id);
    }
    const [body] = await imap.ok("FETCH 1 BODY.PEEK[]");
    assert.match(body, /All this text/);
    assert.match((await imap.ok("SEARCH SUBJECT m0001"))[0], /^SEARCH 1\b/);
    await imap.close();
    const pop3 = await Pop3Client.connect(this.server.ports.pop3);
    await pop3.login(ANN, "pass-word");
    assert.match(await pop3.retrieve(1), /All this text/);
    await pop3.close();
    assert.equal((await this.server.api("GET", "/healthz")).status, 200);
  }

  /** Whatever wants room is refused for now, and what is refused has not happened. */
  async writesWhileFull(): Promise<void> {
    for (const sizeBytes of [500, 50_000, 2_000_000]) {
      assertFull(await this.#send(BOB, sizeBytes, null));
    }
    await this.#sendToFresh();
    assertFull(await this.#submit(null));
    const imap = await this.#imap(BOB);
    for (const sizeBytes of [500, 300_000]) {
      const id = this.#newId();
      const reply = await imap.append("INBOX", message(id, sizeBytes), "(\\Seen)");
      assert.equal(reply.status, "NO", reply.text);
      assert.match(reply.text, /^\[UNAVAILABLE\] .*disk/);
    }
    const [uids] = await imap.ok("UID SEARCH ALL");
    const uid = uids.split(" ")[1];
    const wanted: [string, RegExp][] = [
      [`UID STORE ${uid} +FLAGS (\\Flagged)`, /\\Flagged/],
      [`UID STORE ${uid} +FLAGS (newword)`, /newword/],
    ];
    for (const [command, after] of wanted) {
      const { status, text } = await imap.command(command);
      const [row] = await imap.ok(`UID FETCH ${uid} (FLAGS)`);
      assert.equal(after.test(row), status === "OK", `${command}: ${status} ${text}, then ${row}`);
      if (status !== "OK") assert.match(text, /^\[UNAVAILABLE\]/);
      if (status === "OK" && command.includes("Flagged")) {
        const id = /Subject: (\S+)/.exec((await imap.ok(`UID FETCH ${uid} BODY.PEEK[HEADER]`))[0])![1];
        this.promised.get(id)!.flagged = true;
      }
    }
    for (const command of ["CREATE more", "EXPUNGE", "UID COPY 1:* INBOX", "UID MOVE 1:* INBOX"]) {
      const { status, text } = await imap.command(command);
      if (status !== "OK") assert.match(text, /^\[UNAVAILABLE\]/, `${command}: ${text}`);
      if (status === "OK" && command !== "EXPUNGE") assert.fail(`${command} was done on a full disk`);
    }
    await imap.close();
    const { status, body } = await this.server.api("POST", "/api/v1/accounts", {
      address: "more@full.test",
      password: "pass-word",
    });
    assert.ok(status >= 500, `${status} ${JSON.stringify(body)}`);
  }

  /** Requests to one mailbox that are committed together: only those that want room may suffer. */
  async mixedWhileFull(): Promise<void> {
    const readers = await Promise.all([1, 2, 3].map(() => this.#imap(BOB)));
    const replies = await Promise.all([
      ...Array.from({ length: 8 }, () => this.#send(BOB, 5_000, null)),
      ...Array.from({ length: 8 }, () => this.#submit(null)),
      ...readers.map(async (imap) => {
        for (let i = 0; i < 10; i++) assert.match((await imap.ok("FETCH 2:4 BODY[]"))[0], /All this text/);
        await imap.close();
        return null;
      }),
    ]);
    for (const reply of replies) if (reply) assertFull(reply);
  }

  /** With room again everything works, without a restart. */
  async goesOn(): Promise<void> {
    for (const account of [BOB, ANN, NEW]) await this.#send(account, 50_000, 250);
    await this.#submit(250);
    const imap = await this.#imap(BOB);
    const appended = this.#newId();
    const reply = await imap.append("INBOX", message(appended, 30_000));
    assert.equal(reply.status, "OK", reply.text);
    this.promised.set(appended, { account: BOB, flagged: false });
    await imap.ok("SELECT INBOX");
    await imap.ok("UID STORE 2 +FLAGS (\\Flagged \\Deleted)");
    const [row] = await imap.ok("UID FETCH 2 (FLAGS BODY.PEEK[HEADER.FIELDS (X-Id)])");
    assert.ok(this.promised.delete(/X-Id: (\S+)/.exec(row)![1]));
    await imap.ok("EXPUNGE");
    await imap.ok("CREATE more");
    await imap.close();
    await this.server.addAccount("more@full.test");
  }

  /** Every promise is kept exactly once, nothing refused is there, and every file passes its check. */
  async everythingIsThere(): Promise<void> {
    for (const account of [BOB, ANN, NEW]) {
      const imap = await this.#imap(account);
      const found = await seen(imap);
      await imap.close();
      const expected = [...this.promised].filter(([, promise]) => promise.account === account);
      assert.deepEqual(
        [...found].sort(([a], [b]) => a < b ? -1 : 1),
        expected.map(([id, { flagged }]) => [id, { count: 1, flagged }]).sort(([a], [b]) => a < b ? -1 : 1),
      );
      const check = await this.server.api("GET", `/api/v1/mailboxes/${account}/check`);
      assert.equal(check.status, 200);
      assert.deepEqual(check.body.problems, []);
    }
    const queue = await this.server.api("GET", "/api/v1/queue");
    assert.equal((queue.body.items as unknown[]).length, this.queued);
  }

  #newId(): string {
    return `m${String(++this.#count).padStart(4, "0")}`;
  }

  async #imap(account: string): Promise<ImapClient> {
    const imap = await ImapClient.login(this.server.ports.imap, account, "pass-word");
    await imap.ok("SELECT INBOX");
    return imap;
  }

  async #send(account: string, sizeBytes: number, code: number | null): Promise<SmtpReply> {
    const id = this.#newId();
    const smtp = await SmtpClient.connect(this.server.ports.smtp);
    await smtp.expect(250, "EHLO out.test");
    const reply = await smtp.mail("a@out.test", [account], message(id, sizeBytes));
    await smtp.close();
    if (code !== null) assert.equal(reply.code, code, `${id}: ${reply.lines}`);
    if (reply.code === 250) this.promised.set(id, { account, flagged: false });
    return reply;
  }

  /** A mailbox that has no file yet cannot get one: the message is refused, RCPT only when a try left a piece behind. */
  async #sendToFresh(): Promise<void> {
    const smtp = await SmtpClient.connect(this.server.ports.smtp);
    await smtp.expect(250, "EHLO out.test");
    await smtp.expect(250, "MAIL FROM:<a@out.test>");
    const recipient = await smtp.command(`RCPT TO:<${NEW}>`);
    if (recipient.code !== 250) assertFull(recipient);
    else {
      await smtp.expect(354, "DATA");
      assertFull(await smtp.body(message(this.#newId(), 500)));
    }
    await smtp.close();
  }

  async #submit(code: number | null): Promise<SmtpReply> {
    const smtp = await SmtpClient.connect(this.server.ports.submission);
    await smtp.expect(250, "EHLO out.test");
    assert.equal((await smtp.authPlain(ANN, "pass-word")).code, 235);
    const reply = await smtp.mail(ANN, ["someone@elsewhere.test"], message(this.#newId(), 3_000));
    await smtp.close();
    if (code !== null) assert.equal(reply.code, code, reply.lines.join());
    if (reply.code === 250) this.queued++;
    return reply;
  }
}

function assertFull(reply: SmtpReply): void {
  assert.equal(`${reply.code} ${reply.lines[0]}`, "452 4.3.1 the disk is full");
}

/** What a folder holds, by the messages' ids. */
async function seen(imap: ImapClient): Promise<Map<string, { count: number; flagged: boolean }>> {
  const found = new Map<string, { count: number; flagged: boolean }>();
  for (const row of await imap.ok("UID FETCH 1:* (FLAGS BODY.PEEK[HEADER.FIELDS (X-Id)])")) {
    const id = /X-Id: (\S+)/i.exec(row)![1];
    found.set(id, { count: (found.get(id)?.count ?? 0) + 1, flagged: /\\Flagged/.test(row) });
  }
  return found;
}
