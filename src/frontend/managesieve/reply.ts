import { Fault, type FaultCode } from "../../base/fault.ts";
import { formatResponse } from "../../codec/managesieve/response.ts";

/** A command's answer before it is written. */
export interface Reply {
  status: "OK" | "NO" | "BYE";
  /** Response code without parentheses (RFC 5804 §1.3); null for none. */
  code: string | null;
  text: string;
  /** Runs when the answer has been written: STARTTLS, LOGOUT. */
  after?: () => Promise<void> | void;
}

/** The command was done. */
export function ok(text: string, code: string | null = null): Reply {
  return { status: "OK", code, text };
}

/** The command failed, or was not understood: ManageSieve knows one word for both. */
export function no(text: string, code: string | null = null): Reply {
  return { status: "NO", code, text };
}

/** Reasons of failure as response codes (RFC 5804 §1.3). */
const CODES: Record<FaultCode, string | null> = {
  invalid: null,
  not_found: "NONEXISTENT",
  exists: "ALREADYEXISTS",
  denied: null,
  over_quota: "QUOTA",
  too_big: "QUOTA/MAXSIZE",
  limit: "QUOTA/MAXSCRIPTS",
  conflict: "ACTIVE",
  moved: "TRYLATER",
  rejected: null,
  no_space: "TRYLATER",
  busy: "TRYLATER",
  unavailable: "TRYLATER",
  internal: "TRYLATER",
};

/** The answer to a command that failed. */
export function faultReply(fault: Fault): Reply {
  return no(fault.code === "internal" ? "internal error, try again later" : fault.message, CODES[fault.code]);
}

/** The line of an answer. */
export function formatReply({ status, code, text }: Reply): string {
  return formatResponse(status, code, text);
}
