import { strict as assert } from "node:assert";
import { sleep, type TestServer } from "../support/harness.ts";
import { ImapClient } from "../support/imap_client.ts";
import { ManageSieveClient } from "../support/managesieve_client.ts";
import { startPair, until } from "../support/pair.ts";
import { SmtpClient } from "../support/smtp_client.ts";

/** A script that files into a folder of another mailbox, on both servers, also while they are cut off. */

const OWNER = "ann@pair.test", USER = "ben@pair.test";
const ACCOUNTS = [OWNER, USER];

function login(server: TestServer, account: string): Promise<ImapClient> {
  return ImapClient.login(server.ports.imaps, account, "pass-word", { host: server.address, tls: true });
}

async function send(server: TestServer, subject: string): Promise<void> {
  const smtp = await SmtpClient.connect(server.ports.smtp, { host: server.address });
  await smtp.expect(250, "EHLO client.test");
  const text = `Message-ID: <${subject}@far.test>\r\nSubject: ${subject}\r\n\r\nbody\r\n`;
  assert.equal((await smtp.mail("x@far.test", [USER], text)).code, 250);
  await smtp.close();
}

async function subjects(server: TestServer, account: string, folder: string): Promise<string[]> {
  const imap = await login(server, account);
  await imap.ok(`EXAMINE ${folder}`);
  const lines = await imap.ok("UID FETCH 1:* (BODY.PEEK[HEADER.FIELDS (SUBJECT)])");
  await imap.close();
  return lines.flatMap((line) => /Subject: (\w+)/.exec(line)?.[1] ?? []).sort();
}

Deno.test("a script files into a folder of another mailbox once, by its rights, from both servers and apart", async () => {
  const pair = await startPair();
  const [one, two] = pair.servers;
  try {
    for (const account of ACCOUNTS) await one.addAccount(account);
    const owner = await login(one, OWNER);
    await owner.ok("CREATE Team");
    await owner.ok(`SETACL Team ${USER} lri`);
    const sieve = await ManageSieveClient.login(one.ports.managesieve, USER, "pass-word", one.address);
    await sieve.activate("main", `require "fileinto"; fileinto "#Shared/${OWNER}/Team";`);
    await sieve.close();
    for (const server of pair.servers) {
      await until("the folder is not shared", 5_000, async () => {
        const guest = await login(server, USER);
        const lines = await guest.ok('LIST "" #Shared/*');
        await guest.close();
        return lines.some((line) => line.includes("Team"));
      });
    }
    await pair.converged(ACCOUNTS);
    const filed = async (server: TestServer, team: string[], inbox: string[]) => {
      const look = async () => [await subjects(server, OWNER, "Team"), await subjects(server, USER, "INBOX")];
      const wanted = JSON.stringify([team, inbox]);
      await until(`not ${wanted}`, 5_000, async () => JSON.stringify(await look()) === wanted);
    };

    await send(one, "a");
    await send(two, "b");
    await filed(one, ["a", "b"], []);
    await pair.converged(ACCOUNTS);

    pair.cable.cut();
    await pair.parted();
    await send(one, "c");
    await send(two, "d");
    await filed(one, ["a", "b", "c"], []);
    await filed(two, ["a", "b", "d"], []);
    await owner.ok(`SETACL Team ${USER} lr`);
    await send(one, "e");
    await filed(one, ["a", "b", "c"], ["e"]);
    pair.cable.mend();
    await pair.linked();
    await pair.converged(ACCOUNTS);
    await send(two, "f");
    for (const server of pair.servers) await filed(server, ["a", "b", "c", "d"], ["e", "f"]);
    await sleep(500);
    for (const server of pair.servers) await filed(server, ["a", "b", "c", "d"], ["e", "f"]);
    await pair.converged(ACCOUNTS);
    await owner.close();
  } finally {
    await pair.remove();
  }
});
