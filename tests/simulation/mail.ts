import { hash } from "node:crypto";
import { Buffer } from "node:buffer";
import type { NewMessage } from "../../actors/mailbox/contract.ts";
import { latin1 } from "../../src/base/bytes.ts";
import { summarize } from "../../src/codec/message/summarize.ts";

/** A message with a text of its own, so that every copy of it is known wherever it turns up. */
export function mail(text: string, nowMs: number, flags: string[] = []): NewMessage {
  const raw = latin1(`Message-ID: <${text}@sim.test>\r\nSubject: ${text}\r\n\r\n${text}\r\n`);
  return { raw, summary: summarize(raw), flags, internalDateMs: nowMs };
}

/** The EMAILID that a message with this text has. */
export function emailIdOf(message: NewMessage): string {
  return "M" + Buffer.from(hash("sha256", message.raw, "buffer").subarray(0, 15)).toString("base64url");
}
