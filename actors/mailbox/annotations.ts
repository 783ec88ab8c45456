import { putRow, readRow, removeRow, type RowChange } from "../../src/actor/rows.ts";
import { Fault } from "../../src/base/fault.ts";
import { LIMITS } from "../../src/base/limits.ts";
import type { Database } from "../../src/storage/database.ts";
import type { FolderId, Identity, MailboxContract } from "./contract.ts";
import { changeFlags } from "./change_flags.ts";
import type { LogChange } from "./log_change.ts";
import { commitChanges, nextModSeq } from "./log.ts";
import { hasOwnSeen, markedUids, SHARED_SEEN } from "./own_seen.ts";
import { superiors } from "./names.ts";
import { folderByName } from "./folders.ts";
import {
  demandAnnotations,
  demandEntry,
  guestPrefix,
  mayAnnotate,
  placeOf,
  shownEntry,
  storedEntry,
} from "./annotation_access.ts";
import { isOwner } from "./rights.ts";
import { catalog, type Folder, folderById, type MailboxTurn } from "./state.ts";
import { type AnnotationRow, TABLES } from "./tables.ts";
import { tellRows } from "./tell_rows.ts";

type Get = MailboxContract["getAnnotations"];
type SetAll = MailboxContract["setAnnotations"];
type Found = { entry: string; value: string | null };

/** NUL has no place in a column of text; values are octets, so the next character after them stands for it. */
const NUL = "\u0100";

/**
 * GETMETADATA (RFC 5464 §4.2): of each folder that is there the entries that were asked for. A folder that is not to be
 * asked is refused, or left out `among` others.
 */
export function getAnnotations(request: Get["request"], turn: MailboxTurn): Get["reply"] {
  const { as, depth = 0, maxBytes = Infinity } = request;
  const entries = new Set(request.entries.map((entry) => storedEntry(turn, as, entry)));
  const folders: Get["reply"]["folders"] = [];
  let longest = 0;
  for (const name of request.names) {
    const folder = name === "" ? null : catalog(turn).byName.get(name);
    if (folder === undefined) continue;
    if (!request.among) demandAnnotations(turn, folder, as);
    else if (!mayAnnotate(turn, folder, as)) continue;
    const values: Found[] = [];
    for (const { entry, value } of find(turn.db, placeOf(folder), entries, depth)) {
      if ((value ?? "").length <= maxBytes) values.push({ entry: shownEntry(turn, as, entry), value });
      else longest = Math.max(longest, value!.length);
    }
    folders.push({ name, values });
  }
  return { folders, longest };
}

/** The entries themselves, null where there is none, and with a depth those below (RFC 5464 §4.2.2). */
function find(db: Database, folder: string, entries: ReadonlySet<string>, depth: number): Found[] {
  const found = new Map<string, string | null>();
  for (const entry of entries) {
    const row = readRow(db, TABLES, "annotation", [folder, entry]);
    if (row) found.set(entry, octets(row.value));
    else if (!depth) found.set(entry, null);
    if (!depth) continue;
    const below = db.tuples<[string, string]>(
      "SELECT entry, value FROM annotation WHERE folder = ? AND entry > ? AND entry < ? ORDER BY entry",
      folder,
      `${entry}/`,
      `${entry}0`, // the character after the slash
    );
    for (const [name, value] of below) {
      if (name.slice(entry.length + 1).split("/").length <= depth) found.set(name, octets(value));
    }
  }
  return [...found].map(([entry, value]) => ({ entry, value }));
}

/** SETMETADATA (RFC 5464 §4.3): all of them or none. Null takes an entry away. */
export function setAnnotations(request: SetAll["request"], turn: MailboxTurn): SetAll["reply"] {
  const { as } = request;
  const named = request.name === "" ? null : folderByName(turn, request.name);
  demandAnnotations(turn, named, as);
  const folder = placeOf(named);
  const changes: (RowChange | null)[] = [];
  const before = hasOwnSeen(turn, folder);
  for (const { entry, value } of request.values) {
    demandEntry(turn, named, as, entry);
    if (entry === SHARED_SEEN) checkRule(value);
    if (value !== null && value.length > LIMITS.annotationBytes) {
      throw new Fault("too_big", `a value has at most ${LIMITS.annotationBytes} octets`);
    }
    changes.push(
      value === null
        ? removeRow(turn, TABLES, "annotation", [folder, storedEntry(turn, as, entry)])
        : put(turn, folder, storedEntry(turn, as, entry), value),
    );
  }
  const made = changes.filter((change) => change !== null);
  checkBounds(turn, folder, made);
  if (!isOwner(turn, as)) checkGuest(turn, as!);
  if (!made.length) return {};
  turn.state.ownSeen = null;
  const touched = hasOwnSeen(turn, folder) === before ? null : showAnew(turn, folder);
  commitChanges(turn, [...made, ...touched?.changes ?? []], touched ? [touched.folder] : []);
  tellRows(turn, made);
  return {};
}

