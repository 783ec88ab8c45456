import type { Extension } from "../extension.ts";
import { ASCII_NUMERIC } from "../match/numeric.ts";
import { UNICODE_CASEMAP } from "../match/unicode.ts";

/** Comparators that have to be required by name (RFC 5228 §2.7.3). */
export const COMPARATORS: readonly Extension[] = [ASCII_NUMERIC, UNICODE_CASEMAP].map((comparator) => ({
  name: `comparator-${comparator.name}`,
  comparators: [comparator],
}));
