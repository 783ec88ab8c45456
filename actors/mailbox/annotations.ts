import { putRow, readRow, removeRow, type RowChange } from "../../src/actor/rows.ts";
import { Fault } from "../../src/base/fault.ts";
import { LIMITS } from "../../src/base/limits.ts";
import type { Database } from "../../src/storage/database.ts";
import type { Identity, MailboxContract } from "./contract.ts";
import type { LogChange } from "./log_change.ts";
import { commitChanges } from "./log.ts";
import { folderByName } from "./folders.ts";
import { isOwner } from "./rights.ts";
import { catalog, type Folder, type MailboxTurn } from "./state.ts";
import { type AnnotationRow, SERVER_ENTRIES, TABLES } from "./tables.ts";
import { tellRows } from "./tell_rows.ts";

type Get = MailboxContract["getAnnotations"];
type SetAll = MailboxContract["setAnnotations"];
type Found = { entry: string; value: string | null };

/** NUL has no place in a column of text; values are octets, so the next character after them stands for it. */
const NUL = "\u0100";

/** GETMETADATA (RFC 5464 §4.2): of each folder that is there the entries that were asked for. */
export function getAnnotations(request: Get["request"], turn: MailboxTurn): Get["reply"] {
  demandOwner(turn, request.as);
  const { entries, depth = 0, maxBytes = Infinity } = request;
  const folders: Get["reply"]["folders"] = [];
  let longest = 0;
  for (const name of request.names) {
    const folder = name === "" ? null : catalog(turn).byName.get(name);
    if (folder === undefined) continue;
    const values: Found[] = [];
    for (const found of find(turn.db, folder?.id ?? SERVER_ENTRIES, new Set(entries), depth)) {
      if ((found.value ?? "").length <= maxBytes) values.push(found);
      else longest = Math.max(longest, found.value!.length);
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
  demandOwner(turn, request.as);
  const folder = request.name === "" ? SERVER_ENTRIES : folderByName(turn, request.name).id;
  const changes: (RowChange | null)[] = [];
  for (const { entry, value } of request.values) {
    if (value !== null && value.length > LIMITS.annotationBytes) {
      throw new Fault("too_big", `a value has at most ${LIMITS.annotationBytes} octets`);
    }
    changes.push(
      value === null
        ? removeRow(turn, TABLES, "annotation", [folder, entry])
        : put(turn, folder, entry, value),
    );
  }
  commitRows(turn, folder, changes);
  return {};
}

/** Annotations are not shared with a folder. */
function demandOwner(turn: MailboxTurn, as: Identity | undefined): void {
  if (!isOwner(turn, as)) throw new Fault("denied", "only the owner sees and sets annotations");
}

/** Copies a folder's entries to another one, for RENAME of INBOX (RFC 5464 §4.1); what was made is added to `changes`. */
export function copyAnnotations(turn: MailboxTurn, from: Folder, to: Folder, changes: LogChange[]): void {
  for (const [entry, value] of entriesOf(turn.db, from.id)) {
    const change = put(turn, to.id, entry, octets(value));
    if (change) changes.push(change);
  }
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

function commitRows(turn: MailboxTurn, folder: string, changes: readonly (RowChange | null)[]): void {
  const made = changes.filter((change) => change !== null);
  if (!made.length) return;
  const [count, bytes, all] = turn.db.tuples<[number, number, number]>(
    `SELECT ifnull(sum(folder = ?), 0), ifnull(sum(length(entry) + length(value)), 0), count(*) FROM annotation`,
    folder,
  )[0];
  const grows = made.some((change) => change.set !== null);
  if (grows && (count > LIMITS.annotations || all > LIMITS.annotationsInAll)) {
    throw new Fault("limit", "too many annotations");
  }
  if (grows && bytes > LIMITS.annotationsBytes) {
    throw new Fault("over_quota", "the annotations would take too much space together");
  }
  commitChanges(turn, made, []);
  tellRows(turn, made);
}