/** Copies a folder's entries to another one, for RENAME of INBOX (RFC 5464 §4.1); what was made is added to `changes`. */
export function copyAnnotations(turn: MailboxTurn, from: Folder, to: Folder, changes: LogChange[]): void {
  for (const [entry, value] of entriesOf(turn.db, from.id)) {
    const change = put(turn, to.id, entry, octets(value));
    if (change) changes.push(change);
  }
  turn.state.ownSeen = null;
}

/** Takes a folder's entries away, one change each: the other server may have set some of them meanwhile. */
export function removeAnnotations(turn: MailboxTurn, folder: Folder): RowChange[] {
  return entriesOf(turn.db, folder.id)
    .map(([entry]) => removeRow(turn, TABLES, "annotation", [folder.id, entry])!);
}

function entriesOf(db: Database, folder: string): [string, string][] {
  return db.tuples<[string, string]>("SELECT entry, value FROM annotation WHERE folder = ?", folder);
}

function put(turn: MailboxTurn, folder: string, entry: string, value: string): RowChange | null {
  const row: AnnotationRow = { folder, entry, value: value.replaceAll("\0", NUL) };
  return putRow(turn, TABLES, "annotation", row);
}

function octets(value: unknown): string {
  return String(value).replaceAll(NUL, "\0");
}

function checkBounds(turn: MailboxTurn, folder: string, made: readonly RowChange[]): void {
  const [count, bytes, all] = turn.db.tuples<[number, number, number]>(
    `SELECT ifnull(sum(folder = ?), 0), ifnull(sum(length(entry) + length(value)), 0), count(*) FROM annotation
     WHERE entry NOT LIKE '/private@%'`,
    folder,
  )[0];
  const grows = made.some((change) => change.set !== null);
  if (grows && (count > LIMITS.annotations || all > LIMITS.annotationsInAll)) {
    throw new Fault("limit", "too many annotations");
  }
  if (grows && bytes > LIMITS.annotationsBytes) {
    throw new Fault("over_quota", "the annotations would take too much space together");
  }
}

/** What guests keep to themselves takes nothing from the owner's room, and is little. */
function checkGuest(turn: MailboxTurn, as: Identity): void {
  const [[count, bytes]] = turn.db.tuples<[number, number]>(
    `SELECT count(*), ifnull(sum(length(entry) + length(value)), 0) FROM annotation WHERE entry > ? AND entry < ?`,
    `${guestPrefix(as)}/`,
    `${guestPrefix(as)}0`, // the character after the slash
  );
  if (count > LIMITS.guestAnnotations) throw new Fault("limit", "too many annotations");
  if (bytes > LIMITS.guestAnnotationsBytes) {
    throw new Fault("over_quota", "the annotations take too much space");
  }
}

function checkRule(value: string | null): void {
  if (value === null || /^(?:true|false)$/i.test(value)) return;
  throw new Fault("invalid", `${SHARED_SEEN} is true or false`);
}

/**
 * The rule of \Seen has changed: messages that somebody has marked look different to him, so they get a new modseq
 * (RFC 7162 §3.1) and every session hears of them.
 */
function showAnew(turn: MailboxTurn, id: FolderId): { folder: Folder; changes: LogChange[] } {
  const folder = folderById(turn, id);
  const uids = markedUids(turn, folder);
  if (!uids.length) return { folder, changes: [] };
  const { modSeq } = nextModSeq(turn, folder);
  const change = { op: "flags" as const, folder: id, uids, modSeq, add: [], remove: [] };
  changeFlags(turn, folder, change);
  return { folder, changes: [change] };
}

/** A new folder begins with the rule of \Seen of the one above it; the changes are for the log. */
export function inheritSeen(turn: MailboxTurn, folder: Folder): RowChange[] {
  const { byName } = catalog(turn);
  const above = superiors(folder.name).reverse().find((name) => byName.has(name));
  if (above === undefined || !hasOwnSeen(turn, byName.get(above)!.id)) return [];
  const change = put(turn, folder.id, SHARED_SEEN, "false");
  turn.state.ownSeen = null;
  return change ? [change] : [];
}
