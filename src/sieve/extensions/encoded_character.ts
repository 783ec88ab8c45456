import type { Extension } from "../extension.ts";

/** Strings may hold `${hex:…}` and `${unicode:…}` (RFC 5228 §2.4.2.4); they are decoded when the script is compiled. */
export const ENCODED_CHARACTER: Extension = { name: "encoded-character", changesReading: true };
