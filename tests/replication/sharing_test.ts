import { strict as assert } from "node:assert";
import { sleep, type TestServer } from "../support/harness.ts";
import { ImapClient } from "../support/imap_client.ts";
import { startPair } from "../support/pair.ts";

/** A folder that is shared on one server and used on both, also while they are cut off from each other (H07). */
const OWNER = "ann@pair.test", GUEST = "ben@pair.test", OTHER = "eve@pair.test";
const SHARED = `"#Shared/${OWNER}/Work"`;
const letter = (n: number) => `Message-ID: <n${n}@out.test>\r\nSubject: n${n}\r\n\r\ntext ${n}\r\n`;

function login(server: TestServer, account: string): Promise<ImapClient> {
  return ImapClient.login(server.ports.imaps, account, "pass-word", { host: server.address, tls: true });
}

/** Resolves when a user sees the shared folder in LIST; it must not take 5 seconds. */
async function seen(imap: ImapClient): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    const lines = await imap.ok('LIST "" #Shared/*');
    if (lines.some((line) => line.includes(`#Shared/${OWNER}/Work`))) return;
    await sleep(50);
  }
  assert.fail("the folder is not seen");
}

/** All that a user sees of the shared folder. */
async function view(server: TestServer, account: string, name: string): Promise<string[]> {
  const imap = await login(server, account);
  const head = (await imap.ok(`EXAMINE ${name}`)).filter((line) =>
    /UIDVALIDITY|UIDNEXT|HIGHESTMODSEQ/.test(line)
  );
  const rows = await imap.ok("FETCH 1:* (UID FLAGS MODSEQ EMAILID BODY.PEEK[])");
  const lists = await imap.ok('LSUB "" #Shared*');
  await imap.close();
  // \\Recent is the business of one server.
  return [...head, ...rows.map((row) => row.replace("\\Recent ", "")), ...lists];
}

Deno.test("a folder is shared on one server and used on both, also while they are apart", async () => {
  const pair = await startPair();
  const [one, two] = pair.servers;
  const accounts = [OWNER, GUEST, OTHER];
  try {
    for (const account of accounts) await one.addAccount(account);
    await pair.converged(accounts);
    const owner = await login(one, OWNER), guest = await login(two, GUEST);
    await owner.ok("CREATE Work");
    assert.equal((await owner.append("Work", letter(1))).status, "OK");
    await owner.ok(`SETACL Work ${GUEST} lrswitea`);
    await seen(guest);
    await guest.ok(`SUBSCRIBE ${SHARED}`);
    await guest.ok(`SELECT ${SHARED}`);
    await guest.ok("STORE 1 +FLAGS (\\Seen read)");
    assert.equal((await guest.append(`#Shared/${OWNER}/Work`, letter(2))).status, "OK");
    assert.match((await owner.ok("STATUS Work (MESSAGES UNSEEN)"))[0], /MESSAGES 2 UNSEEN 1/);
    await pair.converged(accounts);

    pair.cable.cut();
    await pair.parted();
    assert.equal((await owner.append("Work", letter(3))).status, "OK");
    await owner.ok("SELECT Work");
    await owner.ok("UID STORE 1 +FLAGS (\\Flagged)");
    assert.equal((await guest.append(`#Shared/${OWNER}/Work`, letter(4))).status, "OK");
    await guest.ok("UID STORE 1 +FLAGS (\\Answered)");
    await guest.ok("UID MOVE 2 INBOX");
    await guest.ok(`SETACL ${SHARED} ${OTHER} lr`);
    const other = await login(two, OTHER);
    await seen(other);
    pair.cable.mend();
    await pair.linked();
    await pair.converged(accounts);

    for (const [account, name] of [[OWNER, "Work"], [GUEST, SHARED], [OTHER, SHARED]]) {
      const [a, b] = await Promise.all(pair.servers.map((server) => view(server, account, name)));
      assert.deepEqual(a, b);
      const text = a.join("\n");
      for (const n of [1, 3, 4]) {
        assert.equal(text.split(`Subject: n${n}\r\n`).length, 2, `message ${n} once`);
      }
      assert.ok(!text.includes("Subject: n2"), "what moved is gone");
      assert.match(text, /UID 1 FLAGS \(\\Seen \\Answered \\Flagged read\)/);
    }
    const here = await login(one, OTHER);
    await seen(here);
    const moved = await login(one, GUEST);
    assert.match((await moved.ok("STATUS INBOX (MESSAGES)"))[0], /MESSAGES 1/);
    for (const imap of [owner, guest, other, here, moved]) await imap.close();
  } finally {
    await pair.remove();
  }
});
