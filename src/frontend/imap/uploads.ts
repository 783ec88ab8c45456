import type { NewMessage } from "../../../actors/mailbox/contract.ts";
import { concat } from "../../base/bytes.ts";
import { LIMITS } from "../../base/limits.ts";
import type { Arguments } from "../../codec/imap/arguments.ts";
import { summarize } from "../../codec/message/summarize.ts";
import { catenate, type Part } from "./catenate.ts";
import type { Call } from "./command.ts";
import { no, type Reply } from "./reply.ts";
import type { Session } from "./session.ts";

/** One message of APPEND or REPLACE as it was sent. */
export interface Upload {
  parts: Part[];
  flags: string[];
  internalDateMs: number | null;
  /** It came as the UTF8 data of RFC 6855 §4. */
  utf8: boolean;
}

/** `[SP flag-list] [SP date-time] SP (literal / UTF8 (literal8) / CATENATE (…))`. */
export function parseUpload(args: Arguments): Upload {
  args.space();
  const upload: Upload = { parts: [], flags: [], internalDateMs: null, utf8: false };
  if (args.peek() === "(") {
    upload.flags = args.flagList();
    args.space();
  }
  if (args.peek() === '"') {
    upload.internalDateMs = args.dateTime();
    args.space();
  }
  if (args.acceptWord("UTF8")) {
    args.space();
    upload.utf8 = true;
    upload.parts.push(parseUtf8(args));
  } else if (args.acceptWord("CATENATE")) {
    args.space();
    args.list(() => upload.parts.push(parsePart(args, upload)));
    const { length } = upload.parts;
    if (!length || length > LIMITS.catenateParts) throw new SyntaxError("bad number of parts");
  } else upload.parts.push(parseLiteral(args));
  return upload;
}

/** A part of CATENATE (RFC 4469 §5, RFC 6855 §4). */
function parsePart(args: Arguments, upload: Upload): Part {
  const word = args.atom().toUpperCase();
  args.space();
  if (word === "URL") return { url: args.astring() };
  if (word === "TEXT") return parseLiteral(args);
  if (word !== "UTF8") throw new SyntaxError(`unknown part ${word}`);
  upload.utf8 = true;
  return parseUtf8(args);
}

function parseLiteral(args: Arguments): Part {
  const { bytes, literal, binary } = args.literalOrString();
  if (!literal) throw new SyntaxError("a message must be a literal");
  if (!binary && bytes.includes(0)) throw new SyntaxError("NUL in a message");
  return { bytes };
}

function parseUtf8(args: Arguments): Part {
  args.expect("(");
  const { bytes, binary } = args.literalOrString();
  if (!binary) throw new SyntaxError("UTF8 wants a literal8");
  args.expect(")");
  return { bytes };
}

/**
 * The messages, or why they are not taken. RFC 6855 §4 would refuse raw 8-bit header fields of clients that have not
 * enabled UTF8=ACCEPT; one in a hundred real messages has them, and no mailbox with one could be moved here by tools
 * that know nothing of the extension: they are kept as they are. What URLs bring is held against the ingest budget with the call. */
export async function readUploads(
  session: Session,
  call: Call,
  uploads: readonly Upload[],
): Promise<NewMessage[] | Reply> {
  const messages: NewMessage[] = [];
  for (const { parts, flags, internalDateMs, utf8 } of uploads) {
    if (utf8 && !session.utf8) return no("ENABLE UTF8=ACCEPT first", "CANNOT");
    const pieces = await catenate(session, call, parts);
    if ("status" in pieces) return pieces;
    const raw = pieces.length === 1 ? pieces[0] : concat(pieces);
    const refusal = refuse(session, raw);
    if (refusal) return refusal;
    messages.push({
      raw,
      summary: summarize(raw),
      flags,
      internalDateMs: internalDateMs ?? session.context.clock.nowMs(),
    });
  }
  return messages;
}

function refuse(session: Session, raw: Uint8Array): Reply | null {
  // RFC 3502 §6.3.11: this is how a client takes back what it has begun.
  if (!raw.length) return no("A message without octets cancels the APPEND");
  // RFC 3516 §4.4: content that would have to be encoded anew is not taken.
  if (raw.includes(0)) return no("Binary content is not stored", "UNKNOWN-CTE");
  const { messageBytes } = session.user.limits;
  if (raw.length > messageBytes) return no(`Message larger than ${messageBytes} octets`, "TOOBIG");
  return null;
}
