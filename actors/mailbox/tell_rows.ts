import type { RowKey } from "../../src/actor/rows.ts";
import { isGuests } from "./annotation_access.ts";
import type { AnnotationEvent, FolderListEvent } from "./contract.ts";
import { catalog, type MailboxTurn } from "./state.ts";
import { SERVER_ENTRIES } from "./tables.ts";

interface TouchedRow {
  table: string;
  key?: RowKey;
}

/** The watch topic of each joined table. */
const TOPICS: Readonly<Record<string, string>> = {
  script: "scripts",
  setting: "scripts",
  annotation: "annotations",
  acl: "folders",
};

/** Tells watchers that rows changed, however the change came here. Without keys: any row may have. */
export function tellRows(turn: MailboxTurn, rows: readonly TouchedRow[]): void {
  for (const topic of new Set(rows.map(({ table }) => TOPICS[table]))) {
    turn.publish(topic, eventOf(turn, topic, rows));
  }
  if (rows.some(({ table }) => table === "annotation")) turn.state.ownSeen = null;
  const rights = rows.filter(({ table }) => table === "acl");
  if (rights.length) tellRights(turn, rights.map(({ key }) => key));
}

/** Rights make, rename and remove no folder: a list of no changes. */
function eventOf(turn: MailboxTurn, topic: string, rows: readonly TouchedRow[]): object {
  if (topic === "folders") return { changes: [] } satisfies FolderListEvent;
  return topic === "annotations" ? annotationEvent(turn, rows) : {};
}

function annotationEvent(turn: MailboxTurn, rows: readonly TouchedRow[]): AnnotationEvent {
  const keys = rows.flatMap(({ table, key }) =>
    table === "annotation" && key && !isGuests(String(key[1])) ? [key] : []
  );
  const { byId } = catalog(turn);
  const changed = keys.map(([folder, entry]): [string | undefined, string] => [
    folder === SERVER_ENTRIES ? "" : byId.get(String(folder))?.name,
    String(entry),
  ]);
  return { changed: changed.filter((one): one is [string, string] => one[0] !== undefined) };
}

/** Sessions with the folder open may do more or less than before: they ask. */
function tellRights(turn: MailboxTurn, keys: readonly (RowKey | undefined)[]): void {
  turn.state.acl = null;
  const { byId } = catalog(turn);
  const touched = new Set(keys.every((key) => key) ? keys.map((key) => key![0] as string) : byId.keys());
  for (const id of touched) {
    const folder = byId.get(id);
    if (folder) turn.publish(`folder:${id}`, { folder: id, modSeq: folder.highestModSeq, rights: true });
  }
}
