import type { ParsedKey } from "../../codec/imap/search_program.ts";
import { someKey } from "../../codec/imap/search_program.ts";
import { bad, type Reply } from "./reply.ts";
import type { Session } from "./session.ts";

/** Commands that name messages by their numbers, or answer with them. */
const NUMBERED = new Set(["FETCH", "STORE", "SEARCH", "SORT", "THREAD", "COPY", "MOVE", "REPLACE", "FILTER"]);

/**
 * UIDONLY (RFC 9586): once a client has enabled it, neither side uses message numbers. This is the answer to a command
 * that does (§3); null when it may run.
 */
export function refuseNumbers(session: Session, command: string): Reply | null {
  return session.uidOnly && NUMBERED.has(command) ? uidRequired() : null;
}

/** The same for numbers in a search key; `$` names messages that were found by UID. */
export function refuseNumbersIn(session: Session, key: ParsedKey): Reply | null {
  if (!session.uidOnly) return null;
  return someKey(key, (one) => one.key === "seq" && one.set.ranges.length > 0) ? uidRequired() : null;
}

/** The answer to message numbers where there are none (RFC 9586 §3). */
export function uidRequired(): Reply {
  return { ...bad("Only UIDs are used"), code: "UIDREQUIRED" };
}

/** The beginning of a FETCH response, or of UIDFETCH, which stands in its place (RFC 9586 §3). */
export function fetchLine(session: Session, seq: number, uid: number): string {
  return session.uidOnly ? `* ${uid} UIDFETCH (` : `* ${seq} FETCH (`;
}

/** Turns it on. A result that the client follows by numbers cannot be told any more (RFC 5267 §4.3.1). */
export function enableUidOnly(session: Session): void {
  session.uidOnly = true;
  const { view } = session;
  if (!view) return;
  for (const { tag, uid } of view.contexts) {
    if (!uid) session.write(`* NO [NOUPDATE "${tag}"] Only UIDs are used\r\n`);
  }
  view.contexts = view.contexts.filter(({ uid }) => uid);
}
