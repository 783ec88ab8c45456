import { latin1 } from "../../base/bytes.ts";
import { LIMITS } from "../../base/limits.ts";
import { type Arguments, decodeUtf8 } from "./arguments.ts";
import type { SearchKey } from "./search.ts";
import type { SequenceSet } from "./sequence_set.ts";
import type { UidSet } from "./uid_set.ts";

/** The largest UID that can be. */
const UID_MAX = 0xffffffff;

type Leaf = Exclude<SearchKey, { key: "not" | "or" | "and" | "fuzzy" }>;

/** A search key as the client wrote it: message numbers and UID sets are not resolved yet. */
export type ParsedKey =
  | Leaf
  | { key: "seq"; set: SequenceSet }
  | { key: "uid"; set: SequenceSet }
  | { key: "fuzzy"; of: ParsedKey }
  | { key: "filter"; name: string } // RFC 5466 §3.1
  | { key: "not"; of: ParsedKey }
  | { key: "or"; of: [ParsedKey, ParsedKey] }
  | { key: "and"; of: ParsedKey[] };

/** What SEARCH, SORT and THREAD look for. */
export interface SearchProgram {
  /** As the client named it, in upper case; null when it did not. */
  charset: string | null;
  key: ParsedKey;
}

/** What a session has turned on that bears on SEARCH. */
export interface SearchOptions {
  /** Refuse CHARSET: RFC 6855 §3 wants that after ENABLE UTF8=ACCEPT. */
  noCharset?: boolean;
}

/** The client's CHARSET is not known here: answered NO [BADCHARSET], not BAD (RFC 9051 §6.4.4). */
export class BadCharset extends SyntaxError {
  override readonly name = "BadCharset";
  constructor(readonly charset: string) {
    super("unknown charset");
  }
}

/** Charsets to name in BADCHARSET; more are understood. */
export const SEARCH_CHARSETS: readonly string[] = ["US-ASCII", "UTF-8"];

/** Text of search strings in the command's charset. */
type Decode = (wire: string) => string;

/**
 * Parses `[CHARSET name SP] key *(SP key)` (RFC 9051 §6.4.4) up to the end of the command. Throws SyntaxError, and
 * BadCharset for a charset that is not known.
 */
export function parseSearchProgram(args: Arguments, options: SearchOptions = {}): SearchProgram {
  let charset: string | null = null;
  if (args.acceptWord("CHARSET")) {
    if (options.noCharset) throw new SyntaxError("CHARSET is not allowed after ENABLE UTF8=ACCEPT");
    args.space();
    charset = args.astring().toUpperCase();
    args.space();
  }
  return parseSearchKeys(args, charset);
}

/** The keys alone, for SORT and THREAD, where the charset always stands before them (RFC 5256 §3). */
export function parseSearchKeys(args: Arguments, charset: string | null): SearchProgram {
  const decode = decoder(charset);
  const keys: ParsedKey[] = [];
  do keys.push(parseKey(args, decode, 0)); while (args.accept(" "));
  args.end();
  return { charset, key: keys.length === 1 ? keys[0] : { key: "and", of: keys } };
}

const RETURN_WORDS = new Set(["MIN", "MAX", "ALL", "COUNT", "SAVE", "CONTEXT", "UPDATE", "RELEVANCY"]);

/**
 * `RETURN (…) ` in front of a search program with the space after it, or null when there is none (RFC 4731 §3.1, RFC
 * 5182, RFC 5267 §4, RFC 6203 §4, RFC 9394 §3.1). An option is its word in upper case; PARTIAL comes as `PARTIAL 1:100`. Empty means ALL.
 */
export function parseSearchReturn(args: Arguments): string[] | null {
  if (!args.acceptWord("RETURN")) return null;
  args.space();
  const options = args.list(() => {
    const word = args.atom().toUpperCase();
    if (RETURN_WORDS.has(word)) return word;
    if (word !== "PARTIAL") throw new SyntaxError(`unknown RETURN option ${word}`);
    args.space();
    return `PARTIAL ${parsePartialRange(args)}`;
  });
  args.space();
  return options;
}

/** `1:100`, or `-1:-100` from the end (RFC 9394 §4, partial-range). */
export function parsePartialRange(args: Arguments): string {
  const minus = args.accept("-") ? "-" : "";
  const first = args.nzNumber();
  args.expect(":");
  if (minus) args.expect("-");
  return `${minus}${first}:${minus}${args.nzNumber()}`;
}

