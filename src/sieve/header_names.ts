import type { Call } from "./call.ts";
import type { Checker } from "./checker.ts";
import { shown } from "../codec/sieve/lexer.ts";

/** A field's name (RFC 5322 §3.6.8). */
const NAME = /^[\x21-\x39\x3b-\x7e]+$/;
const ADDRESS_FIELDS = new Set([
  "from",
  "sender",
  "cc",
  "bcc",
  "apparently-to",
  "return-path",
  "for-approval",
  "for-comment",
  "for-handling",
  "x-admin",
  "x-beenthere",
  "registered-mail-reply-requested-by",
  "return-receipt-requested",
  "disposition-notification-to",
]);

/** Whether it can be a header field's name. */
export function isFieldName(name: string): boolean {
  return NAME.test(name);
}

/** Whether fields of this name hold addresses (RFC 5228 §5.1): the known ones, and what ends in -from, -to or -cc. */
export function holdsAddresses(name: string): boolean {
  const lower = name.toLowerCase();
  return ADDRESS_FIELDS.has(lower) || /(?:^|-)(?:from|to|cc|bcc|sender)$/.test(lower);
}

/** Warns of names in the first positional argument that no header field can have. */
export function checkFieldNames(call: Call, checker: Checker): void {
  const names = call.parameters[0];
  if (names?.kind !== "texts") return;
  for (const { constant, position } of names.items) {
    if (constant !== null && !isFieldName(constant)) {
      checker.warn(
        position,
        `"${shown(constant)}" cannot be the name of a header field, so nothing will ever match`,
      );
    }
  }
}
