import { LIMITS } from "../../base/limits.ts";
import { Arguments } from "../../codec/imap/arguments.ts";
import { commandParts } from "../../codec/imap/arguments.ts";
import {
  mentions,
  type ParsedKey,
  parseSearchKeys,
  SEARCH_CHARSETS,
  type SearchProgram,
} from "../../codec/imap/search_program.ts";
import { bad, no, type Reply } from "./reply.ts";
import type { Session } from "./session.ts";

/** A filter that is not there, or cannot be told from one (RFC 5466 §3.1). */
class UndefinedFilter extends Error {
  constructor(readonly filter: string) {
    super("undefined filter");
  }
}

/**
 * The program with its FILTER keys replaced by what they stand for (RFC 5466 §3.1), or the answer when one stands for
 * nothing. A loop ends at the bound of substitutions, as if the filter did not exist.
 */
export async function expandFilters(
  session: Session,
  program: SearchProgram,
): Promise<SearchProgram | Reply> {
  if (!mentions(program.key, "filter")) return program;
  if (program.charset !== null && !SEARCH_CHARSETS.includes(program.charset)) {
    return { ...bad("FILTER wants UTF-8"), code: `BADCHARSET (${SEARCH_CHARSETS.join(" ")})` };
  }
  const expansion = { session, left: LIMITS.searchFilters, octets: LIMITS.imapCommandLiteralBytes };
  try {
    return { ...program, key: await expand(expansion, program.key, 0, 0) };
  } catch (error) {
    if (!(error instanceof UndefinedFilter)) throw error;
    return no("No such filter", `UNDEFINED-FILTER ${error.filter}`);
  }
}

/** Whether a value is a search criterion as a filter may hold it. */
export function isCriterion(value: string): boolean {
  try {
    parseCriterion(value);
    return true;
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}

function parseCriterion(value: string): ParsedKey {
  return parseSearchKeys(new Arguments(commandParts(value), { utf8: true }), "UTF-8").key;
}

/** What is left of the substitutions of one command, and of their text. */
interface Expansion {
  session: Session;
  left: number;
  octets: number;
}

async function expand(at: Expansion, key: ParsedKey, passes: number, depth: number): Promise<ParsedKey> {
  if (depth > LIMITS.searchNesting) throw new SyntaxError("search keys nested too deep");
  switch (key.key) {
    case "not":
      return { key: "not", of: await expand(at, key.of, passes, depth + 1) };
    case "fuzzy":
      return { key: "fuzzy", of: await expand(at, key.of, passes, depth + 1) };
    case "or": {
      const left = await expand(at, key.of[0], passes, depth + 1);
      return { key: "or", of: [left, await expand(at, key.of[1], passes, depth + 1)] };
    }
    case "and": {
      const of: ParsedKey[] = [];
      for (const one of key.of) of.push(await expand(at, one, passes, depth + 1));
      return { key: "and", of };
    }
    case "filter": {
      if (passes >= LIMITS.filterPasses || --at.left < 0) throw new UndefinedFilter(key.name);
      return await expand(at, await readFilter(at, key.name), passes + 1, depth + 1);
    }
    default:
      return key;
  }
}

async function readFilter(at: Expansion, name: string): Promise<ParsedKey> {
  const entries = ["private", "shared"].map((scope) => `/${scope}/filters/values/${name.toLowerCase()}`);
  const { folders } = await at.session.mailbox.ask("getAnnotations", { names: [""], entries });
  const value = folders[0]?.values.find((found) => found.value !== null)?.value;
  if (value === undefined || value === null) throw new UndefinedFilter(name);
  at.octets -= value.length;
  if (at.octets < 0) throw new UndefinedFilter(name);
  try {
    return parseCriterion(value);
  } catch (error) {
    if (error instanceof SyntaxError) throw new UndefinedFilter(name);
    throw error;
  }
}
