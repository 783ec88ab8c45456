import { CR, LF } from "../../base/bytes.ts";
import { LIMITS } from "../../base/limits.ts";
import { HeaderLexer } from "../text/header_lexer.ts";
import { formatEnvelope, readEnvelope } from "./envelope.ts";
import { fieldName, foldedValue, hasField, type Header, latin1Slice, readHeader, unfold } from "./header.ts";
import { LineScanner } from "./line_scanner.ts";
import { readParameters } from "./parameters.ts";
import { isMessage } from "./structure.ts";
import type { MimePart } from "./summary.ts";

/** RFC 2046 §5.1.1 allows 70 octets; longer ones are compared by their first 80. */
const BOUNDARY_BYTES = 80;

/** A multipart whose boundary lines are being looked for. */
interface Frame {
  boundary: string;
}

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
  /** Innermost last. */
  frames: Frame[];
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
    frames: [],
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
    parse.frames.length ? (lineStart) => findBoundary(parse, lineStart) !== null : undefined,
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
  part.bodyStart = part.bodyEnd = Math.max(part.headerStart, end);
  for (const child of part.children) {
    child.headerStart = Math.min(child.headerStart, part.bodyStart);
    endBefore(child, part.bodyStart);
  }
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
  const frame = { boundary: boundary.slice(0, BOUNDARY_BYTES) };
  parse.frames.push(frame);
  let hit = nextBoundary(parse, part.bodyStart);
  const kind = part.subtype === "digest" ? "digest-part" : "part";
  while (hit !== null && hit.frame === frame && !hit.closing) {
    const child = readEntity(parse, hit.next, kind, depth + 1);
    part.children.push(child.part);
    hit = child.hit;
  }
  parse.frames.length = parse.frames.indexOf(frame);
  return hit?.frame === frame ? nextBoundary(parse, hit.next) : hit;
}

/** Looks from the start of a line for the next boundary line of any open multipart. */
function nextBoundary(parse: Parse, from: number): Hit | null {
  const { raw, scanner, frames } = parse;
  if (frames.length === 0 || parse.parts >= LIMITS.mimeParts) {
    scanner.countRest(from);
    return null;
  }
  let hit = raw[from] === 0x2d && raw[from + 1] === 0x2d ? boundaryHit(parse, from) : null;
  for (let at = from; hit === null;) {
    at = scanner.nextDashes(at);
    if (at < 0) return null;
    hit = boundaryHit(parse, at);
  }
  return hit;
}

/** The boundary line that begins at `lineStart`, with the scanner moved past it; null when it is none. */
function boundaryHit(parse: Parse, lineStart: number): Hit | null {
  const found = findBoundary(parse, lineStart);
  if (found === null) return null;
  const { raw, scanner } = parse;
  let contentEnd = lineStart, contentLines = scanner.lines;
  if (contentEnd > 0 && raw[contentEnd - 1] === LF) {
    contentEnd -= contentEnd > 1 && raw[contentEnd - 2] === CR ? 2 : 1;
    contentLines--;
  }
  const lf = raw.indexOf(LF, lineStart);
  if (lf >= 0) scanner.lines++;
  const next = lf < 0 ? raw.length : lf + 1;
  // A last line without its end opens no part.
  return { frame: found.frame, closing: found.closing || lf < 0, contentEnd, contentLines, next };
}

/**
 * Which open multipart the line belongs to: it is enough that the line begins with the boundary (RFC 2046 §5.1.1); the
 * longest wins, and of equal ones the innermost.
 */
function findBoundary(parse: Parse, lineStart: number): { frame: Frame; closing: boolean } | null {
  const { raw, frames } = parse;
  if (parse.parts >= LIMITS.mimeParts) return null;
  let lineEnd = raw.subarray(lineStart, lineStart + BOUNDARY_BYTES + 6).indexOf(LF);
  if (lineEnd < 0) lineEnd = Math.min(raw.length - lineStart, BOUNDARY_BYTES + 6);
  if (lineEnd > 2 && raw[lineStart + lineEnd - 1] === CR) lineEnd--;
  const line = latin1Slice(raw, lineStart + 2, lineStart + lineEnd);
  let best: Frame | null = null;
  for (let i = frames.length - 1; i >= 0; i--) {
    const { boundary } = frames[i];
    if (best !== null && boundary.length <= best.boundary.length || !line.startsWith(boundary)) continue;
    best = frames[i];
    const rest = line.length - boundary.length;
    if (rest === 0 || rest === 2 && line.endsWith("--")) break;
  }
  if (best === null) return null;
  return { frame: best, closing: line.startsWith("--", best.boundary.length) };
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
