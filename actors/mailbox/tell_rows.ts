import type { MailboxTurn } from "./state.ts";

/** The watch topic of each joined table. */
const TOPICS: Readonly<Record<string, string>> = { script: "scripts", setting: "scripts" };

/** Tells watchers that rows changed, however the change came here. */
export function tellRows(turn: MailboxTurn, rows: readonly { table: string }[]): void {
  for (const topic of new Set(rows.map(({ table }) => TOPICS[table]))) turn.publish(topic, {});
}
