import { strict as assert } from "node:assert";
import type { TestServer } from "../support/harness.ts";
import { ImapClient } from "../support/imap_client.ts";
import { startPair } from "../support/pair.ts";
import { ResyncClient } from "../support/resync_client.ts";
import { SmtpClient } from "../support/smtp_client.ts";

/** Two servers that each had the same account, with mail of its own, before they ever met. */
const ACCOUNT = "ann@pair.test";
const PASSWORD = "pass-word";

const letter = (n: number) =>
  `From: x@out.test\r\nMessage-ID: <n${n}@out.test>\r\nSubject: n${n}\r\n\r\ntext ${n}\r\n`;
const range = (first: number, count: number) => Array.from({ length: count }, (_, i) => first + i);

async function deliver(server: TestServer, numbers: readonly number[]): Promise<void> {
  const smtp = await SmtpClient.connect(server.ports.smtp, { host: server.address });
  await smtp.expect(250, "EHLO client.test");
  for (const n of numbers) assert.equal((await smtp.mail("x@out.test", [ACCOUNT], letter(n))).code, 250);
  await smtp.close();
}

function login(server: TestServer): Promise<ImapClient> {
  return ImapClient.login(server.ports.imaps, ACCOUNT, PASSWORD, { host: server.address, tls: true });
}

/** Every folder with the numbers and flags of its messages. */
async function everything(server: TestServer): Promise<Record<string, string[]>> {
  const imap = await login(server);
  const folders: Record<string, string[]> = {};
  for (const line of await imap.ok('LIST "" *')) {
    const name = /"?([^" ]+)"?$/.exec(line)![1];
    await imap.ok(`EXAMINE ${name}`);
    const rows = await imap.ok("UID FETCH 1:* (FLAGS BODY.PEEK[HEADER.FIELDS (SUBJECT)])");
    folders[name] = rows.filter((row) => row.includes("Subject")).map((row) =>
      `${/UID (\d+)/.exec(row)![1]} n${/Subject: n(\d+)/.exec(row)![1]} ${flagsOf(row)}`
    );
  }
  await imap.close();
  return folders;
}

/** Without \Recent, which is of one server. */
function flagsOf(row: string): string {
  return /FLAGS \(([^)]*)\)/.exec(row)![1].split(" ").filter((flag) => flag !== "\\Recent").sort().join(" ");
}

const numbers = (rows: readonly string[]) =>
  rows.map((row) => Number(/ n(\d+)/.exec(row)![1])).sort((a, b) => a - b);

Deno.test("two servers that had the same account before they met join without loss or doubles", async () => {
  const pair = await startPair({ apart: true });
  try {
    const clients = [new ResyncClient(ACCOUNT, PASSWORD), new ResyncClient(ACCOUNT, PASSWORD)];
    for (const [i, server] of pair.servers.entries()) {
      await server.addAccount(ACCOUNT);
      await deliver(server, range(100 + 100 * i, 12 + i));
      // One message that was sent to both.
      await deliver(server, [1]);
      const imap = await login(server);
      await imap.ok("CREATE Work");
      await imap.ok(`CREATE Only${i}`);
      await imap.append("Work", letter(300 + i));
      await imap.append("Work", letter(310 + i));
      await imap.append(`Only${i}`, letter(320 + i));
      await imap.ok("SELECT INBOX");
      await imap.ok(`STORE 3 +FLAGS (\\Flagged side${i})`);
      await imap.ok("STORE 5 +FLAGS.SILENT (\\Deleted)");
      await imap.ok("EXPUNGE");
      await imap.close();
      await clients[i].sync(server);
    }
    pair.cable.mend();
    await pair.linked();
    await pair.converged([ACCOUNT]);
    const [one, two] = await Promise.all(pair.servers.map(everything));
    assert.deepEqual(one, two);
    const inbox = [...range(100, 12), ...range(200, 13)].filter((n) => n !== 104 && n !== 204);
    assert.deepEqual(numbers(one.INBOX).filter((n) => n !== 1), inbox);
    // Each delivery is a message of its own, with trace lines of its own.
    assert.equal(numbers(one.INBOX).filter((n) => n === 1).length, 2);
    assert.deepEqual(numbers(one.Work), [300, 301, 310, 311]);
    assert.deepEqual([numbers(one.Only0), numbers(one.Only1)], [[320], [321]]);
    for (const [n, word] of [[102, "side0"], [202, "side1"]] as const) {
      const row = one.INBOX.find((text) => text.includes(` n${n} `))!;
      assert.ok(row.includes("\\Flagged") && row.includes(word), row);
    }
    for (const server of pair.servers) {
      const check = await server.api("GET", `/api/v1/mailboxes/${ACCOUNT}/check`);
      assert.deepEqual(check.body.problems, []);
    }
    // Mail goes on, and both are one mailbox from here on.
    await Promise.all([deliver(pair.servers[0], range(400, 5)), deliver(pair.servers[1], range(500, 5))]);
    await pair.converged([ACCOUNT]);
    for (const client of clients) {
      for (const server of pair.servers) await client.sync(server);
    }
    assert.deepEqual(clients.flatMap(({ wrong }) => wrong), []);
  } finally {
    await pair.remove();
  }
});
