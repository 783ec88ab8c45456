import { type JoinedRow, putRow, removeRow } from "../../src/actor/rows.ts";
import type { FolderPlan } from "./join_folders.ts";
import type { MailboxTurn } from "./state.ts";
import { type AclRow, TABLES } from "./tables.ts";

/**
 * After rows have joined: rights on a folder that was deleted on either side go with it, even if the other side gave
 * them; those on a folder whose messages go to another one of its name go there too, where nothing was said about the
 * identifier.
 */
export function settleAcl(turn: MailboxTurn, rows: JoinedRow[], plans: readonly FolderPlan[]): JoinedRow[] {
  const joined = new Map(rows.map((row) => [nameOf(row), row]));
  const homes = new Map<string, string>();
  for (const { head, merged } of plans) {
    homes.set(head.id, head.id);
    for (const id of merged) homes.set(id, head.id);
  }
  const stored = turn.db.all<AclRow>(
    "SELECT folder, identifier, rights FROM acl ORDER BY folder, identifier",
  );
  const there = new Set(stored.map(({ folder, identifier }) => JSON.stringify([folder, identifier])));
  for (const { folder, identifier, rights } of stored) {
    const home = homes.get(folder);
    if (home === folder) continue;
    removeRow(turn, TABLES, "acl", [folder, identifier]);
    note(joined, { table: "acl", key: [folder, identifier], row: null });
    if (home === undefined || there.has(JSON.stringify([home, identifier]))) continue;
    there.add(JSON.stringify([home, identifier]));
    putRow(turn, TABLES, "acl", { folder: home, identifier, rights });
    note(joined, { table: "acl", key: [home, identifier], row: { rights } });
  }
  return [...joined.values()];
}

function note(joined: Map<string, JoinedRow>, row: JoinedRow): void {
  joined.set(nameOf(row), row);
}

function nameOf({ table, key }: JoinedRow): string {
  return JSON.stringify([table, key]);
}
