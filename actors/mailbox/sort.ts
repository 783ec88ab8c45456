import { LIMITS } from "../../src/base/limits.ts";
import { type SortColumn, type SortCriterion, sortedOrder, type SortKey } from "../../src/codec/imap/sort.ts";
import { FUZZY_SCORE, STRICT_SCORE, strictKey } from "../../src/codec/imap/search.ts";
import { uidCount, uidHas, type UidSet } from "../../src/codec/imap/uid_set.ts";
import type { SqlValue } from "../../src/storage/database.ts";
import { type Brief, makeBrief } from "./brief.ts";
import type { MailboxContract } from "./contract.ts";
import { search } from "./search.ts";
import { folderById, type MailboxTurn } from "./state.ts";

type Sort = MailboxContract["sort"];

/** Runs of UIDs that are looked up one by one; more are read as one stretch. */
const RUNS = 500;

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
 * SORT (RFC 5256 §3), one page of a search in order. Pages are put together by who asks: each brings the values it was
 * sorted by, unless it is the only one.
 */
export function sort(request: Sort["request"], turn: MailboxTurn): Sort["reply"] {
  const page = search(request, turn);
  const { uids, columns, next } = readKeys(turn, request.folder, page.uids, request.by);
  const relevancy = request.by.findIndex(({ key }) => key === "RELEVANCY");
  if (relevancy >= 0) {
    // The most relevant comes first (RFC 6203 §6).
    const strict = search({ ...request, key: strictKey(request.key) }, turn).uids;
    columns[relevancy] = uids.map((uid) => uidHas(strict, uid) ? -STRICT_SCORE : -FUZZY_SCORE);
  }
  const order = sortedOrder(request.by, columns, uids);
  const last = next ?? page.next;
  const alone = last === null && request.from === undefined;
  return {
    uids: order.map((at) => uids[at]),
    columns: alone ? [] : columns.map((column) => order.map((at) => column[at])),
    next: last,
    highestModSeq: page.highestModSeq,
  };
}

function readKeys(
  turn: MailboxTurn,
  folder: string,
  found: UidSet,
  by: readonly SortCriterion[],
): { uids: number[]; columns: SortColumn[]; next: number | null } {
  const uids: number[] = [];
  const columns: SortColumn[] = by.map(() => []);
  const values = by.map(({ key }) => valueOf(key));
  let briefs = 0;
  for (
    const row of readBriefs<[number, number, number, number, ...(number | string | null)[]]>(
      turn,
      folder,
      found,
      by.map(({ key }) => columnOf(key)),
    )
  ) {
    const [uid, contentId, internalMs, known] = row;
    const brief = known === 0 ? makeBrief(turn, contentId) : null;
    if (brief && briefs++ >= LIMITS.briefPageRows) return { uids, columns, next: uid };
    uids.push(uid);
    for (let i = 0; i < by.length; i++) {
      const value = brief && values[i] ? brief[values[i]!] as string | number | null : row[4 + i];
      // Without a sent date the time of arrival stands in (RFC 5256 §2.2).
      columns[i].push(value ?? internalMs);
    }
  }
  return { uids, columns, next: null };
}

function valueOf(key: SortKey): keyof Brief | null {
  return key === "DATE" ? "sent_ms" : TEXTS[key] ?? null;
}

function columnOf(key: SortKey): string {
  if (key === "SIZE") return "m.size";
  if (key === "ARRIVAL" || key === "RELEVANCY") return "m.internal_ms";
  return `b.${valueOf(key)}`;
}

/** Rows of found messages: UID, content, time of arrival, whether there is a brief (0: none), and the columns. */
export function* readBriefs<T extends [uid: number, ...unknown[]]>(
  turn: MailboxTurn,
  folder: string,
  found: UidSet,
  columns: readonly string[],
): Generator<T> {
  if (!found.length) return;
  const { fid } = folderById(turn, folder);
  const sql = `SELECT m.uid, m.content_id, m.internal_ms, b.content_id IS NOT NULL${
    columns.map((column) => `, ${column}`).join("")
  } FROM message m LEFT JOIN brief b ON b.content_id = m.content_id
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
