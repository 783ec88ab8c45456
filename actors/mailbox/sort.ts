import { LIMITS } from "../../src/base/limits.ts";
import type { SortColumn, SortCriterion, SortKey } from "../../src/codec/imap/sort.ts";
import { sortedOrder } from "../../src/codec/imap/sort_order.ts";
import { FUZZY_SCORE, STRICT_SCORE, strictKey } from "../../src/codec/imap/search.ts";
import { uidCount, uidHas, type UidSet, uidTake } from "../../src/codec/imap/uid_set.ts";
import type { SqlValue } from "../../src/storage/database.ts";
import { type Brief, makeBrief } from "./brief.ts";
import type { MailboxContract } from "./contract.ts";
import { type FolderContents, keptContents } from "./folder_contents.ts";
import { keepAnswer, recall } from "./kept_answers.ts";
import { search } from "./search.ts";
import { type Folder, folderById, type MailboxTurn } from "./state.ts";

type Sort = MailboxContract["sort"];

/** Runs of UIDs that are looked up one by one; more are read as one stretch. */
const RUNS = 500;

/** A folder's order is worked out, and kept, for the sake of so many of its messages: this part of all. */
const WORTH = 1 / 8;

/** Found messages are marked one by one, unless so many UIDs are free for each that is there. */
const SPARSE = 64;

/** Columns of `brief` by the key that compares them. */
const TEXTS: Partial<Record<SortKey, keyof Brief & string>> = {
  SUBJECT: "subject",
  FROM: "from_box",
  TO: "to_box",
  CC: "cc_box",
  DISPLAYFROM: "from_shown",
  DISPLAYTO: "to_shown",
};

/**
 * SORT (RFC 5256 §3), one page of a search. A page that is the only one comes in order; others by UID, with the values
 * of the keys, and are put in order together by who asks.
 */
export function sort(request: Sort["request"], turn: MailboxTurn): Sort["reply"] {
  const page = search(request, turn);
  const { highestModSeq } = page;
  const alone = page.next === null && request.from === undefined;
  const ordered = alone ? fromOrder(turn, folderById(turn, request.folder), page.uids, request.by) : null;
  if (ordered) return { uids: ordered, columns: [], next: null, highestModSeq };
  const cut = uidTake(page.uids, LIMITS.searchPageRows);
  const { uids, columns, ...read } = readKeys(turn, request.folder, cut.first, request.by);
  const next = read.next ?? cut.next ?? page.next;
  const relevancy = request.by.findIndex(({ key }) => key === "RELEVANCY");
  if (relevancy >= 0) {
    // The most relevant comes first (RFC 6203 §6).
    const strict = search({ ...request, key: strictKey(request.key) }, turn).uids;
    columns[relevancy] = Float64Array.from(uids, (uid) => uidHas(strict, uid) ? -STRICT_SCORE : -FUZZY_SCORE);
  }
  if (!alone || next !== null) return { uids, columns, next, highestModSeq };
  const order = sortedOrder(request.by, columns, uids.length);
  return { uids: order.map((at) => uids[at]), columns: [], next: null, highestModSeq };
}

/** Found messages as they stand in the order of the whole folder, where that is known or worth to be. */
function fromOrder(
  turn: MailboxTurn,
  folder: Folder,
  found: UidSet,
  by: readonly SortCriterion[],
): Uint32Array | null {
  const contents = keptContents(turn, folder);
  if (!contents || by.some(({ key }) => key === "RELEVANCY")) return null;
  const count = uidCount(found);
  const name = by.map(({ key, reverse }) => reverse ? `-${key}` : key).join(" ");
  const known = recall<Uint32Array>(contents.answers, name);
  const order = known ??
    (count >= WORTH * folder.messages ? orderOf(turn, folder, by, contents, name) : null);
  if (!order || count === order.length) return order;
  return pickFound(contents, order, found, count);
}

