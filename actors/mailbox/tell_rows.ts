import type { RowKey } from "../../src/actor/rows.ts";
import { catalog, type MailboxTurn } from "./state.ts";

/** The watch topic of each joined table. */
const TOPICS: Readonly<Record<string, string>> = { script: "scripts", setting: "scripts", acl: "folders" };

/** Tells watchers that rows changed, however the change came here. Without keys: any row may have. */
export function tellRows(turn: MailboxTurn, rows: readonly { table: string; key?: RowKey }[]): void {
  for (const topic of new Set(rows.map(({ table }) => TOPICS[table]))) turn.publish(topic, {});
  const rights = rows.filter(({ table }) => table === "acl");
  if (rights.length) tellRights(turn, rights.map(({ key }) => key));
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
