import type { UidSet } from "./uid_set.ts";

/**
 * A SEARCH key (RFC 9051 §6.4.4, RFC 3501 §6.4.4) as the mailbox actor evaluates it. The frontend has already turned
 * sequence numbers and `$` into UIDs and text into UTF-8 strings; dates are days since 1970-01-01 (no zone, as the RFC
 * compares dates disregarding time and timezone).
 */
export type SearchKey =
  | { key: "all" }
  | { key: "uids"; set: UidSet }
  | { key: "flag"; flag: string; set: boolean } // system flags as `\Seen`, keywords as given
  | { key: "recent"; set: boolean }
  | { key: "header"; name: string; value: string } // also FROM, TO, CC, BCC, SUBJECT
  | { key: "body"; value: string }
  | { key: "text"; value: string }
  | { key: "size"; op: "larger" | "smaller"; bytes: number }
  | { key: "date"; of: "internal" | "sent" | "saved"; op: "before" | "on" | "since"; day: number }
  | { key: "within"; op: "older" | "younger"; seconds: number }
  | { key: "modseq"; modSeq: number }
  | { key: "emailid"; id: string }
  | { key: "threadid"; id: string }
  | { key: "fuzzy"; of: SearchKey } // RFC 6203
  | { key: "not"; of: SearchKey }
  | { key: "or"; of: [SearchKey, SearchKey] }
  | { key: "and"; of: SearchKey[] };

/** A key as it would be without FUZZY (RFC 6203 §3): what matches it is most relevant. */
export function strictKey(key: SearchKey): SearchKey {
  switch (key.key) {
    case "fuzzy":
      return strictKey(key.of);
    case "not":
      return { key: "not", of: strictKey(key.of) };
    case "or":
      return { key: "or", of: [strictKey(key.of[0]), strictKey(key.of[1])] };
    case "and":
      return { key: "and", of: key.of.map(strictKey) };
    default:
      return key;
  }
}

/** Scores of RFC 6203 §4: of what matches strictly, and of what matches by its words alone. */
export const STRICT_SCORE = 100;
export const FUZZY_SCORE = 50;
