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
  | { key: "not"; of: SearchKey }
  | { key: "or"; of: [SearchKey, SearchKey] }
  | { key: "and"; of: SearchKey[] };
