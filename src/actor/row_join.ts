import type { Hlc } from "../base/hlc.ts";
import type { Cell, ColumnRule, Row, RowChange, TableRule } from "./rows.ts";

/** How two histories of one row since a common point become one row. Nothing here reads or writes a file. */

/** One thing that was done to a row, and when. */
export type RowOp = { stamp: Hlc; change: RowChange };

/** The joined row without its key, and the version of it that lost a `copy` column, if one did. */
export type RowOutcome = { row: Row | null; lost: Row | null };

const NOTHING: RowOutcome = { row: null, lost: null };

/**
 * The row that comes of `current`, the home's, which `mine` led to, and of `theirs`: what the other side did and no
 * join took in yet.
 */
export function joinRow(
  rule: TableRule,
  current: Row | null,
  mine: readonly RowOp[],
  theirs: readonly RowOp[],
): RowOutcome {
  if (!theirs.length) return { row: current, lost: null };
  if (!survives(rule, current, mine, theirs)) return NOTHING;
  if (!current) {
    const made = theirs.findLastIndex(isNew);
    if (made >= 0) return { row: replay(theirs.slice(made)), lost: null };
  }
  const start = current ?? lastRemoval(mine)?.change.was;
  // A change of a row that neither side has any more: its making was a repeat of a request that counts here.
  if (!start || Object.keys(rule.columns).some((column) => start[column] === undefined)) return NOTHING;
  const row = { ...start };
  let lost: Row | null = null;
  for (const [column, columnRule] of Object.entries(rule.columns)) {
    row[column] = joinCell(column, columnRule, start[column], mine, theirs);
    if (columnRule !== "copy" || lost) continue;
    const other = replay(theirs)[column];
    // Only a version of this side that still stands can lose now, or one that would take its place.
    if (other === undefined || other === start[column] || start[column] !== replay(mine)[column]) continue;
    lost = row[column] === start[column] ? { ...start, ...replay(theirs) } : start;
  }
  return { row, lost };
}

const isNew = ({ change }: RowOp) => change.set !== null && change.was === null;
const lastRemoval = (ops: readonly RowOp[]) => ops.findLast(({ change }) => change.set === null);

function survives(
  rule: TableRule,
  current: Row | null,
  mine: readonly RowOp[],
  theirs: readonly RowOp[],
): boolean {
  const stands = (op: RowOp) => isNew(op) || (rule.removal === "last" && op.change.set && !op.change.weak);
  const last = theirs[theirs.length - 1];
  if (!last.change.set) return current !== null && mine.some((op) => stands(op) && op.stamp >= last.stamp);
  if (current) return true;
  const removal = lastRemoval(mine);
  return !removal || theirs.some((op) => stands(op) && op.stamp > removal.stamp);
}

/** What a run of changes leaves in the columns that they name. */
function replay(ops: readonly RowOp[]): Row {
  return Object.assign({}, ...ops.map(({ change }) => change.set));
}

function joinCell(
  column: string,
  rule: ColumnRule,
  start: Cell,
  mine: readonly RowOp[],
  theirs: readonly RowOp[],
): Cell {
  const values = theirs.flatMap(({ change: { set } }) => set && column in set ? [set[column]] : []);
  switch (rule) {
    case "last":
    case "copy":
      return stampOf(theirs, column) > stampOf(mine, column) ? values[values.length - 1] : start;
    case "never":
      return start;
    case "max":
      return values.reduce((a, b) => a === null || (b !== null && b > a) ? b : a, start);
    case "min":
      return values.reduce((a, b) => a === null || (b !== null && b < a) ? b : a, start);
    case "counter": {
      const by = theirs.reduce((sum, { change }) => sum + difference(change, column), 0);
      return by === 0 ? start : Number(start) + by;
    }
    case "union":
      return theirs.reduce((list, { change }) => applyList(list, change, column), start);
  }
}

/**
 * When a side last gave a column a value: -1 never, 0 only another form of the one that it had at the common point.
 */
function stampOf(ops: readonly RowOp[], column: string): Hlc {
  let stamp = -1;
  for (const { stamp: at, change } of ops) {
    if (change.set && column in change.set) stamp = change.weak ? Math.max(stamp, 0) : at;
  }
  return stamp;
}

function difference({ set, was }: RowChange, column: string): number {
  if (!set) return -Number(was?.[column] ?? 0);
  return column in set ? Number(set[column]) - Number(was?.[column] ?? 0) : 0;
}

/** Does to a list what a change did to the other side's. */
function applyList(list: Cell, { set, was }: RowChange, column: string): Cell {
  if (set && !(column in set)) return list;
  const before = setOf(was?.[column]);
  const after = setOf(set?.[column]);
  const all = setOf(list);
  for (const item of before.keys()) if (!after.has(item)) all.delete(item);
  for (const [item, value] of after) if (!before.has(item)) all.set(item, value);
  return same(all, setOf(list)) ? list : JSON.stringify([...all.values()]);
}

function setOf(list: Cell | undefined): Map<string, unknown> {
  const items: unknown[] = typeof list === "string" ? JSON.parse(list) : [];
  return new Map(items.map((item) => [JSON.stringify(item), item]));
}

function same(a: Map<string, unknown>, b: Map<string, unknown>): boolean {
  return a.size === b.size && [...a.keys()].every((item) => b.has(item));
}
