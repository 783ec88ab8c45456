import { Fault, type FaultCode } from "../../base/fault.ts";

/** A reply before it is written. */
export interface Reply {
  code: number;
  /** RFC 3463; null for greetings and EHLO, which carry none (RFC 2034 §3). */
  enhanced: string | null;
  text: string | readonly string[];
}

type Codes = readonly [code: number, enhanced: string];

/** Every reason why a request can fail, in SMTP's words (RFC 5321 §4.2.3, RFC 3463 §3). */
const CODES: Record<FaultCode, Codes> = {
  invalid: [550, "5.5.0"],
  not_found: [550, "5.1.1"],
  exists: [550, "5.3.0"],
  denied: [550, "5.7.1"],
  over_quota: [552, "5.2.2"],
  too_big: [552, "5.3.4"],
  limit: [452, "4.5.3"],
  conflict: [451, "4.3.0"],
  moved: [451, "4.3.0"],
  rejected: [550, "5.7.1"],
  no_space: [452, "4.3.1"],
  busy: [451, "4.3.2"],
  unavailable: [451, "4.3.0"],
  internal: [451, "4.3.0"],
};

/** The reply to a command that failed; `codes` names others for some reasons. */
export function faultReply(fault: Fault, codes: Partial<Record<FaultCode, Codes>> = {}): Reply {
  const [code, enhanced] = codes[fault.code] ?? CODES[fault.code];
  const text = fault.code === "internal" ? "internal error, try again later" : fault.message;
  return { code, enhanced, text: text.includes("\n") ? text.split("\n") : text };
}

/** The client may try again later. */
export function isTemporaryReply(reply: Reply): boolean {
  return reply.code < 500;
}

/** Enhanced codes and whole replies that many commands share. */
export const BAD_SEQUENCE = "5.5.1";
export const BAD_SYNTAX = "5.5.4";
export const NEED_HELLO: Reply = { code: 503, enhanced: BAD_SEQUENCE, text: "say hello first" };
export const NEED_TLS: Reply = { code: 530, enhanced: "5.7.0", text: "must issue a STARTTLS command first" };
export const NEED_AUTH: Reply = { code: 530, enhanced: "5.7.0", text: "authentication required" };
export const NEED_MAIL: Reply = { code: 503, enhanced: BAD_SEQUENCE, text: "need MAIL command" };
export const NEED_RCPT: Reply = { code: 503, enhanced: BAD_SEQUENCE, text: "need RCPT command" };
