import { strict as assert } from "node:assert";
import { sleep, type TestServer } from "../support/harness.ts";
import { ImapClient } from "../support/imap_client.ts";
import { startPair } from "../support/pair.ts";
import { ResyncClient } from "../support/resync_client.ts";
import { SmtpClient } from "../support/smtp_client.ts";

/** The cable is cut while both servers are used: laws 4 to 6. `MALLARD_PAIR=full` keeps it cut for a minute. */
const CUT_MS = Deno.env.get("MALLARD_PAIR") === "full" ? 60_000 : 3_000;
const ACCOUNT = "ann@pair.test";
const PASSWORD = "pass-word";

const letter = (n: number) =>
  `From: x@out.test\r\nMessage-ID: <n${n}@out.test>\r\nSubject: n${n}\r\n\r\ntext ${n}\r\n`;

function login(server: TestServer, password = PASSWORD): Promise<ImapClient> {
  return ImapClient.login(server.ports.imaps, ACCOUNT, password, { host: server.address, tls: true });
}

async function deliver(server: TestServer, numbers: readonly number[]): Promise<void> {
  const smtp = await SmtpClient.connect(server.ports.smtp, { host: server.address });
  await smtp.expect(250, "EHLO client.test");
  for (const n of numbers) assert.equal((await smtp.mail("x@out.test", [ACCOUNT], letter(n))).code, 250);
  await smtp.close();
}

/** Subjects of every message of a folder, in order. */
async function subjects(imap: ImapClient, folder: string): Promise<number[]> {
  await imap.ok(`EXAMINE ${folder}`);
  const lines = await imap.ok("UID FETCH 1:* (BODY.PEEK[HEADER.FIELDS (SUBJECT)])");
  return lines.map((line) => Number(/Subject: n(\d+)/.exec(line)?.[1])).filter(Boolean);
}

function range(first: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => first + i);
}

