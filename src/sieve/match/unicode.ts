import { collationKey, compareTexts } from "../../codec/text/casemap.ts";
import type { Comparator } from "./comparator.ts";

/** Letters of all scripts are equal in both cases and however they are composed (RFC 5051). */
export const UNICODE_CASEMAP: Comparator = {
  name: "i;unicode-casemap",
  substring: true,
  key: collationKey,
  piece(text, from, to) {
    // Each character's key has its own length; the piece begins and ends with the characters whose keys it touches.
    let at = 0, out = "";
    for (const char of text) {
      if (at >= to) break;
      const next = at + collationKey(char).length;
      if (next > from) out += char;
      at = next;
    }
    return out;
  },
  order: compareTexts,
};
