import { concat, utf8 } from "../../base/bytes.ts";
import { parseAddressList } from "../text/address.ts";
import { formatDate } from "../text/date.ts";
import { isBareText } from "./bare_text.ts";
import { findField, foldedValue, hasField, readHeader, removeFields } from "./header.ts";

/** What a submission server knows that the message may lack. */
export interface SubmissionFacts {
  nowMs: number;
  /** A new id without angle brackets. */
  messageId: string;
  /** The sender's address: stands in for a missing From, and in Sender where RFC 5322 §3.6.2 asks for one. */
  sender?: string | null;
}

/** Recipients that others must not see (RFC 6409 §8, RFC 5322 §3.6.3), and what only final delivery may write. */
const REMOVED = ["bcc", "resent-bcc", "return-path"];

/**
 * Completes a submitted message: a missing Date (RFC 6409 §8.2), Message-ID (§8.3), From or Sender (§8.1) is put in
 * front; Bcc and Return-Path go. The message itself when nothing is to be done.
 */
export function fixUpSubmission(raw: Uint8Array, facts: SubmissionFacts): Uint8Array {
  const pieces = submissionPieces(raw, facts);
  return pieces.length === 1 && pieces[0].length === raw.length ? raw : concat(pieces);
}

/** The same as pieces, of which those of the original are views. */
export function submissionPieces(raw: Uint8Array, facts: SubmissionFacts): Uint8Array[] {
  const header = readHeader(raw);
  let added = "";
  if (!hasField(header, "date")) added += `Date: ${formatDate(facts.nowMs)}\r\n`;
  if (!hasField(header, "message-id")) added += `Message-ID: <${facts.messageId}>\r\n`;
  const from = findField(header, "from");
  if (facts.sender) {
    const authors = from === null
      ? []
      : parseAddressList(foldedValue(header, from)).filter((a) => a.host !== null);
    if (from === null) added += `From: <${facts.sender}>\r\n`;
    else if (authors.length > 1 && !hasField(header, "sender")) added += `Sender: <${facts.sender}>\r\n`;
  }
  const pieces = removeFields(raw, header, REMOVED);
  if (added === "") return pieces;
  return [utf8(isBareText(header) ? added + "\r\n" : added), ...pieces];
}
