import { createHash } from "node:crypto";
import { concat, utf8 } from "../../base/bytes.ts";
import { fieldName, readHeader } from "../../codec/message/header.ts";
import { formatDate } from "../../codec/text/date.ts";
import { domainOf } from "../../codec/smtp/path.ts";
import { encodeQuotedPrintable } from "./quoted_printable.ts";
import { foldedField } from "./field.ts";

/** A message that a script sends. */
export interface AutoMessage {
  /** Fields in their order, besides those that every message has; a value of null leaves the field out. */
  fields: readonly (readonly [name: string, value: string | null])[];
  body: MessageBody;
  dateMs: number;
  messageId: string;
}

/** Plain text, or a MIME entity with its own header (RFC 5230 §4.4). */
export interface MessageBody {
  text: string;
  isMime: boolean;
}

/** The message's bytes. */
export function composeMessage({ fields, body, dateMs, messageId }: AutoMessage): Uint8Array {
  const lines = [`Date: ${formatDate(dateMs)}\r\n`, `Message-ID: <${messageId}>\r\n`];
  for (const [name, value] of fields) {
    if (value !== null) lines.push(`${name}: ${foldedField(name, value)}\r\n`);
  }
  lines.push("MIME-Version: 1.0\r\n");
  return concat([utf8(lines.join("")), body.isMime ? mimeEntity(body.text) : plainText(body.text)]);
}

/** Bytes of a message that tell it from others: its header, that is, and how its body begins. */
const TELLING_BYTES = 64 * 1024;

/** A Message-ID that comes out the same for the same message and purpose: so a reply made twice is one. */
export function derivedMessageId(raw: Uint8Array, purpose: string, ownerAddress: string): string {
  const hash = createHash("sha256").update(`${purpose}\0${raw.length}\0`).update(
    raw.subarray(0, TELLING_BYTES),
  )
    .digest("hex");
  return `${hash.slice(0, 40)}@${domainOf(ownerAddress) || "localhost"}`;
}

function plainText(text: string): Uint8Array {
  const isPlain = !/[^\x00-\x7f]/.test(text) && !/[^\r\n]{990}/.test(text);
  const whole = text === "" || text.endsWith("\r\n") ? text : text + "\r\n";
  const [charset, encoding, body] = isPlain
    ? ["us-ascii", "7bit", whole]
    : ["utf-8", "quoted-printable", encodeQuotedPrintable(whole)];
  return utf8(
    `Content-Type: text/plain; charset=${charset}\r\nContent-Transfer-Encoding: ${encoding}\r\n\r\n${body}`,
  );
}

/** Only the Content fields of the entity's header are taken: the others are not the script's to set. */
function mimeEntity(text: string): Uint8Array {
  const bytes = utf8(text), header = readHeader(bytes);
  const kept = header.fields.filter((field) => /^content-/i.test(fieldName(header, field)));
  const fields = kept.map(({ start, end }) => {
    const field = header.text.slice(start, end);
    return field.endsWith("\n") ? field : field + "\r\n";
  });
  return concat([utf8(fields.join("")), utf8("\r\n"), bytes.subarray(header.bodyStart)]);
}
