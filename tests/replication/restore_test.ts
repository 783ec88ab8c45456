import { strict as assert } from "node:assert";
import type { TestServer } from "../support/harness.ts";
import { ImapClient } from "../support/imap_client.ts";
import { startPair, type TestPair } from "../support/pair.ts";
import { ResyncClient } from "../support/resync_client.ts";
import { SmtpClient } from "../support/smtp_client.ts";

/** One server gets an older copy of its data folder back, as from a backup. */
const ACCOUNT = "ann@pair.test";
const PASSWORD = "pass-word";

const letter = (n: number) =>
  `From: x@out.test\r\nMessage-ID: <n${n}@out.test>\r\nSubject: n${n}\r\n\r\ntext ${n}\r\n`;

async function deliver(server: TestServer, first: number, count: number): Promise<void> {
  const smtp = await SmtpClient.connect(server.ports.smtp, { host: server.address });
  await smtp.expect(250, "EHLO client.test");
  for (let n = first; n < first + count; n++) {
    assert.equal((await smtp.mail("x@out.test", [ACCOUNT], letter(n))).code, 250);
  }
  await smtp.close();
}

function login(server: TestServer): Promise<ImapClient> {
  return ImapClient.login(server.ports.imaps, ACCOUNT, PASSWORD, { host: server.address, tls: true });
}

/** Numbers of the messages of INBOX, and how UIDs name them. */
async function inbox(server: TestServer): Promise<Map<number, number>> {
  const imap = await login(server);
  await imap.ok("EXAMINE INBOX");
  const named = new Map<number, number>();
  for (const line of await imap.ok("UID FETCH 1:* (BODY.PEEK[HEADER.FIELDS (SUBJECT)])")) {
    const match = /UID (\d+)[^]*Subject: n(\d+)/.exec(line);
    if (match) named.set(Number(match[1]), Number(match[2]));
  }
  await imap.close();
  return named;
}

/** Positions and marks of a mailbox's log, as far as a server keeps it. */
async function position(pair: TestPair, which: 0 | 1): Promise<number> {
  const { body } = await pair.servers[which].api("GET", `/api/v1/replication/mailboxes/${ACCOUNT}`);
  return body.position as number;
}

async function copyFolder(from: string, to: string): Promise<void> {
  const { success } = await new Deno.Command("cp", { args: ["-a", from, to] }).output();
  assert.ok(success);
}

const range = (first: number, count: number) => Array.from({ length: count }, (_, i) => first + i);

for (const which of [1, 0] as const) {
  Deno.test(`an older copy of the data of mx${which + 1} is put back`, async () => {
    const pair = await startPair();
    const [restored, other] = [pair.servers[which], pair.servers[1 - which]];
    const backup = `${restored.dataDir}.backup`;
    try {
      await other.addAccount(ACCOUNT);
      await Promise.all([deliver(restored, 100, 10), deliver(other, 200, 10)]);
      await pair.converged([ACCOUNT]);
      const clients = [new ResyncClient(ACCOUNT, PASSWORD), new ResyncClient(ACCOUNT, PASSWORD)];
      for (const client of clients) await client.sync(restored);
      await restored.stop();
      await copyFolder(restored.dataDir, backup);
      await restored.start();
      await pair.linked();

      await Promise.all([deliver(restored, 300, 15), deliver(other, 400, 15)]);
      const imap = await login(restored);
      await imap.ok("SELECT INBOX");
      await imap.ok("STORE 2 +FLAGS (\\Flagged kept)");
      await imap.ok("STORE 3:5 +FLAGS.SILENT (\\Deleted)");
      await imap.ok("EXPUNGE");
      await imap.ok("CREATE Later");
      await imap.ok("MOVE 1 Later");
      await imap.close();
      await pair.converged([ACCOUNT]);
      await clients[0].sync(restored);
      await clients[1].sync(other);
      const before = await inbox(other);
      const reached = await position(pair, which);
      await restored.stop();
      await Deno.remove(restored.dataDir, { recursive: true });
      await Deno.rename(backup, restored.dataDir);
      await deliver(other, 500, 5);

      await restored.start();
      // At once, while it is still finding out what it lacks.
      await Promise.all([deliver(restored, 600, 10), deliver(other, 700, 10)]);
      await pair.linked();
      await pair.converged([ACCOUNT]);
      assert.ok(await position(pair, which) >= reached + 25, "positions only grow");
      const views = await Promise.all(pair.servers.map(inbox));
      assert.deepEqual(views[0], views[1]);
      for (const [uid, n] of before) assert.equal(views[0].get(uid), n, `UID ${uid}`);
      const numbers = [...views[0].values()];
      assert.equal(new Set(numbers).size, numbers.length, "nothing twice");
      const wanted = [...before.values(), ...range(500, 5), ...range(600, 10), ...range(700, 10)];
      assert.deepEqual(numbers.sort((a, b) => a - b), wanted.sort((a, b) => a - b));
      for (const server of pair.servers) {
        for (const client of clients) await client.sync(server);
        const reader = await login(server);
        assert.match((await reader.ok("STATUS Later (MESSAGES)"))[0], /MESSAGES 1/);
        await reader.close();
        const check = await server.api("GET", `/api/v1/mailboxes/${ACCOUNT}/check`);
        assert.deepEqual(check.body.problems, []);
      }
      assert.deepEqual(clients.flatMap(({ wrong }) => wrong), []);
      for (const i of [0, 1] as const) assert.equal((await pair.status(i)).renumbered, 0);
      assert.ok(restored.logs().some(({ event }) => event === "replication.stale"), "it has noticed");
    } finally {
      await pair.remove();
    }
  });
}
