import { strict as assert } from "node:assert";
import type { MailboxContract } from "../../../actors/mailbox/contract.ts";
import { toColumns } from "../../../actors/mailbox/columns.ts";
import { LIMITS } from "../../base/limits.ts";
import { uidHas, uidList, uidSet } from "../../codec/imap/uid_set.ts";
import { fetchPages } from "./fetch_pages.ts";
import type { Session } from "./session.ts";

type Fetch = MailboxContract["fetch"];

/** A mailbox whose message UID n has `sizeOf(n)` octets, and who asks it. */
function folderOf(existing: number[], sizeOf: (uid: number) => number) {
  let waiting = 0, most = 0;
  const ask = async (_: string, { uids, limitRows }: Fetch["request"]): Promise<Fetch["reply"]> => {
    most = Math.max(most, ++waiting);
    await new Promise((resolve) => setTimeout(resolve, 1));
    waiting--;
    const rows = [];
    let bytes = 0, next: number | null = null;
    for (const uid of existing.filter((one) => uidHas(uids, one))) {
      if (bytes >= LIMITS.fetchPageBytes || rows.length === (limitRows ?? LIMITS.fetchPageRows)) {
        next = uid;
        break;
      }
      const size = sizeOf(uid);
      bytes += size;
      const pieces = [size ? [new Uint8Array(size)] : null];
      rows.push({ uid, modSeq: 1, flags: 0, keywords: "", internalDateMs: 0, size, pieces });
    }
    return { rows: [], columns: toColumns(rows), next, stamp: null };
  };
  return { session: { selected: { ask } } as unknown as Session, most: () => most };
}

async function fetched(session: Session, uids: number[], more: Partial<Fetch["request"]> = {}) {
  const got: number[] = [];
  const request = { folder: "f", uids: uidSet(uids), items: {}, byColumn: true, ...more } as Fetch["request"];
  for await (const { columns } of fetchPages(session, request)) got.push(...columns!.uid);
  return got;
}

const uids = Array.from({ length: 3000 }, (_, i) => 1 + i + (i > 100 ? 50 : 0));

Deno.test("pages come in order and whole, whatever the sizes, two of them on their way", async () => {
  const sizes: Record<string, (uid: number) => number> = {
    even: () => 10_000,
    tiny: () => 10,
    none: () => 0,
    "large ones first": (uid) => uid < 5 ? 900_000 : 1_000,
    "large ones last": (uid) => uid > 2_990 ? 900_000 : 1_000,
    mixed: (uid) => (uid * 7919) % 30_011,
    "octets end": (uid) => uid < 200 ? 20_000 : 0,
  };
  for (const [name, sizeOf] of Object.entries(sizes)) {
    const { session, most } = folderOf(uids, sizeOf);
    assert.deepEqual(await fetched(session, uids), [...uidList(uidSet(uids))], name);
    assert.ok(most() <= 2, name);
    if (name === "even") assert.equal(most(), 2);
  }
});

Deno.test("messages that are gone end nothing early", async () => {
  const { session } = folderOf(uids.filter((uid) => uid % 3), () => 10_000);
  assert.deepEqual(await fetched(session, uids), uids.filter((uid) => uid % 3));
});

Deno.test("where \\Seen is set, one page at a time", async () => {
  const { session, most } = folderOf(uids, () => 10_000);
  assert.deepEqual(await fetched(session, uids, { markSeen: true }), uids);
  assert.equal(most(), 1);
});
