import { collationKey, compareTexts } from "../../codec/text/casemap.ts";
import type { Comparator } from "./comparator.ts";
import { characterTable } from "./unicode_glob.ts";

/** Letters of all scripts are equal in both cases and however they are composed (RFC 5051). */
export const UNICODE_CASEMAP: Comparator = {
  name: "i;unicode-casemap",
  substring: true,
  unicode: characterTable(collationKey),
  key: collationKey,
  piece: (text, from, to) => text.slice(from, to),
  order: compareTexts,
};
