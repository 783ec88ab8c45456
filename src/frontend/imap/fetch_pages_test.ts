import { strict as assert } from "node:assert";
import type { MailboxContract } from "../../../actors/mailbox/contract.ts";
import { toColumns } from "../../../actors/mailbox/columns.ts";
import { LIMITS } from "../../base/limits.ts";
import { uidHas, uidList, uidSet } from "../../codec/imap/uid_set.ts";
import { Outgoing } from "../outgoing.ts";
import { fetchPages } from "./fetch_pages.ts";
import type { Session } from "./session.ts";

type Fetch = MailboxContract["fetch"];

/** A mailbox whose message UID n has `sizeOf(n)` octets, and who asks it. */
function folderOf(
  existing: number[],
  sizeOf: (uid: number) => number,
  outgoing = new Outgoing(10 * LIMITS.fetchPageBytes, 0),
) {
  let waiting = 0, most = 0;
  const ask = async (_: string, request: Fetch["request"]): Promise<Fetch["reply"]> => {
    const { uids, limitRows, roomBytes = 0 } = request;
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
      if (size > roomBytes) {
        return {
          rows: [],
          columns: toColumns(rows),
          next: uid,
          needs: rows.length ? undefined : size,
          stamp: null,
        };
      }
      bytes += size;
      const pieces = [size ? [new Uint8Array(size)] : null];
      rows.push({ uid, modSeq: 1, flags: 0, keywords: "", internalDateMs: 0, size, pieces });
    }
    return { rows: [], columns: toColumns(rows), next, stamp: null };
  };
  const context = { outgoing }, connection = { closed: new AbortController().signal };
  return {
    session: { selected: { ask }, context, connection, user: { id: "a" } } as unknown as Session,
    most: () => most,
  };
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
    "some larger than a page": (uid) => uid % 500 ? 3_000 : 2_000_000 + uid,
    "larger than a page first": (uid) => uid < 5 ? 1_500_000 : 1_000,
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

Deno.test("however many sessions fetch at once, they hold no more than there is room for", async () => {
  const { fetchPageBytes } = LIMITS;
  const outgoing = new Outgoing(3 * fetchPageBytes, 0);
  const sizes = [(uid: number) => uid % 90 ? 10_000 : 2_500_000, () => 900_000, () => 10];
  const few = uids.slice(0, 200);
  let most = 0;
  const sessions = Array.from({ length: 12 }, async (_, i) => {
    const { session } = folderOf(few, sizes[i % 3], outgoing);
    const got: number[] = [];
    const request = { folder: "f", uids: uidSet(few), items: {}, byColumn: true };
    for await (const { columns } of fetchPages(session, request)) {
      got.push(...columns!.uid);
      most = Math.max(most, outgoing.takenBytes);
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
    assert.deepEqual(got, few);
  });
  await Promise.all(sessions);
  assert.ok(most > 2 * fetchPageBytes && most <= 3 * fetchPageBytes, `${most}`);
  assert.equal(outgoing.takenBytes, 0);
});

Deno.test("a client that goes in the middle gives its room back", async () => {
  const outgoing = new Outgoing(LIMITS.fetchPageBytes, 0);
  const { session } = folderOf(uids, () => 10_000, outgoing);
  const request = { folder: "f", uids: uidSet(uids), items: {}, byColumn: true };
  for await (const _ of fetchPages(session, request)) {
    assert.ok(outgoing.takenBytes > 0);
    break;
  }
  assert.equal(outgoing.takenBytes, 0);
});
