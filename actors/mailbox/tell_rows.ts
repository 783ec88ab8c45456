import type { RowKey } from "../../src/actor/rows.ts";
import type { AnnotationEvent } from "./contract.ts";
import type { MailboxTurn } from "./state.ts";

/** The watch topic of each joined table. */
const TOPICS: Readonly<Record<string, string>> = {
  script: "scripts",
  setting: "scripts",
  annotation: "annotations",
};

/** Tells watchers that rows changed, however the change came here. */
export function tellRows(turn: MailboxTurn, rows: readonly { table: string; key?: RowKey }[]): void {
  for (const topic of new Set(rows.map(({ table }) => TOPICS[table]))) {
    turn.publish(topic, topic === "annotations" ? annotationEvent(rows) : {});
  }
}

function annotationEvent(rows: readonly { table: string; key?: RowKey }[]): AnnotationEvent {
  const keys = rows.flatMap(({ table, key }) => table === "annotation" && key ? [key] : []);
  return { changed: keys.map(([folder, entry]) => [String(folder), String(entry)]) };
}
