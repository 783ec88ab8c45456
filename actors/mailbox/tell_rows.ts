import type { RowKey } from "../../src/actor/rows.ts";
import type { AnnotationEvent } from "./contract.ts";
import { catalog, type MailboxTurn } from "./state.ts";
import { SERVER_ENTRIES } from "./tables.ts";

/** The watch topic of each joined table; what scripts remember is nobody's news. */
const TOPICS: Readonly<Record<string, string>> = {
  script: "scripts",
  setting: "scripts",
  annotation: "annotations",
};

/** Tells watchers that rows changed, however the change came here. */
export function tellRows(turn: MailboxTurn, rows: readonly { table: string; key?: RowKey }[]): void {
  for (const topic of new Set(rows.flatMap(({ table }) => TOPICS[table] ?? []))) {
    turn.publish(topic, topic === "annotations" ? annotationEvent(turn, rows) : {});
  }
}

function annotationEvent(
  turn: MailboxTurn,
  rows: readonly { table: string; key?: RowKey }[],
): AnnotationEvent {
  const keys = rows.flatMap(({ table, key }) => table === "annotation" && key ? [key] : []);
  const { byId } = catalog(turn);
  const changed = keys.map(([folder, entry]): [string | undefined, string] => [
    folder === SERVER_ENTRIES ? "" : byId.get(String(folder))?.name,
    String(entry),
  ]);
  return { changed: changed.filter((one): one is [string, string] => one[0] !== undefined) };
}
