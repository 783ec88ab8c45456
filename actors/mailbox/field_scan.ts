import { type Guess, indexedTo, type Probe } from "./prefilter.ts";
import type { Stretch } from "./folder_contents.ts";
import type { MailboxTurn } from "./state.ts";

/** Rows of `brief` that are gone through for each one that is asked for: more are looked up one by one. */
const SPARSE = 8;

/**
 * Looks for a folded value in a column of `brief`, for contents that are not in the index yet: all rows of a stretch in
 * one go, when a value is first asked for.
 */
export function scanField(
  turn: MailboxTurn,
  column: string,
  value: string,
  { contents, from, to }: Stretch,
): Probe {
  const indexed = indexedTo(turn);
  let first = Infinity, last = 0, count = 0;
  for (let i = from; i < to; i++) {
    const id = contents[i];
    if (id <= indexed) continue;
    if (id < first) first = id;
    if (id > last) last = id;
    count++;
  }
  if (last - first >= SPARSE * count) return () => 1;
  let known: Uint8Array | null = null;
  return (id) => (known ??= readGuesses(turn, column, value, first, last))[id - first] as Guess;
}

/** What is known of each content of a stretch. A field that is too long for its row, and a row that is missing, say nothing. */
function readGuesses(
  turn: MailboxTurn,
  column: string,
  value: string,
  first: number,
  last: number,
): Uint8Array {
  const guesses = new Uint8Array(last - first + 1);
  const { value: unbriefed } = turn.db.get<{ value: number }>(
    "SELECT value FROM meta WHERE key = 'unbriefed'",
  )!;
  if (unbriefed >= first) guesses.fill(1, 0, unbriefed - first + 1);
  const rows = turn.db.tuples<[id: number, found: number]>(
    `SELECT content_id, ${column} IS NOT NULL FROM brief
     WHERE content_id BETWEEN ? AND ? AND ifnull(instr(${column}, ?), 1) > 0`,
    first,
    last,
    value,
  );
  for (const [id, found] of rows) guesses[id - first] = found ? 2 : 1;
  return guesses;
}
