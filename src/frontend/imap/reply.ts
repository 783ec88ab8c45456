import { fromLatin1, utf8 } from "../../base/bytes.ts";
import { Fault, type FaultCode } from "../../base/fault.ts";
import { type Language, translate } from "./texts.ts";

/** A command's tagged answer before it is written. */
export interface Reply {
  status: "OK" | "NO" | "BAD";
  /** Response code without brackets: `TRYCREATE`; null for none. */
  code: string | null;
  text: string;
  /** Runs when the answer has been written: STARTTLS, LOGOUT. */
  after?: () => Promise<void> | void;
}

/** The command was done. */
export function ok(text: string, code: string | null = null): Reply {
  return { status: "OK", code, text };
}

/** The command was understood and failed. */
export function no(text: string, code: string | null = null): Reply {
  return { status: "NO", code, text };
}

/** The command was not understood or not allowed here. */
export function bad(text: string): Reply {
  return { status: "BAD", code: null, text };
}

/** Reasons of failure as RFC 5530 response codes (TOOBIG: RFC 4469 §4.2, OVERQUOTA: RFC 9208 §4.3). */
const CODES: Record<FaultCode, string> = {
  invalid: "CANNOT",
  not_found: "NONEXISTENT",
  exists: "ALREADYEXISTS",
  denied: "NOPERM",
  over_quota: "OVERQUOTA",
  too_big: "TOOBIG",
  limit: "LIMIT",
  conflict: "INUSE",
  moved: "UNAVAILABLE",
  rejected: "CANNOT",
  no_space: "UNAVAILABLE",
  busy: "UNAVAILABLE",
  unavailable: "UNAVAILABLE",
  internal: "SERVERBUG",
};

/**
 * The answer to a command that failed. `missing` is the code for `not_found`: TRYCREATE where the client may make the
 * folder and try again (RFC 9051 §6.3.12, §6.4.7).
 */
export function faultReply(fault: Fault, missing = CODES.not_found): Reply {
  const text = fault.code === "internal" ? "internal error" : fault.message;
  return no(text, fault.code === "not_found" ? missing : CODES[fault.code]);
}

/** Runs `work`; a missing folder is answered with TRYCREATE. */
export async function withTryCreate(work: () => Promise<Reply>): Promise<Reply> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Fault && error.code === "not_found") return faultReply(error, "TRYCREATE");
    throw error;
  }
}

/** A tagged response line. */
export function formatReply(tag: string, reply: Reply, language: Language = "i-default"): string {
  return `${tag} ${reply.status} ${reply.code ? `[${reply.code}] ` : ""}${
    localized(reply.text, language)
  }\r\n`;
}

/** A text in the client's language: UTF-8 where that is not English (RFC 5255 §3.5, resp-text). */
export function localized(text: string, language: Language): string {
  const translated = translate(text, language);
  return translated === text ? readable(text) : fromLatin1(utf8(translated));
}

/** Human-readable text as the wire takes it: one line of printable ASCII (RFC 9051 §9, resp-text), never empty. */
export function readable(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, "?").slice(0, 400) || "-";
}
