import { Fault } from "../../src/base/fault.ts";
import { LIMITS } from "../../src/base/limits.ts";
import { FLAG } from "./contract.ts";
import { isMark } from "./own_seen.ts";
import type { FlagRights } from "./rights.ts";
import type { MailboxTurn } from "./state.ts";

/** Flags of one message: bits of `FLAG`, and keywords in their known spelling. */
export interface Flags {
  bits: number;
  keywords: string[];
}

const SYSTEM: ReadonlyMap<string, number> = new Map(
  Object.entries(FLAG).map(([name, bit]) => [`\\${name}`, bit]),
);

/** An atom without `\` (RFC 9051 §9, flag-keyword); 8-bit never. */
const KEYWORD = /^[!#$&'+\-./0-9:;<=>?@A-Z^_`a-z|}~,[]+$/;

/**
 * Reads flags as clients write them. With `register` unknown keywords become known (first spelling kept); without,
 * they are left out, as no message can have them. \Recent is the server's and is dropped (RFC 3501 §2.3.2). Throws
 * `invalid` for what is no flag and `limit` when too many keywords are in use.
 */
export function parseFlags(turn: MailboxTurn, flags: readonly string[], register: boolean): Flags {
  let bits = 0;
  const keywords = new Set<string>();
  for (const flag of flags) {
    if (flag.startsWith("\\")) {
      const lower = flag.toLowerCase();
      const bit = SYSTEM.get(lower);
      if (bit === undefined && lower !== "\\recent") throw new Fault("invalid", `no such flag: ${flag}`);
      bits |= bit ?? 0;
      continue;
    }
    if (!KEYWORD.test(flag) || flag.length > LIMITS.keywordBytes) throw new Fault("invalid", "bad keyword");
    const known = keywordMap(turn).get(flag.toLowerCase()) ??
      (register ? addKeyword(turn, flag, keywords) : undefined);
    if (known !== undefined) keywords.add(known);
  }
  return { bits, keywords: [...keywords].sort() };
}

/** Those of given flags that may be changed. */
export function permittedFlags(flags: readonly string[], may: FlagRights): string[] {
  return flags.filter((flag) =>
    flag.startsWith("\\") ? may.bits & flagBit(flag) || !flagBit(flag) : may.keywords
  );
}

/** Bits as flag names, for the log. */
export function flagNames(bits: number): string[] {
  const names: string[] = [];
  if (bits & FLAG.seen) names.push("\\Seen");
  if (bits & FLAG.answered) names.push("\\Answered");
  if (bits & FLAG.flagged) names.push("\\Flagged");
  if (bits & FLAG.deleted) names.push("\\Deleted");
  if (bits & FLAG.draft) names.push("\\Draft");
  return names;
}

/** The bit of a system flag, or 0 for a keyword. */
export function flagBit(flag: string): number {
  return SYSTEM.get(flag.toLowerCase()) ?? 0;
}

/** Keywords as a row holds them: sorted, separated by spaces; null for none keeps the row short. */
export function joinKeywords(keywords: readonly string[]): string | null {
  return keywords.length ? keywords.join(" ") : null;
}

/** Known keywords by lower-case form. */
export function keywordMap(turn: MailboxTurn): Map<string, string> {
  return turn.state.keywords ??= new Map(
    turn.db.tuples<[string]>("SELECT name FROM keyword").map(([name]) => [name.toLowerCase(), name]),
  );
}

/** Makes the keywords of a row known, however many there are: the other server has let them in. */
export function registerKeywords(turn: MailboxTurn, line: string): void {
  for (const name of line ? line.split(" ") : []) {
    if (isMark(name)) continue;
    const known = keywordMap(turn);
    if (known.get(name.toLowerCase()) === name) continue;
    // The same word in another spelling: that of the home counts from now on.
    turn.db.run("INSERT OR REPLACE INTO keyword (name) VALUES (?)", name);
    known.set(name.toLowerCase(), name);
  }
}

/** Makes a keyword known. Those of `wanted` are about to be used, and so are not forgotten to make room. */
function addKeyword(turn: MailboxTurn, name: string, wanted: ReadonlySet<string>): string {
  const known = keywordMap(turn);
  if (known.size >= LIMITS.keywords) forgetUnused(turn, known, wanted);
  if (known.size >= LIMITS.keywords) throw new Fault("limit", "too many keywords in this mailbox");
  turn.db.run("INSERT INTO keyword (name) VALUES (?)", name);
  known.set(name.toLowerCase(), name);
  return name;
}

/** Makes room: keywords that no message has any more are forgotten. One scan, only when the list is full. */
function forgetUnused(turn: MailboxTurn, known: Map<string, string>, wanted: ReadonlySet<string>): void {
  const used = new Set(wanted);
  for (
    const [line] of turn.db.tuples<[string]>("SELECT DISTINCT keywords FROM message WHERE keywords NOT NULL")
  ) {
    for (const name of line.split(" ")) used.add(name);
  }
  for (const [lower, name] of known) {
    if (used.has(name)) continue;
    turn.db.run("DELETE FROM keyword WHERE name = ?", name);
    known.delete(lower);
  }
}
