import { strict as assert } from "node:assert";
import { DatabaseSync } from "node:sqlite";
import type { TestServer } from "../support/harness.ts";
import { ImapClient } from "../support/imap_client.ts";
import { startPair, until } from "../support/pair.ts";
import { SmtpClient } from "../support/smtp_client.ts";

const ACCOUNT = "ann@pair.test";
const LETTER = "From: x@out.test\r\nSubject: s\r\n\r\ntext\r\n";

function login(server: TestServer): Promise<ImapClient> {
  return ImapClient.login(server.ports.imaps, ACCOUNT, "pass-word", { host: server.address, tls: true });
}

async function deliver(server: TestServer, expected = 250): Promise<void> {
  const smtp = await SmtpClient.connect(server.ports.smtp, { host: server.address });
  await smtp.expect(250, "EHLO client.test");
  const reply = await smtp.mail("x@out.test", [ACCOUNT], LETTER);
  assert.equal(reply.code, expected, reply.lines.join());
  await smtp.close();
}

async function submit(server: TestServer, to: string): Promise<void> {
  const smtp = await SmtpClient.connect(server.ports.submissions, { host: server.address, tls: true });
  await smtp.expect(250, "EHLO client.test");
  assert.equal((await smtp.authPlain(ACCOUNT, "pass-word")).code, 235);
  assert.equal((await smtp.mail(ACCOUNT, [to], `From: ${ACCOUNT}\r\n${LETTER.slice(18)}`)).code, 250);
  await smtp.close();
}

async function queued(server: TestServer): Promise<number> {
  return ((await server.api("GET", "/api/v1/queue")).body.items as unknown[]).length;
}

Deno.test("acknowledged by both: what is answered stands on the other server already", async () => {
  const outbound = { routes: [{ domain: "*", host: "127.0.0.9", port: 9 }] };
  const pair = await startPair({ acknowledge: "both", whenSplit: "refuse", configuration: { outbound } });
  const [one, two] = pair.servers;
  try {
    await one.addAccount(ACCOUNT);
    await pair.converged([ACCOUNT]);
    for (let n = 1; n <= 5; n++) {
      await deliver(one);
      const state = await two.api("GET", `/api/v1/replication/mailboxes/${ACCOUNT}`);
      assert.equal(state.body.position, n);
    }
    // Mail on its way out is copied, too; the copy stays with whoever may have to take over.
    await submit(one, "far@away.test");
    assert.deepEqual([await queued(one), await queued(two)], [1, 0]);
    const early = await two.api("POST", "/api/v1/replication/queue/take-over", { node: "mx1" });
    assert.equal(early.status, 409);

    pair.cable.cut();
    await pair.parted();
    await deliver(one, 451);
    await deliver(two, 451);
    const degraded = () => one.logs().some((line) => line.event === "replication.degraded");
    await until("the refusal is logged", 10_000, () => Promise.resolve(degraded()));
    const taken = await two.api("POST", "/api/v1/replication/queue/take-over", { node: "mx1" });
    assert.deepEqual([taken.status, taken.body.taken, await queued(two)], [200, 1, 1]);

    pair.cable.mend();
    await pair.linked();
    await pair.converged([ACCOUNT]);
    await deliver(two);
    const imap = await login(one);
    assert.match((await imap.ok("STATUS INBOX (MESSAGES)"))[0], /MESSAGES 6/);
    await imap.close();
  } finally {
    await pair.remove();
  }
});

Deno.test("a mailbox moves its home while clients are connected", async () => {
  const pair = await startPair();
  const [one, two] = pair.servers;
  try {
    await one.addAccount(ACCOUNT);
    await pair.converged([ACCOUNT]);
    const sessions = await Promise.all([login(one), login(two)]);
    await Promise.all(sessions.map((imap) => imap.ok("SELECT INBOX")));
    for (let n = 0; n < 6; n++) {
      const home = n % 2 ? "mx1" : "mx2";
      const moving = pair.servers[n % 2].api("PATCH", `/api/v1/replication/mailboxes/${ACCOUNT}`, { home });
      const answers = await Promise.all(sessions.map((imap) => imap.append("INBOX", LETTER)));
      assert.deepEqual(answers.map(({ status }) => status), ["OK", "OK"], JSON.stringify(answers));
      assert.equal((await moving).body.home, home);
    }
    await pair.converged([ACCOUNT]);
    for (const imap of sessions) {
      assert.match((await imap.ok("STATUS INBOX (MESSAGES UIDNEXT)"))[0], /MESSAGES 12 UIDNEXT 13/);
      await imap.close();
    }
    const { renumbered, heals } = await pair.status(0);
    assert.deepEqual([renumbered, heals], [0, 0]);
    const nowhere = await one.api("PATCH", `/api/v1/replication/mailboxes/${ACCOUNT}`, { home: "mx9" });
    assert.equal(nowhere.status, 400);
  } finally {
    await pair.remove();
  }
});

Deno.test("a copy that was changed behind our back is found and made anew", async () => {
  const pair = await startPair();
  const [one, two] = pair.servers;
  try {
    await one.addAccount(ACCOUNT);
    for (let n = 0; n < 3; n++) await deliver(one);
    await pair.converged([ACCOUNT]);
    const { id } = (await one.api("GET", `/api/v1/accounts/${ACCOUNT}`)).body as { id: string };
    const folders = [...Deno.readDirSync(`${two.dataDir}/mailboxes`)].filter((entry) => entry.isDirectory);
    const path = folders.map(({ name }) => `${two.dataDir}/mailboxes/${name}/${id}.db`).find((file) => {
      try {
        return Deno.statSync(file).isFile;
      } catch {
        return false;
      }
    })!;
    const db = new DatabaseSync(path);
    db.exec("UPDATE message SET flags = 4 WHERE uid = 2");
    db.close();
    const found = await until(
      "the difference was not found",
      60_000,
      async () => (await pair.status(0)).divergences === 1,
    );
    console.log(`found and repaired after ${(found / 1000).toFixed(1)} s`);
    await pair.converged([ACCOUNT]);
    const check = await one.api("POST", `/api/v1/replication/mailboxes/${ACCOUNT}/verify`);
    assert.deepEqual([check.body.equal, check.body.repaired], [true, false]);
    const imap = await login(two);
    await imap.ok("SELECT INBOX");
    assert.match((await imap.ok("FETCH 2 (FLAGS)"))[0], /FLAGS \((\\Recent)?\)/);
    await imap.close();
    assert.ok(one.logs().some((line) => line.event === "replication.divergence"));
  } finally {
    await pair.remove();
  }
});