Deno.test("a cut loses nothing, doubles nothing, and no client is shown a lie", async () => {
  const pair = await startPair();
  const [one, two] = pair.servers;
  try {
    await one.addAccount(ACCOUNT);
    await deliver(one, range(1, 20));
    await pair.converged([ACCOUNT]);
    const clients = [new ResyncClient(ACCOUNT, PASSWORD), new ResyncClient(ACCOUNT, PASSWORD)];
    for (const client of clients) {
      await client.sync(one);
      assert.equal(await client.sync(two), 0, "nothing is downloaded twice");
    }

    pair.cable.cut();
    await pair.parted();
    // Both servers take mail and changes.
    await Promise.all([deliver(one, range(100, 15)), deliver(two, range(200, 25))]);
    const [a, b] = await Promise.all([login(one), login(two)]);
    await Promise.all([a.ok("SELECT INBOX"), b.ok("SELECT INBOX")]);
    await a.ok("STORE 1 +FLAGS (\\Flagged left)");
    await b.ok("STORE 1 +FLAGS (\\Answered right)");
    await a.ok("UID STORE 2 +FLAGS.SILENT (\\Deleted)");
    await a.ok("UID EXPUNGE 2");
    await b.ok("UID STORE 2 +FLAGS.SILENT (\\Flagged)");
    await a.ok("CREATE Both");
    await b.ok("CREATE Both");
    await a.ok("UID MOVE 3 Both");
    await b.ok("UID MOVE 4 Both");
    await a.ok("UID MOVE 5 Archive");
    await b.ok("UID MOVE 5 Trash");
    await a.ok("RENAME Junk Spam");
    await b.ok("SUBSCRIBE Spam").catch(() => {});
    await b.ok("UNSUBSCRIBE Drafts");
    await a.close();
    await b.close();
    // Clients stay where they are, or go over to the other server.
    await clients[0].sync(one);
    await clients[1].sync(two);
    await clients[1].sync(one);
    // The directory is writable on both sides, too.
    assert.equal((await one.api("PATCH", `/api/v1/accounts/${ACCOUNT}`, { displayName: "Ann" })).status, 200);
    assert.equal(
      (await two.api("PATCH", `/api/v1/accounts/${ACCOUNT}`, { password: "new-pass-word" })).status,
      200,
    );
    await one.addAccount("left@pair.test");
    await two.addAccount("right@pair.test");
    await two.api("POST", "/api/v1/aliases", { address: "info@pair.test", targets: [ACCOUNT] });
    await sleep(CUT_MS);

    pair.cable.mend();
    await pair.linked();
    const healMs = await pair.converged([ACCOUNT, "left@pair.test", "right@pair.test"], 10_000);
    console.log(`healed ${healMs.toFixed(0)} ms after the link was back`);
    // The later word on the password holds on both.
    for (const server of pair.servers) {
      await assert.rejects(login(server, PASSWORD));
      const imap = await login(server, "new-pass-word");
      const inbox = await subjects(imap, "INBOX");
      const expected = [1, ...range(6, 15), ...range(100, 15), ...range(200, 25)];
      assert.deepEqual([...inbox].sort((x, y) => x - y), expected);
      assert.deepEqual((await subjects(imap, "Both")).sort(), [3, 4]);
      assert.deepEqual([...await subjects(imap, "Archive"), ...await subjects(imap, "Trash")], [5]);
      await imap.ok("EXAMINE INBOX");
      const flags = (await imap.ok("UID FETCH 1 (FLAGS)"))[0];
      for (const flag of ["\\Flagged", "left", "\\Answered", "right"]) assert.ok(flags.includes(flag), flags);
      const list = (await imap.ok('LIST "" *')).join("\n");
      assert.ok(list.includes("Spam") && !list.includes("Junk\n"), list);
      await imap.close();
      for (const name of ["left", "right"]) {
        const { status } = await server.api("GET", `/api/v1/accounts/${name}@pair.test`);
        assert.equal(status, 200, name);
      }
      assert.equal((await server.api("GET", `/api/v1/accounts/${ACCOUNT}`)).body.displayName, "Ann");
      const check = await server.api("GET", `/api/v1/mailboxes/${ACCOUNT}/check`);
      assert.deepEqual(check.body.problems, []);
    }
    assert.deepEqual(clients.flatMap(({ wrong }) => wrong), []);
  } finally {
    await pair.remove();
  }
});

Deno.test("a client that goes from server to server is never shown a lie, before, during or after a cut", async () => {
  const pair = await startPair();
  const [one, two] = pair.servers;
  try {
    await one.addAccount(ACCOUNT);
    await deliver(one, range(1, 10));
    await pair.converged([ACCOUNT]);
    const hopper = new ResyncClient(ACCOUNT, PASSWORD);
    const hop = async (times: number) => {
      for (let n = 0; n < times; n++) await hopper.sync(pair.servers[n % 2]);
    };
    await hop(3);
    pair.cable.cut();
    await pair.parted();
    for (let round = 0; round < 3; round++) {
      await deliver(one, range(100 + 10 * round, 3));
      await deliver(two, range(200 + 10 * round, 4));
      for (const server of pair.servers) {
        const imap = await login(server);
        await imap.ok("SELECT INBOX");
        await imap.ok(
          `UID STORE ${2 + round} FLAGS (${server.address === one.address ? "\\Seen" : "\\Flagged"})`,
        );
        await imap.ok(
          `UID STORE ${server.address === one.address ? 6 + round : 9} +FLAGS.SILENT (\\Deleted)`,
        );
        await imap.ok("EXPUNGE");
        await imap.close();
      }
      await hop(4);
    }
    pair.cable.mend();
    await pair.linked();
    await hop(2);
    await pair.converged([ACCOUNT], 10_000);
    await hop(4);
    assert.ok(hopper.size > 20, `${hopper.size} messages`);
    assert.deepEqual(hopper.wrong, []);
  } finally {
    await pair.remove();
  }
});
