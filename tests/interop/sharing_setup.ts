import { sleep, startServer, type TestServer } from "../support/harness.ts";
import { ImapClient } from "../support/imap_client.ts";
import { expectOk, mail } from "../support/imap_world.ts";

/** The user who was given rights, and the password of everybody. */
export const GUEST = "bob@share.test";
const OWNER = "ann@share.test";
export const PASSWORD = "pass-word";

/** Folders of others that the guest may use, as LIST shows them to it. */
export const SHARED = `#Shared/${OWNER}/Work`;
export const PUBLIC = "#Lake/News";

/** Starts a server where `GUEST` has a folder of another user and a public one, one message in each and in INBOX. */
export async function startSharing(): Promise<TestServer> {
  const server = await startServer();
  for (const account of [OWNER, GUEST]) await server.addAccount(account, PASSWORD);
  await server.api("POST", "/api/v1/public", { name: "Lake" });
  const rights = { identifier: GUEST, rights: "lrswipktea" };
  await server.api("PUT", "/api/v1/public/Lake/rights", rights);
  const [owner, guest] = await Promise.all([openImap(server, OWNER), openImap(server, GUEST)]);
  await owner.ok("CREATE Work");
  await owner.ok(`SETACL Work ${GUEST} lrswite`);
  for (let left = 5_000; !(await listed(guest)).includes(SHARED); left -= 50) {
    if (left <= 0) throw new Error("the shared folder is not shown");
    await sleep(50);
  }
  await guest.ok(`CREATE ${PUBLIC}`);
  expectOk(await owner.append("Work", mail("of Ann's")));
  expectOk(await guest.append(PUBLIC, mail("of the public")));
  expectOk(await guest.append("INBOX", mail("of my own")));
  for (const name of [SHARED, PUBLIC]) await guest.ok(`SUBSCRIBE ${name}`);
  await Promise.all([owner.close(), guest.close()]);
  return server;
}

/** A session of this user. */
export function openImap(server: TestServer, account: string): Promise<ImapClient> {
  return ImapClient.login(server.ports.imaps, account, PASSWORD, { tls: true });
}

async function listed(client: ImapClient): Promise<string[]> {
  return (await client.ok('LIST "" "*"')).map((line) => line.slice(line.lastIndexOf(" ") + 1));
}