/** Strings are UTF-8 unless a charset says otherwise; US-ASCII is a part of it, and clients are careless there. */
function decoder(charset: string | null): Decode {
  if (charset === null || charset === "UTF-8" || charset === "US-ASCII") {
    return (wire) => /[\x80-\xff]/.test(wire) ? decodeUtf8(latin1(wire)) : wire;
  }
  let table: TextDecoder;
  try {
    table = new TextDecoder(charset, { fatal: true });
  } catch {
    throw new BadCharset(charset);
  }
  return (wire) => {
    try {
      return table.decode(latin1(wire));
    } catch {
      throw new SyntaxError(`text is not ${charset}`);
    }
  };
}

/** Reads the rest of a key after its word. */
type KeyParser = (args: Arguments, decode: Decode, depth: number) => ParsedKey;

function flagKey(flag: string, set: boolean): KeyParser {
  return () => ({ key: "flag", flag, set });
}

function headerKey(name: string): KeyParser {
  return (args, decode) => ({ key: "header", name, value: spaceText(args, decode) });
}

function textKey(key: "body" | "text"): KeyParser {
  return (args, decode) => ({ key, value: spaceText(args, decode) });
}

function dateKey(of: "internal" | "sent" | "saved", op: "before" | "on" | "since"): KeyParser {
  return (args) => (args.space(), { key: "date", of, op, day: args.date() });
}

function sizeKey(op: "larger" | "smaller"): KeyParser {
  return (args) => (args.space(), { key: "size", op, bytes: args.number64() });
}

function withinKey(op: "older" | "younger"): KeyParser {
  return (args) => (args.space(), { key: "within", op, seconds: args.nzNumber() });
}

function keywordKey(set: boolean): KeyParser {
  return (args) => (args.space(), { key: "flag", flag: args.atom(), set });
}

function idKey(key: "emailid" | "threadid"): KeyParser {
  return (args) => (args.space(), { key, id: args.atom() });
}

/** The UID of UIDAFTER and UIDBEFORE (RFC 9738 §3.2). */
function uniqueId(args: Arguments): number {
  args.space();
  return args.nzNumber();
}

function uidRange(first: number, last: number): UidSet {
  return first <= last ? [first, last] : [];
}

function spaceText(args: Arguments, decode: Decode): string {
  args.space();
  return decode(args.astring());
}

const KEYS = new Map<string, KeyParser>([
  ["ALL", () => ({ key: "all" })],
  ["ANSWERED", flagKey("\\Answered", true)],
  ["DELETED", flagKey("\\Deleted", true)],
  ["DRAFT", flagKey("\\Draft", true)],
  ["FLAGGED", flagKey("\\Flagged", true)],
  ["SEEN", flagKey("\\Seen", true)],
  ["UNANSWERED", flagKey("\\Answered", false)],
  ["UNDELETED", flagKey("\\Deleted", false)],
  ["UNDRAFT", flagKey("\\Draft", false)],
  ["UNFLAGGED", flagKey("\\Flagged", false)],
  ["UNSEEN", flagKey("\\Seen", false)],
  ["KEYWORD", keywordKey(true)],
  ["UNKEYWORD", keywordKey(false)],
  // RFC 3501 §6.4.4; gone in IMAP4rev2, where \Recent is never set.
  ["RECENT", () => ({ key: "recent", set: true })],
  ["OLD", () => ({ key: "recent", set: false })],
  [
    "NEW",
    () => ({ key: "and", of: [{ key: "recent", set: true }, { key: "flag", flag: "\\Seen", set: false }] }),
  ],
  ["FROM", headerKey("from")],
  ["TO", headerKey("to")],
  ["CC", headerKey("cc")],
  ["BCC", headerKey("bcc")],
  ["SUBJECT", headerKey("subject")],
  ["HEADER", (args, decode) => {
    args.space();
    const name = args.astring().toLowerCase();
    return { key: "header", name, value: spaceText(args, decode) };
  }],
  ["BODY", textKey("body")],
  ["TEXT", textKey("text")],
  ["LARGER", sizeKey("larger")],
  ["SMALLER", sizeKey("smaller")],
  ["BEFORE", dateKey("internal", "before")],
  ["ON", dateKey("internal", "on")],
  ["SINCE", dateKey("internal", "since")],
  ["SENTBEFORE", dateKey("sent", "before")],
  ["SENTON", dateKey("sent", "on")],
  ["SENTSINCE", dateKey("sent", "since")],
  ["SAVEDBEFORE", dateKey("saved", "before")],
  ["SAVEDON", dateKey("saved", "on")],
  ["SAVEDSINCE", dateKey("saved", "since")],
  // RFC 8514 §4.3: every folder has save dates.
  ["SAVEDATESUPPORTED", () => ({ key: "all" })],
  ["OLDER", withinKey("older")],
  ["YOUNGER", withinKey("younger")],
  ["EMAILID", idKey("emailid")],
  ["THREADID", idKey("threadid")],
  ["FILTER", parseFilter],
  ["MODSEQ", parseModSeq],
  ["UID", (args) => (args.space(), { key: "uid", set: args.sequenceSet() })],
  ["UIDAFTER", (args) => ({ key: "uids", set: uidRange(uniqueId(args) + 1, UID_MAX) })],
  ["UIDBEFORE", (args) => ({ key: "uids", set: uidRange(1, uniqueId(args) - 1) })],
  ["NOT", (args, decode, depth) => (args.space(), { key: "not", of: parseKey(args, decode, depth + 1) })],
  // RFC 6203 §7.
  ["FUZZY", (args, decode, depth) => (args.space(), { key: "fuzzy", of: parseKey(args, decode, depth + 1) })],
  ["OR", (args, decode, depth) => {
    args.space();
    const left = parseKey(args, decode, depth + 1);
    args.space();
    return { key: "or", of: [left, parseKey(args, decode, depth + 1)] };
  }],
]);

