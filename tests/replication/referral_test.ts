import { strict as assert } from "node:assert";
import { DatabaseSync } from "node:sqlite";
import { sleep, type TestServer } from "../support/harness.ts";
import { ImapClient } from "../support/imap_client.ts";
import { startPair } from "../support/pair.ts";

/** LOGIN-REFERRALS between two real servers (RFC 2221): who cannot be served here is sent to where their mail is. */
const AWAY = "ann@pair.test", HERE = "ben@pair.test";

async function mailboxFile(server: TestServer, account: string): Promise<string> {
  const { id } = (await server.api("GET", `/api/v1/accounts/${account}`)).body as { id: string };
  for (const folder of Deno.readDirSync(`${server.dataDir}/mailboxes`)) {
    if (!folder.isDirectory) continue;
    const files = [...Deno.readDirSync(`${server.dataDir}/mailboxes/${folder.name}`)];
    if (files.some(({ name }) => name === `${id}.db`)) {
      return `${server.dataDir}/mailboxes/${folder.name}/${id}.db`;
    }
  }
  throw new Error(`${account} has no file`);
}

/** A mailbox that this release cannot open: as if a newer one had been there. Answers how to undo it. */
async function breakMailbox(server: TestServer, account: string): Promise<() => void> {
  const path = await mailboxFile(server, account);
  const write = (version: number) => {
    const db = new DatabaseSync(path);
    const { user_version } = db.prepare("PRAGMA user_version").get() as { user_version: number };
    db.exec(`PRAGMA user_version=${version}`);
    db.close();
    for (let shard = 0; shard < 8; shard++) {
      try {
        server.killPlace(`shard-${shard}`);
      } catch {
        break;
      }
    }
    return user_version;
  };
  const before = write(9_999);
  return () => void write(before);
}

async function answerTo(server: TestServer, command: string): Promise<string> {
  const imap = await ImapClient.connect(server.ports.imaps, { host: server.address, tls: true });
  const { status, text } = await imap.command(command);
  await imap.close();
  return `${status} ${text}`;
}

Deno.test("who logs in where their mailbox is away is sent to the other server, and reads it there (RFC 2221 §4.1)", async () => {
  const pair = await startPair({ referrals: true });
  const [one, two] = pair.servers;
  try {
    for (const account of [AWAY, HERE]) await one.addAccount(account);
    const before = await ImapClient.login(one.ports.imaps, AWAY, "pass-word", {
      host: one.address,
      tls: true,
    });
    assert.equal((await before.append("INBOX", "Subject: kept\r\n\r\nbody\r\n")).status, "OK");
    await before.close();
    await pair.converged([AWAY, HERE]);

    const mend = await breakMailbox(one, AWAY);
    const login = `LOGIN ${AWAY} pass-word`;
    let answer = "";
    // Its place starts anew first.
    for (let tries = 0; tries < 100 && !answer.includes("REFERRAL"); tries++) {
      answer = await answerTo(one, login);
      await sleep(50);
    }
    const referral = /^NO \[REFERRAL imap:\/\/([^;]+);AUTH=\*@(mx\d)\.mallard\.test:993\/\]/.exec(answer);
    assert.ok(referral, answer);
    assert.deepEqual([decodeURIComponent(referral[1]), referral[2]], [AWAY, "mx2"]);
    assert.match(await answerTo(one, `LOGIN ${AWAY} wrong`), /^NO \[AUTHENTICATIONFAILED\]/);
    assert.match(await answerTo(one, `LOGIN ${HERE} pass-word`), /^OK/, "others are served here");

    const there = await ImapClient.login(two.ports.imaps, AWAY, "pass-word", {
      host: two.address,
      tls: true,
    });
    await there.ok("EXAMINE INBOX");
    assert.match((await there.ok("FETCH 1 BODY.PEEK[HEADER.FIELDS (SUBJECT)]"))[0], /Subject: kept/);
    await there.close();

    // Nobody is sent where nobody is: cut off, the answer is that of a server that stands alone.
    pair.cable.cut();
    await pair.parted();
    assert.match(await answerTo(one, login), /^(OK|NO \[UNAVAILABLE\])/);
    pair.cable.mend();
    await pair.linked();

    mend();
    for (let tries = 0; tries < 100 && !answer.startsWith("OK"); tries++) {
      answer = await answerTo(one, login);
      await sleep(50);
    }
    assert.match(answer, /^OK/);
  } finally {
    await pair.remove();
  }
});
