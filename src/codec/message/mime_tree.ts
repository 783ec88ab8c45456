import { CR, LF } from "../../base/bytes.ts";
import { LIMITS } from "../../base/limits.ts";
import { HeaderLexer } from "../text/header_lexer.ts";
import { BoundarySet, type Frame } from "./boundary_set.ts";
import { formatEnvelope, readEnvelope } from "./envelope.ts";
import { fieldName, foldedValue, hasField, type Header, readHeader, unfold } from "./header.ts";
import { LineScanner } from "./line_scanner.ts";
import { readParameters } from "./parameters.ts";
import { isMessage } from "./structure.ts";
import type { MimePart } from "./summary.ts";

const DASH = 0x2d;

/** A boundary line. */
interface Hit {
  frame: Frame;
  /** `--boundary--`. */
  closing: boolean;
  /** Where the content before it ends: the line end before the boundary line belongs to the boundary. */
  contentEnd: number;
  /** Line ends of the message before `contentEnd`. */
  contentLines: number;
  /** First octet after the boundary line. */
  next: number;
}

interface Parse {
  raw: Uint8Array;
  scanner: LineScanner;
  boundaries: BoundarySet;
  parts: number;
  /** Header octets that may still be looked at, over all parts. */
  headerBudget: number;
}

/** What the bytes are the beginning of. */
type EntityKind = "message" | "part" | "digest-part";

/** One part as read, with the boundary line that ended it (null: the end of the message). */
interface Entity {
  part: MimePart;
  header: Header;
  hit: Hit | null;
}

/** A message's MIME tree and its own header. */
export interface MessageStructure {
  root: MimePart;
  header: Header;
}

/**
 * Takes a whole message apart in one pass (RFC 2045, RFC 2046). Never throws: what is broken becomes the part that it
 * most likely was, and nesting or numbers of parts beyond the limits stay in one opaque part.
 */
export function parseStructure(raw: Uint8Array): MessageStructure {
  const parse: Parse = {
    raw,
    scanner: new LineScanner(raw),
    boundaries: new BoundarySet(),
    parts: 0,
    headerBudget: LIMITS.headerBytes,
  };
  const { part, header } = readEntity(parse, 0, "message", 0);
  return { root: part, header };
}

/** One part from its header on, and the boundary line that ended it (null at the end of the message). */
function readEntity(parse: Parse, from: number, kind: EntityKind, depth: number): Entity {
  const { scanner } = parse;
  parse.parts++;
  const linesBefore = scanner.lines;
  const header = readHeader(
    parse.raw,
    from,
    parse.headerBudget,
    parse.boundaries.isEmpty ? undefined : (lineStart) => findBoundary(parse, lineStart) !== null,
  );
  parse.headerBudget -= header.text.length;
  const part = kind !== "message" || isMime(header) ? readPart(header, from, kind) : plainPart(header, from);
  scanner.lines = linesBefore + header.lines;
  if (header.cut) {
    const hit = boundaryHit(parse, header.bodyStart);
    if (isMessage(part)) addEmptyMessage(part);
    part.bodyEnd = part.bodyStart;
    if (hit) endBefore(part, hit.contentEnd);
    return { part, header, hit };
  }
  const bodyLines = scanner.lines;
  let hit: Hit | null;
  if (part.type === "multipart") hit = readMultipart(parse, part, depth);
  else if (isMessage(part) && depth < LIMITS.mimeDepth && parse.parts < LIMITS.mimeParts) {
    const inner = readEntity(parse, part.bodyStart, "message", depth + 1);
    part.children.push(inner.part);
    part.envelope = formatEnvelope(readEnvelope(inner.header));
    hit = inner.hit;
  } else {
    hit = nextBoundary(parse, part.bodyStart);
    if (isMessage(part)) makeOpaque(part);
  }
  part.bodyEnd = hit ? hit.contentEnd : parse.raw.length;
  part.lines = Math.max(0, (hit ? hit.contentLines : scanner.lines) - bodyLines);
  if (hit && hit.contentEnd < part.bodyStart) endBefore(part, hit.contentEnd);
  return { part, header, hit };
}

/**
 * Ends a part whose body did not even begin: the line end before the boundary belongs to the boundary, also when it is
 * that of the header (RFC 2046 §5.1.1: `body-part := MIME-part-headers [CRLF *OCTET]`).
 */
function endBefore(part: MimePart, end: number): void {
  part.headerStart = Math.min(part.headerStart, end);
  part.bodyStart = part.bodyEnd = end;
  for (const child of part.children) endBefore(child, end);
}

/** A message nested too deep to look into. */
function makeOpaque(part: MimePart): void {
  part.type = "application";
  part.subtype = "octet-stream";
  delete part.written;
}

/** The embedded message of a part that a boundary cut off inside its header. */
function addEmptyMessage(part: MimePart): void {
  const header: Header = { text: "", fields: [], bodyStart: part.bodyStart, lines: 0, cut: false };
  part.children.push(readPart(header, part.bodyStart, "message"));
  part.envelope = formatEnvelope(readEnvelope(header));
}

function readMultipart(parse: Parse, part: MimePart, depth: number): Hit | null {
  const boundary = part.params.find(([name]) => name.toLowerCase() === "boundary")?.[1];
  if (!boundary || depth >= LIMITS.mimeDepth) return nextBoundary(parse, part.bodyStart);
  const frame = parse.boundaries.push(boundary);
  let hit = nextBoundary(parse, part.bodyStart);
  const kind = part.subtype === "digest" ? "digest-part" : "part";
  while (hit !== null && hit.frame === frame && !hit.closing) {
    const child = readEntity(parse, hit.next, kind, depth + 1);
    part.children.push(child.part);
    hit = child.hit;
  }
  parse.boundaries.pop(frame);
  return hit?.frame === frame ? nextBoundary(parse, hit.next) : hit;
}

