import { BLOCK, blockOf } from "./block_size.ts";
import type { Guess, Probe } from "./prefilter.ts";
import { FIELD_COLUMNS } from "./search_text.ts";
import type { MailboxTurn } from "./state.ts";

/*
 * The values that `brief` has of one field, of all contents of a whole block in one row, so that a needle is looked for
 * in a thousand of them at once.
 */

const COLUMNS = [...FIELD_COLUMNS.values()];
/** Ids of rows: a block's number times this, plus the place of the column. */
const FIELDS = 8;

/** After each content's value; and instead of one that is not known. */
const END = "\u0002", UNKNOWN = "\u0003";

/** Puts the values of a block together. */
export function packFields(turn: MailboxTurn, block: number): void {
  const texts = COLUMNS.map(() => new Array<string>(BLOCK).fill(UNKNOWN));
  const rows = turn.db.tuples<[id: number, ...(string | null)[]]>(
    `SELECT content_id, ${COLUMNS.join(", ")} FROM brief WHERE content_id BETWEEN ? AND ?`,
    block * BLOCK,
    block * BLOCK + BLOCK - 1,
  );
  for (const [id, ...values] of rows) {
    values.forEach((value, i) => {
      if (value !== null) texts[i][id - block * BLOCK] = value.replace(/[\u0002\u0003]/g, "\ufffd");
    });
  }
  texts.forEach((values, i) =>
    turn.db.run("INSERT INTO field_text (id, text) VALUES (?, ?)", block * FIELDS + i, values.join(END))
  );
}

/** Forgets a block. */
export function dropFields(turn: MailboxTurn, block: number): void {
  turn.db.run("DELETE FROM field_text WHERE id BETWEEN ? AND ?", block * FIELDS, block * FIELDS + FIELDS - 1);
}

/** The last content whose values are in a row of its block: all before it are too. */
export function packedTo(turn: MailboxTurn): number {
  const [[last]] = turn.db.tuples<[number | null]>("SELECT max(id) FROM field_text");
  return last === null ? 0 : (Math.floor(last / FIELDS) + 1) * BLOCK - 1;
}

/** Looks for a folded value in a column of `brief`, in contents up to `packedTo`. */
export function probeFields(turn: MailboxTurn, column: string, value: string): Probe {
  const field = COLUMNS.indexOf(column);
  const blocks = new Map<number, Uint8Array | null>();
  return (id) => {
    const block = blockOf(id);
    let guesses = blocks.get(block);
    if (guesses === undefined) blocks.set(block, guesses = readBlock(turn, block * FIELDS + field, value));
    return guesses === null ? 0 : guesses[id - block * BLOCK] as Guess;
  };
}

/** What is known of each content; null when the value is nowhere in the block. */
function readBlock(turn: MailboxTurn, id: number, value: string): Uint8Array | null {
  const [row] = turn.db.tuples<[string]>("SELECT text FROM field_text WHERE id = ?", id);
  if (!row) return new Uint8Array(BLOCK).fill(1);
  const [text] = row;
  if (!text.includes(value) && !text.includes(UNKNOWN)) return null;
  const guesses = new Uint8Array(BLOCK);
  text.split(END).forEach((one, place) => guesses[place] = one === UNKNOWN ? 1 : one.includes(value) ? 2 : 0);
  return guesses;
}
