import { mailboxActor } from "../../actors/mailbox/actor.ts";
import type { MailboxContract } from "../../actors/mailbox/contract.ts";
import { LocalSystem } from "../../src/actor/local.ts";
import { latin1 } from "../../src/base/bytes.ts";
import { systemClock } from "../../src/base/clock.ts";
import { systemRandom } from "../../src/base/id.ts";
import type { UidSet } from "../../src/codec/imap/uid_set.ts";
import { summarize } from "../../src/codec/message/summarize.ts";
import { fileDisk } from "../../src/storage/disk.ts";
import { DatabaseSync } from "node:sqlite";

const BATCH = 1000;
const LIMITS = { quotaBytes: null, messageBytes: 1_000_000 };

function smallLetter(n: number): Uint8Array {
  return latin1(
    `From: Sender ${n % 997} <s${n % 997}@example.net>\r\nTo: everybody@bench.test\r\n` +
      `Subject: small message number ${n}\r\nDate: Sat, 28 Nov 2026 12:00:00 +0000\r\n` +
      `Message-ID: <small${n}@example.net>\r\n\r\nNothing but line ${n}.\r\n`,
  );
}

/** The actor of a file, without a server around it; the file is whole when `work` has ended. */
async function inProcess<T>(
  path: string,
  work: (ask: (typeof LocalSystem.prototype)["ref"]) => Promise<T>,
): Promise<T> {
  const system = new LocalSystem({
    clock: systemClock,
    random: systemRandom,
    actors: [mailboxActor],
    disk: fileDisk((kind, name) => kind === "mailbox" ? path : `${path}.${kind}-${name}`),
  });
  try {
    return await work(system.ref.bind(system));
  } finally {
    await system.close();
  }
}

/** The actor that a file is made for: its folders and numbers are the same under any name. */
const NAME = "mailbox:bench" as const;

/** Adds messages `[from, to)` to the INBOX of a mailbox's file, through the actor. */
export async function growMailbox(path: string, from: number, to: number): Promise<void> {
  await inProcess(path, async (ref) => {
    const { ask } = ref<MailboxContract>(NAME);
    for (let at = from; at < to; at += BATCH) {
      const messages = Array.from({ length: Math.min(BATCH, to - at) }, (_, i) => {
        const raw = smallLetter(at + i);
        return { raw, summary: summarize(raw), flags: [], internalDateMs: 1_795_000_000_000 + at + i };
      });
      await ask("append", { name: "INBOX", messages, limits: LIMITS });
    }
    await ask("select", { name: "INBOX", claimRecent: true });
  });
}

/** Takes every tenth message out, so that the UIDs of a folder lie in as many runs as ever they do. */
export async function makeHoles(path: string): Promise<void> {
  await inProcess(path, async (ref) => {
    const { ask } = ref<MailboxContract>(NAME);
    const { id: folder, uidNext } = await ask("status", { name: "INBOX" });
    const uids: number[] = [];
    for (let uid = 10; uid < uidNext; uid += 10) uids.push(uid, uid);
    const gone: UidSet = uids;
    await ask("store", { folder, uids: gone, mode: "add", flags: ["\\Deleted"], silent: true });
    await ask("expunge", { folder }, { timeoutMs: 600_000 });
  });
}

/** Has the search index leave a file alone: it would work for minutes beside what is measured. */
export function leaveUnindexed(path: string): void {
  const db = new DatabaseSync(path);
  db.exec("UPDATE meta SET value = (SELECT max(id) FROM content) WHERE key = 'indexed'");
  db.close();
}
