import { LIMITS } from "../../base/limits.ts";
import type { SectionSpec } from "../message/section.ts";
import type { Arguments } from "./arguments.ts";
import { formatAstring } from "./response.ts";

/** FETCH items that are one word, without sections. */
export type FetchName =
  | "UID"
  | "FLAGS"
  | "INTERNALDATE"
  | "RFC822.SIZE"
  | "ENVELOPE"
  | "BODY"
  | "BODYSTRUCTURE"
  | "MODSEQ"
  | "EMAILID"
  | "THREADID"
  | "SAVEDATE"
  | "PREVIEW";

/** One thing a FETCH asks for (RFC 9051 §6.4.5, RFC 3501 §6.4.5). */
export type FetchAttribute =
  | { name: FetchName }
  /** Octets of the message; `label` is how the response names them, `peek` leaves `\Seen` alone. */
  | { name: "SECTION"; label: string; peek: boolean; spec: SectionSpec };

const NAMES: ReadonlySet<string> = new Set<FetchName>([
  "UID",
  "FLAGS",
  "INTERNALDATE",
  "RFC822.SIZE",
  "ENVELOPE",
  "BODY",
  "BODYSTRUCTURE",
  "MODSEQ",
  "EMAILID",
  "THREADID",
  "SAVEDATE",
  "PREVIEW",
]);

const FAST: FetchName[] = ["FLAGS", "INTERNALDATE", "RFC822.SIZE"];
const MACROS = new Map<string, FetchName[]>([
  ["FAST", FAST],
  ["ALL", [...FAST, "ENVELOPE"]],
  ["FULL", [...FAST, "ENVELOPE", "BODY"]],
]);

/** Items of IMAP4rev1 that are other names for sections. */
const RFC822 = new Map<string, { kind: SectionSpec["kind"]; peek: boolean }>([
  ["RFC822", { kind: "all", peek: false }],
  ["RFC822.HEADER", { kind: "header", peek: true }],
  ["RFC822.TEXT", { kind: "text", peek: false }],
]);

/**
 * The items of a FETCH: one, a list, or a macro (which stands alone). Repeats are asked once. Throws SyntaxError.
 */
export function parseFetchItems(args: Arguments): FetchAttribute[] {
  if (args.peek() !== "(") {
    for (const [macro, names] of MACROS) {
      if (args.acceptWord(macro)) return names.map((name) => ({ name }));
    }
    return [parseFetchItem(args)];
  }
  const seen = new Set<string>();
  const items = args.list(() => parseFetchItem(args)).filter((item) => {
    const key = item.name === "SECTION" ? JSON.stringify(item) : item.name;
    return !seen.has(key) && seen.add(key);
  });
  if (!items.length) throw new SyntaxError("no items to fetch");
  if (items.length > LIMITS.imapFetchItems) throw new SyntaxError("too many items to fetch");
  return items;
}

/** Item names have letters, digits and dots only, so that `[` ends them. */
function parseFetchItem(args: Arguments): FetchAttribute {
  const name = args.word();
  if (args.peek() === "[") {
    if (name === "BODY" || name === "BODY.PEEK") return parseBody(args, name === "BODY.PEEK");
    if (name === "BINARY" || name === "BINARY.PEEK") return parseBinary(args, "BINARY", name !== "BINARY");
    if (name === "BINARY.SIZE") return parseBinary(args, name, true);
  }
  // RFC 8970 §3.2: previews are stored, so that LAZY changes nothing.
  if (name === "PREVIEW") args.acceptWord(" (LAZY)");
  const rfc822 = RFC822.get(name);
  if (rfc822) {
    return { name: "SECTION", label: name, peek: rfc822.peek, spec: { part: [], kind: rfc822.kind } };
  }
  if (!NAMES.has(name)) throw new SyntaxError(`unknown FETCH item ${name}`);
  return { name: name as FetchName };
}

function parseBody(args: Arguments, peek: boolean): FetchAttribute {
  args.expect("[");
  const spec = parseSectionSpec(args);
  args.expect("]");
  const label = `BODY[${formatSection(spec)}]`;
  return withPartial(args, label, peek, spec);
}

function parseBinary(args: Arguments, word: "BINARY" | "BINARY.SIZE", peek: boolean): FetchAttribute {
  args.expect("[");
  const part = args.peek() === "]" ? [] : parsePart(args);
  args.expect("]");
  const label = `${word}[${part.join(".")}]`;
  if (word === "BINARY.SIZE") return { name: "SECTION", label, peek, spec: { part, kind: "binary-size" } };
  return withPartial(args, label, peek, { part, kind: "binary" });
}

/** `<offset.count>`; the response is labelled with the offset alone. */
function withPartial(args: Arguments, label: string, peek: boolean, spec: SectionSpec): FetchAttribute {
  if (!args.accept("<")) return { name: "SECTION", label, peek, spec };
  const offset = args.number64();
  args.expect(".");
  const count = args.number64();
  args.expect(">");
  if (!count) throw new SyntaxError("partial of no octets");
  return {
    name: "SECTION",
    label: `${label}<${offset}>`,
    peek,
    spec: { ...spec, partial: { offset, count } },
  };
}

/** What stands between the brackets of BODY, up to the closing one. */
export function parseSectionSpec(args: Arguments): SectionSpec {
  if (args.peek() === "]") return { part: [], kind: "all" };
  const part: number[] = [];
  while (/[0-9]/.test(args.peek())) {
    part.push(args.nzNumber());
    if (!args.accept(".")) return { part, kind: "all" };
  }
  const word = args.word();
  if (word === "HEADER") return { part, kind: "header" };
  if (word === "TEXT") return { part, kind: "text" };
  if (word === "MIME" && part.length) return { part, kind: "mime" };
  if (word !== "HEADER.FIELDS" && word !== "HEADER.FIELDS.NOT") {
    throw new SyntaxError(`unknown section ${word}`);
  }
  args.space();
  const fields = args.list(() => fieldName(args.astring()));
  if (!fields.length) throw new SyntaxError("no header fields");
  return { part, kind: word === "HEADER.FIELDS" ? "fields" : "fields-not", fields };
}

function parsePart(args: Arguments): number[] {
  const part = [args.nzNumber()];
  while (args.accept(".")) part.push(args.nzNumber());
  return part;
}

/** RFC 5322 §2.2: printable ASCII but the colon. A name with anything else could stand in no header. */
function fieldName(name: string): string {
  if (!/^[!-9;-~]+$/.test(name)) throw new SyntaxError("bad header field name");
  return name;
}

/** What stands between the brackets: `1.2.HEADER.FIELDS (From To)`, as it was asked. */
export function formatSection(spec: SectionSpec): string {
  const prefix = spec.part.join(".");
  const text = sectionText(spec);
  return prefix && text ? `${prefix}.${text}` : prefix + text;
}

function sectionText(spec: SectionSpec): string {
  if (spec.kind === "header" || spec.kind === "text" || spec.kind === "mime") return spec.kind.toUpperCase();
  if (spec.kind !== "fields" && spec.kind !== "fields-not") return "";
  const fields = spec.fields!.map(formatAstring).join(" ");
  return `HEADER.FIELDS${spec.kind === "fields" ? "" : ".NOT"} (${fields})`;
}