/** UIDs of all messages in order; null when that is too much for one turn. */
function orderOf(
  turn: MailboxTurn,
  folder: Folder,
  by: readonly SortCriterion[],
  contents: FolderContents,
  name: string,
): Uint32Array | null {
  const easy = by.every(({ key }) => key === "ARRIVAL" || key === "SIZE");
  if (folder.messages > (easy ? LIMITS.sortedAtOnce : LIMITS.searchPageRows)) return null;
  const { uids, columns, next } = readKeys(turn, folder.id, [1, 0xffffffff], by);
  if (next !== null || uids.length !== contents.uids.length) return null;
  const order = sortedOrder(by, columns, uids.length).map((at) => uids[at]);
  keepAnswer(contents.answers, name, order, order.byteLength);
  return order;
}

function pickFound(
  { uids }: FolderContents,
  order: Uint32Array,
  found: UidSet,
  count: number,
): Uint32Array {
  const first = uids[0], span = uids[uids.length - 1] - first + 1;
  if (span > SPARSE * uids.length) return order.filter((uid) => uidHas(found, uid));
  const wanted = new Uint8Array(span);
  for (let i = 0; i < found.length; i += 2) wanted.fill(1, found[i] - first, found[i + 1] - first + 1);
  const picked = new Uint32Array(count);
  let at = 0;
  for (const uid of order) if (wanted[uid - first]) picked[at++] = uid;
  return picked;
}

interface Keys {
  uids: Uint32Array;
  columns: SortColumn[];
  next: number | null;
}

function readKeys(turn: MailboxTurn, folder: string, found: UidSet, by: readonly SortCriterion[]): Keys {
  const uids: number[] = [];
  const values = by.map(({ key }) => valueOf(key));
  const columns: (number | string)[][] = by.map(() => []);
  const briefless = values.every((value) => value === null);
  let briefs = 0, next: number | null = null;
  for (
    const row of readBriefs<[number, number, number, number, ...(number | string | null)[]]>(
      turn,
      folder,
      found,
      by.map(({ key }) => columnOf(key)),
      briefless,
    )
  ) {
    const [uid, contentId, internalMs, known] = row;
    const brief = known === 0 ? makeBrief(turn, contentId) : null;
    if (brief && briefs++ >= LIMITS.briefPageRows) {
      next = uid;
      break;
    }
    uids.push(uid);
    for (let i = 0; i < by.length; i++) {
      const value = brief && values[i] ? brief[values[i]!] as string | number | null : row[4 + i];
      // Without a sent date the time of arrival stands in (RFC 5256 §2.2).
      columns[i].push(value ?? internalMs);
    }
  }
  return {
    uids: Uint32Array.from(uids),
    columns: columns.map((column, i) =>
      TEXTS[by[i].key] ? column as string[] : Float64Array.from(column as number[])
    ),
    next,
  };
}

function valueOf(key: SortKey): keyof Brief | null {
  return key === "DATE" ? "sent_ms" : TEXTS[key] ?? null;
}

function columnOf(key: SortKey): string {
  if (key === "SIZE") return "m.size";
  if (key === "ARRIVAL" || key === "RELEVANCY") return "m.internal_ms";
  return `b.${valueOf(key)}`;
}

/**
 * Rows of found messages: UID, content, time of arrival, whether there is a brief (0: none), and the columns. Those of
 * `message` alone are read without it.
 */
export function* readBriefs<T extends [uid: number, ...unknown[]]>(
  turn: MailboxTurn,
  folder: string,
  found: UidSet,
  columns: readonly string[],
  briefless = false,
): Generator<T> {
  if (!found.length) return;
  const { fid } = folderById(turn, folder);
  const sql = `SELECT m.uid, m.content_id, m.internal_ms, ${briefless ? "1" : "b.content_id IS NOT NULL"}${
    columns.map((column) => `, ${column}`).join("")
  } FROM message m ${briefless ? "" : "LEFT JOIN brief b ON b.content_id = m.content_id"}
    WHERE m.fid = ? AND m.uid BETWEEN ? AND ? ORDER BY m.uid`;
  const read = (first: number, last: number) => turn.db.tuples<T>(sql, ...[fid, first, last] as SqlValue[]);
  if (found.length <= 2 * RUNS && uidCount(found) <= LIMITS.searchPageRows) {
    for (let i = 0; i < found.length; i += 2) yield* read(found[i], found[i + 1]);
    return;
  }
  let at = 0;
  for (const row of read(found[0], found[found.length - 1])) {
    while (found[at + 1] < row[0]) at += 2;
    if (found[at] <= row[0]) yield row;
  }
}