function parseKey(args: Arguments, decode: Decode, depth: number): ParsedKey {
  if (depth > LIMITS.searchNesting) throw new SyntaxError("search keys nested too deep");
  const next = args.peek();
  if (next === "(") {
    const of = args.list(() => parseKey(args, decode, depth + 1));
    if (!of.length) throw new SyntaxError("empty search key list");
    return of.length === 1 ? of[0] : { key: "and", of };
  }
  if (/[0-9*$]/.test(next)) return { key: "seq", set: args.sequenceSet() };
  const word = args.atom().toUpperCase();
  const parser = KEYS.get(word);
  if (!parser) throw new SyntaxError(`unknown search key ${word}`);
  return parser(args, decode, depth);
}

/** `MODSEQ [entry-name entry-type] n` (RFC 7162 §3.1.5); one counter covers all of a message, so the entry is passed over. */
function parseModSeq(args: Arguments): ParsedKey {
  args.space();
  if (args.peek() === '"') {
    if (!args.string().startsWith("/flags/")) throw new SyntaxError("bad MODSEQ entry name");
    args.space();
    if (!/^(?:priv|shared|all)$/i.test(args.atom())) throw new SyntaxError("bad MODSEQ entry type");
    args.space();
  }
  return { key: "modseq", modSeq: args.number64() };
}

/** `FILTER name` (RFC 5466 §4); the frontend puts in its place what it stands for. */
function parseFilter(args: Arguments): ParsedKey {
  args.space();
  const name = args.atom();
  if (name.includes("/")) throw new SyntaxError("a filter's name has no slash");
  return { key: "filter", name };
}

/** The key with its sets turned into UIDs. */
export function resolveKey(
  key: ParsedKey,
  resolve: { seq(set: SequenceSet): UidSet; uid(set: SequenceSet): UidSet },
): SearchKey {
  switch (key.key) {
    case "seq":
      return { key: "uids", set: resolve.seq(key.set) };
    case "uid":
      return { key: "uids", set: resolve.uid(key.set) };
    case "filter":
      throw new SyntaxError("FILTER has no place here");
    case "not":
      return { key: "not", of: resolveKey(key.of, resolve) };
    case "fuzzy":
      return { key: "fuzzy", of: resolveKey(key.of, resolve) };
    case "or":
      return { key: "or", of: [resolveKey(key.of[0], resolve), resolveKey(key.of[1], resolve)] };
    case "and":
      return { key: "and", of: key.of.map((one) => resolveKey(one, resolve)) };
    default:
      return key;
  }
}

/** Whether MODSEQ stands in the key: then the response carries one and CONDSTORE is on (RFC 7162 §3.1). */
export function mentionsModSeq(key: ParsedKey): boolean {
  return mentions(key, "modseq");
}

/** Whether a key of this kind stands in the key. */
export function mentions(key: ParsedKey, kind: ParsedKey["key"]): boolean {
  return someKey(key, (one) => one.key === kind);
}

/** Whether the key, or one inside of it, holds the test. */
export function someKey(key: ParsedKey, test: (one: ParsedKey) => boolean): boolean {
  if (test(key)) return true;
  if (key.key === "not" || key.key === "fuzzy") return someKey(key.of, test);
  return (key.key === "or" || key.key === "and") && key.of.some((one) => someKey(one, test));
}
