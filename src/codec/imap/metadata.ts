import { fromLatin1 } from "../../base/bytes.ts";
import { LIMITS } from "../../base/limits.ts";
import type { Arguments } from "./arguments.ts";
import { formatAstring, formatString } from "./response.ts";

/** An entry of METADATA with its octets as latin-1; null is NIL. */
export interface EntryValue {
  entry: string;
  value: string | null;
}

/** What GETMETADATA, or LIST with METADATA, asks for. */
export interface MetadataRequest {
  entries: string[];
  /** Levels below each entry (RFC 5464 §4.2.2). */
  depth: number;
  /** RFC 5464 §4.2.1; null is no limit. */
  maxBytes: number | null;
}

const ENTRY = /^\/(?:private|shared)(?:\/[^/]+)*$/;
const SETTABLE = /^\/(?:private|shared)\/(?:(?!vendor(?:\/|$))|vendor\/[^/]+\/)/;
const DEPTHS: Readonly<Record<string, number>> = { "0": 0, "1": 1, INFINITY: Infinity };

/** An entry's name in lower case (RFC 5464 §3.2). Throws SyntaxError. */
function parseEntry(args: Arguments): string {
  const name = args.astring().toLowerCase();
  if (/[^\x20-\x7e]|[*%]/.test(name) || !ENTRY.test(name) || name.length > LIMITS.annotationNameChars) {
    throw new SyntaxError("bad entry name");
  }
  return name;
}

/** `entry` or `(entry entry …)`, each once. */
function parseEntries(args: Arguments): string[] {
  return distinct(args.peek() === "(" ? args.list(() => parseEntry(args)) : [parseEntry(args)]);
}

/** `(entry value …)` of SETMETADATA (RFC 5464 §5); the last value of an entry counts. */
export function parseEntryValues(args: Arguments): EntryValue[] {
  const values = new Map<string, string | null>();
  args.list(() => {
    const entry = parseEntry(args);
    if (!SETTABLE.test(entry)) throw new SyntaxError("bad entry name");
    args.space();
    values.set(entry, args.acceptWord("NIL") ? null : fromLatin1(args.literalOrString().bytes));
  });
  if (!values.size || values.size > LIMITS.annotationEntries) throw new SyntaxError("bad number of entries");
  return [...values].map(([entry, value]) => ({ entry, value }));
}

/**
 * The arguments of GETMETADATA: the options stand before the folder in RFC 5464 §5 and after it in §4.2, and clients do
 * either.
 */
export function parseGetMetadata(args: Arguments): MetadataRequest & { folder: string } {
  const request: MetadataRequest = { entries: [], depth: 0, maxBytes: null };
  if (args.peek() === "(") {
    parseOptions(args, request);
    args.space();
  }
  const folder = args.mailbox();
  args.space();
  parseEntriesOrOptions(args, request);
  args.end();
  return { folder, ...request };
}

/** `[options SP] entries`, as in LIST's return option METADATA (RFC 9590). */
export function parseEntriesOrOptions(args: Arguments, request: MetadataRequest): void {
  const words = args.peek() === "(" ? parseList(args, request) : [parseEntry(args)];
  if (words) request.entries = words;
  else {
    args.space();
    request.entries = parseEntries(args);
  }
  const { length } = request.entries;
  if (!length || length > LIMITS.annotationEntries) throw new SyntaxError("bad number of entries");
}

/** A list of entries, or null when it was one of options. */
function parseList(args: Arguments, request: MetadataRequest): string[] | null {
  let options = false;
  const entries: string[] = [];
  args.list(() => {
    if (args.peek() === "/" || args.peek() === '"' || args.peek() === "{") entries.push(parseEntry(args));
    else {
      options = true;
      parseOption(args, request);
    }
  });
  if (options && entries.length) throw new SyntaxError("options stand apart from entries");
  return options ? null : distinct(entries);
}

function parseOptions(args: Arguments, request: MetadataRequest): void {
  args.list(() => parseOption(args, request));
}

function parseOption(args: Arguments, request: MetadataRequest): void {
  const word = args.atom().toUpperCase();
  args.space();
  if (word === "MAXSIZE") request.maxBytes = args.number();
  else if (word === "DEPTH") {
    const depth = args.atom().toUpperCase();
    if (!Object.hasOwn(DEPTHS, depth)) throw new SyntaxError("bad DEPTH");
    request.depth = DEPTHS[depth];
  } else throw new SyntaxError(`unknown option ${word}`);
}

/** `(/private/comment "text" …)`; octets that hold NUL go as a literal8 (RFC 5464 §5, value). */
export function formatEntryValues(values: readonly EntryValue[]): string {
  return `(${values.map(({ entry, value }) => `${formatAstring(entry)} ${formatValue(value)}`).join(" ")})`;
}

function formatValue(value: string | null): string {
  if (value === null) return "NIL";
  return value.includes("\0") ? `~{${value.length}}\r\n${value}` : formatString(value);
}

function distinct(entries: string[]): string[] {
  return [...new Set(entries)];
}
