import { strict as assert } from "node:assert";
import type { Account, DirectoryContract } from "../../../actors/directory/contract.ts";
import type { MailboxContract } from "../../../actors/mailbox/contract.ts";
import type { ActorRef } from "../../actor/actor.ts";
import type { FakeConnection } from "../../../tests/support/fake_connection.ts";
import { type ImapTest, withImap } from "./harness_test.ts";

/** Users of one server who share folders; alice, bob and carol of a.test, and a group `team` of bob. */
export interface SharingTest {
  imap: ImapTest;
  directory: ActorRef<DirectoryContract>;
  /** A user's mailbox, asked as its owner. */
  mailbox(user: string): ActorRef<MailboxContract>;
  /** Sessions of alice, bob and carol in this order: `C`, `C2`, `C3` of a script. */
  sessions: FakeConnection[];
  play(script: string): Promise<void>;
  /** Alice gives rights on one of her folders, and the directory knows. */
  share(folder: string, identifier: string, rights: string): Promise<void>;
  /** Resolves when something is so; fails when it does not become so. */
  until(what: string, holds: () => Promise<boolean>): Promise<void>;
}

const USERS = ["alice", "bob", "carol"];

/** Runs a test with three users, each with a session; every mailbox must be sound afterwards. */
export function withSharing(body: (test: SharingTest) => Promise<void>): Promise<void> {
  return withImap(async (imap) => {
    const directory = imap.system.ref<DirectoryContract>("directory:main");
    await directory.ask("createDomain", { name: "a.test" });
    const ids = new Map<string, string>();
    for (const user of USERS) {
      const address = `${user}@a.test`;
      const { id } = await directory.ask("createAccount", { address, passwordHash: "$argon2id$v=19$test" });
      ids.set(user, id);
      if (user === "alice") imap.account.id = id;
      else imap.accounts.push({ ...imap.account, id, address, displayName: user } satisfies Account);
    }
    await directory.ask("createGroup", { address: "team@a.test", members: ["bob@a.test"] });
    const sessions: FakeConnection[] = [];
    for (const user of USERS) sessions.push(await imap.open(undefined, undefined, `${user}@a.test`));
    const mailbox = (user: string) => imap.system.ref<MailboxContract>(`mailbox:${ids.get(user)}`);
    const until = async (what: string, holds: () => Promise<boolean>) => {
      for (let tries = 0; tries < 200; tries++) {
        if (await holds()) return;
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
      assert.fail(`it never came about that ${what}`);
    };
    const share = async (folder: string, identifier: string, rights: string) => {
      await imap.command(sessions[0], `SETACL ${folder} ${identifier} "${rights}"`);
      await settled(directory, ids.get("alice")!, mailbox("alice"), until);
    };
    await body({ imap, directory, mailbox, sessions, play: (script) => imap.play(script), share, until });
  });
}

/** Resolves when the directory knows whom a mailbox shares with. */
async function settled(
  directory: ActorRef<DirectoryContract>,
  id: string,
  mailbox: ActorRef<MailboxContract>,
  until: SharingTest["until"],
): Promise<void> {
  const { folders } = await mailbox.ask("listFolders", {});
  const names = new Set<string>();
  for (const { name } of folders) {
    const { entries } = await mailbox.ask("getAcl", { name });
    for (const { identifier } of entries) if (!identifier.startsWith("-")) names.add(identifier);
  }
  for (const user of USERS.slice(1)) {
    const account = await directory.ask("getAccount", { address: `${user}@a.test` });
    const { groups } = await directory.ask("identity", { id: account.id });
    const own = [account.id, "anyone", "authenticated", ...groups.map((group) => `group:${group}`)];
    const expected = own.some((name) => names.has(name));
    await until(`${user} is told`, async () => {
      const { owners } = await directory.ask("shares", { id: account.id });
      return owners.some((owner) => owner.id === id) === expected;
    });
  }
}

/** The name by which others know Work. */
export const SHARED = '"#Shared/alice@a.test/Work"';

/** Alice has a folder Work with one message; its name for others is `SHARED`. */
export async function begin({ imap, sessions }: SharingTest): Promise<void> {
  await imap.command(sessions[0], "CREATE Work");
  await imap.command(sessions[0], 'APPEND Work (\\Flagged work) "01-Jan-2026 00:00:00 +0000" {3+}\r\none');
}
