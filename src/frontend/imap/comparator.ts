import { formatAstring } from "../../codec/imap/response.ts";
import type { CommandHandler } from "./command.ts";
import { no, ok } from "./reply.ts";

/** The comparator of SEARCH, SORT and THREAD (RFC 5051): the only one, and so the default and always active. */
const ACTIVE = "i;unicode-casemap";

/** Patterns looked at in one command. */
const MAX_PATTERNS = 50;

/** A collation-order (RFC 4790 §3.3): perhaps a direction, then a name with `*` for any run of characters. */
const PATTERN = /^[+-]?(?:\*|[A-Za-z]\*?)(?:[A-Za-z0-9;=.-]\*?)*$/;

/**
 * COMPARATOR (RFC 5255 §4.7): tells the active comparator, or chooses the first that a pattern matches. `-` would turn
 * the order around, which no comparator here does.
 */
export const comparator: CommandHandler = (session, args) => {
  const patterns: string[] = [];
  while (args.accept(" ")) {
    const pattern = args.astring();
    if (!PATTERN.test(pattern) || patterns.length >= MAX_PATTERNS) throw new SyntaxError("bad comparator");
    patterns.push(pattern.toLowerCase());
  }
  args.end();
  if (patterns.length && !patterns.some(matches)) return no("No such comparator", "BADCOMPARATOR");
  session.write(`* COMPARATOR ${formatAstring(ACTIVE)}\r\n`);
  return ok("COMPARATOR completed");
};

function matches(pattern: string): boolean {
  if (pattern === "default") return true;
  if (pattern.startsWith("-")) return false;
  const parts = pattern.replace("+", "").split("*");
  const last = parts.pop()!;
  if (!parts.length) return last === ACTIVE;
  if (!ACTIVE.startsWith(parts[0]) || !ACTIVE.endsWith(last)) return false;
  let at = parts[0].length;
  for (const part of parts.slice(1)) {
    const found = ACTIVE.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return at + last.length <= ACTIVE.length;
}
