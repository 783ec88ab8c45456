import { appendEntry, logEnd, type LogEntry, readEntries } from "../../src/actor/replica.ts";
import { hashRows, keyOfRow, putRow, removeRow, type RowChange } from "../../src/actor/rows.ts";
import { LIMITS } from "../../src/base/limits.ts";
import type { DirectoryChange, DirectoryContract } from "./contract.ts";
import { telling } from "./events.ts";
import {
  type AccountRow,
  type AliasRow,
  type DomainRow,
  type GenerationRow,
  type GroupRow,
  type PublicRow,
  type PublicRuleRow,
  type ScramRow,
  type SenderKeyRow,
  type ShareRow,
  type SieveRoleRow,
  type SieveScriptRow,
  type SpaceRow,
  type TableName,
  TABLES,
} from "./schema.ts";
import type { DirectoryTurn } from "./state.ts";

/** The rows by table. */
type Rows = {
  domains: DomainRow;
  accounts: AccountRow;
  aliases: AliasRow;
  groups: GroupRow;
  scram: ScramRow;
  generations: GenerationRow;
  publics: PublicRow;
  public_rules: PublicRuleRow;
  spaces: SpaceRow;
  shares: ShareRow;
  sender_keys: SenderKeyRow;
  sieve_scripts: SieveScriptRow;
  sieve_roles: SieveRoleRow;
};

/** What is to become of one row. */
export type Edit = { table: TableName; row: Rows[TableName]; remove?: true; weak?: true };

/** A row to be put in place; `weak`: its password is the same in another hash. */
export function put<T extends TableName>(table: T, row: Rows[T], options: { weak?: true } = {}): Edit {
  return { table, row, ...options };
}

/** A row to be taken away. */
export function removal<T extends TableName>(table: T, row: Rows[T]): Edit {
  return { table, row, remove: true };
}

/** Makes the changes of one turn, logs them and tells watchers; without any difference none of it. */
export function commitChanges(turn: DirectoryTurn, edits: readonly Edit[]): void {
  const rows = edits.map(({ table, row }) => ({ table, key: keyOfRow(TABLES[table], row) }));
  const weak = edits.every((edit) => edit.weak);
  telling(turn, { rows, quiet: () => weak }, () => {
    const changes = edits.map((edit) => makeChange(turn, edit)).filter((change) => change !== null);
    if (changes.length) appendEntry(turn, changes);
  });
}

function makeChange(turn: DirectoryTurn, { table, row, remove, weak }: Edit): RowChange | null {
  if (remove) return removeRow(turn, TABLES, table, keyOfRow(TABLES[table], row));
  return putRow(turn, TABLES, table, row, { weak });
}

/** Committed changes after a position, oldest first, at most `limit`. */
export function readLog(
  { after, limit }: DirectoryContract["readLog"]["request"],
  turn: DirectoryTurn,
): DirectoryContract["readLog"]["reply"] {
  const rows = Math.max(1, Math.min(limit, LIMITS.pageItems));
  const entries: LogEntry<DirectoryChange>[] = readEntries(turn.db, after, rows, LIMITS.fetchPageBytes);
  return { entries, end: logEnd(turn).position };
}

/** SHA-256 over all joined tables: equal on two servers that hold the same. */
export function hashOf(turn: DirectoryTurn): { position: number; hash: string } {
  turn.state.hash ??= hashRows(turn.db, TABLES);
  return { position: logEnd(turn).position, hash: turn.state.hash };
}
