import { Fault, type FaultCode } from "../../base/fault.ts";

/** Response codes of RFC 2449 §8 and RFC 3206; the empty text where there is none for it. */
const CODES: Record<FaultCode, string> = {
  invalid: "",
  not_found: "",
  exists: "",
  denied: "[AUTH] ",
  over_quota: "",
  too_big: "",
  limit: "[SYS/TEMP] ",
  conflict: "[SYS/TEMP] ",
  moved: "[SYS/TEMP] ",
  rejected: "",
  no_space: "[SYS/TEMP] ",
  busy: "[SYS/TEMP] ",
  unavailable: "[SYS/TEMP] ",
  internal: "[SYS/TEMP] ",
};

/** The negative answer to a command that failed, without `-ERR`. */
export function faultText(fault: Fault): string {
  return CODES[fault.code] + (fault.code === "internal" ? "internal error, try again later" : fault.message);
}

/** Text that stays in its line. Both languages that LANG offers are ASCII. */
export function readable(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, "?").slice(0, 400);
}
