import type { SieveAnswer } from "./sieve_program.ts";

/**
 * Where random pairs end otherwise than in Pigeonhole 0.5, on purpose. docs/interop/sieve.md argues each one under its
 * name. Only what fits one of these patterns may differ; what is of the script's making is in `ARGUED`.
 */
export type SieveDifference =
  | "crash"
  | "no-mime-version"
  | "broken-addresses"
  | "empty-group"
  | "odd-date"
  | "any-child"
  | "first-line-fold";

/** The name of the difference between two answers, or null when it is not on the list. */
export function explain(theirs: SieveAnswer, script: string, message: string): SieveDifference | null {
  const end = message.indexOf("\r\n\r\n"), header = message.slice(0, end < 0 ? message.length : end + 2);
  if (theirs[0] === "crash") return "crash";
  if (!/^mime-version:/im.test(header) && /\bbody |:mime|foreverypart/.test(script)) return "no-mime-version";
  if (/\baddress |:count/.test(script)) {
    if (/^(?:to|cc|from|sender|reply-to):[^\r\n]*:\s*;/im.test(header)) return "empty-group";
    if (/^(?:to|cc|from|sender|reply-to):.*(?:[\x80-\xff]|[^@\s,>]\s*$)/im.test(header)) {
      return "broken-addresses";
    }
  }
  if (
    /\bdate /.test(script) &&
    !/^date: \w{3}, [ \d]\d \w{3} \d{4} \d\d:\d\d:\d\d [+-]\d{4}( \(\w+\))?\r$/im.test(header)
  ) {
    return "odd-date";
  }
  if (script.includes(":anychild") && /^content-type:\s*multipart/im.test(header)) return "any-child";
  return /^[\w-]+:[ \t]*\r\n[ \t]/m.test(header) ? "first-line-fold" : null;
}
