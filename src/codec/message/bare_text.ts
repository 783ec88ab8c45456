import { concat, latin1 } from "../../base/bytes.ts";
import { type Header, readHeader } from "./header.ts";

/** RFC 5322 §2.2: a field's name is printable ASCII without a colon. */
const NAME = /^[!-9;-~]+$/;
const COLON = 0x3a;

/** Whether a message has text and no header field in front of it: nobody may read that text as a header. */
export function isBareText({ text, fields }: Header): boolean {
  if (text === "" || /^\r?\n/.test(text)) return false;
  return !fields.some(({ start, nameEnd }) => NAME.test(text.slice(start, nameEnd)));
}

/**
 * A message that trace fields can be put in front of: text that begins without any header gets the empty line (RFC 5322
 * §2.1) that keeps it text. The message itself otherwise.
 */
export function separateBareText(raw: Uint8Array): Uint8Array {
  // Nearly every message begins with a field: its header need not be taken apart for this.
  let at = 0;
  while (raw[at] > 0x20 && raw[at] < 0x7f && raw[at] !== COLON) at++;
  if (at > 0 && raw[at] === COLON) return raw;
  return isBareText(readHeader(raw)) ? concat([latin1("\r\n"), raw]) : raw;
}