/** Looks from the start of a line for the next boundary line of any open multipart. */
function nextBoundary(parse: Parse, from: number): Hit | null {
  const { raw, scanner } = parse;
  if (parse.boundaries.isEmpty || parse.parts >= LIMITS.mimeParts) {
    scanner.countRest(from);
    return null;
  }
  let hit = raw[from] === DASH && raw[from + 1] === DASH ? boundaryHit(parse, from) : null;
  for (let at = from; hit === null;) {
    at = scanner.nextDashes(at);
    if (at < 0) return null;
    hit = boundaryHit(parse, at);
  }
  return hit;
}

/** The boundary line that begins at `lineStart`, with the scanner moved past it; null when it is none. */
function boundaryHit(parse: Parse, lineStart: number): Hit | null {
  const frame = findBoundary(parse, lineStart);
  if (frame === null) return null;
  const { raw, scanner } = parse;
  let contentEnd = lineStart, contentLines = scanner.lines;
  if (contentEnd > 0 && raw[contentEnd - 1] === LF) {
    contentEnd -= contentEnd > 1 && raw[contentEnd - 2] === CR ? 2 : 1;
    contentLines--;
  }
  const lf = raw.indexOf(LF, lineStart);
  if (lf >= 0) scanner.lines++;
  const after = lineStart + 2 + frame.boundary.length;
  // A last line without its end opens no part.
  const closing = lf < 0 || raw[after] === DASH && raw[after + 1] === DASH;
  return { frame, closing, contentEnd, contentLines, next: lf < 0 ? raw.length : lf + 1 };
}

/** Which open multipart a line that begins with `--` belongs to. */
function findBoundary(parse: Parse, lineStart: number): Frame | null {
  return parse.parts >= LIMITS.mimeParts ? null : parse.boundaries.find(parse.raw, lineStart + 2);
}

/** RFC 2045 §4: what says neither MIME-Version nor Content-Type is plain text, whatever other fields mean to say. */
function isMime(header: Header): boolean {
  return hasField(header, "mime-version") || hasField(header, "content-type");
}

/** A part that says nothing of itself (RFC 2045 §5.2). */
function plainPart(header: Header, headerStart: number): MimePart {
  return {
    type: "text",
    subtype: "plain",
    params: [],
    encoding: "7bit",
    headerStart,
    bodyStart: header.bodyStart,
    bodyEnd: header.bodyStart,
    lines: 0,
    children: [],
  };
}

/** Everything that the MIME fields of a header say; the default in a digest is a message (RFC 2046 §5.1.5). */
function readPart(header: Header, headerStart: number, kind: EntityKind): MimePart {
  const part = plainPart(header, headerStart);
  if (kind === "digest-part") {
    part.type = "message";
    part.subtype = "rfc822";
  }
  const seen = new Set<string>();
  for (const field of header.fields) {
    const length = field.nameEnd - field.start;
    // `Content-ID` to `Content-Transfer-Encoding`.
    if (length < 10 || length > 25 || (header.text.charCodeAt(field.start) | 0x20) !== 0x63) continue;
    const name = fieldName(header, field).toLowerCase();
    if (!name.startsWith("content-") || seen.has(name)) continue;
    seen.add(name);
    readContentField(part, name.slice(8), foldedValue(header, field));
  }
  return part;
}

function readContentField(part: MimePart, name: string, value: string): void {
  switch (name) {
    case "type":
      readContentType(part, value);
      break;
    case "transfer-encoding": {
      const lexer = new HeaderLexer(value);
      lexer.skipSpace();
      const token = lexer.token();
      if (token === "" || lexer.peek() >= 0) {
        // IMAP is told the default, but nobody may take the body for decoded.
        written(part)[2] = part.encoding;
        part.encoding = value.trim() === "" ? part.encoding : "unknown";
        break;
      }
      part.encoding = token.toLowerCase();
      if (part.encoding !== token || part.written) written(part)[2] = token;
      break;
    }
    case "id":
      part.id = unfold(value);
      break;
    case "description":
      part.description = unfold(value);
      break;
    case "md5":
      part.md5 = unfold(value);
      break;
    case "location":
      part.location = unfold(value);
      break;
    case "disposition": {
      const lexer = new HeaderLexer(value);
      lexer.skipSpace();
      part.disposition = lexer.token();
      part.dispositionParams = readParameters(lexer);
      break;
    }
    case "language":
      part.language = readLanguages(value);
  }
}

/** RFC 2045 §5.1; a value without type and subtype counts as not there (§5.2). */
function readContentType(part: MimePart, value: string): void {
  const lexer = new HeaderLexer(value);
  lexer.skipSpace();
  const type = lexer.token();
  if (type === "" || !lexer.accept(0x2f)) return;
  lexer.skipSpace();
  const subtype = lexer.token();
  if (subtype === "") return;
  part.type = type.toLowerCase();
  part.subtype = subtype.toLowerCase();
  if (part.type !== type || part.subtype !== subtype) {
    const as = written(part);
    as[0] = type;
    as[1] = subtype;
  } else if (part.written) part.written = [type, subtype, part.written[2]];
  part.params = readParameters(lexer);
}

function written(part: MimePart): [string, string, string] {
  return part.written ??= [part.type, part.subtype, part.encoding];
}

/** Tags of Content-Language (RFC 3282 §2) up to the first thing that is none. */
function readLanguages(value: string): string[] {
  const lexer = new HeaderLexer(value);
  const tags: string[] = [];
  do {
    lexer.skipSpace();
    const tag = lexer.atom();
    if (tag === "") break;
    tags.push(tag);
  } while (lexer.accept(0x2c));
  return tags;
}
