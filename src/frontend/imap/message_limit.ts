import { LIMITS } from "../../base/limits.ts";
import type { SearchKey } from "../../codec/imap/search.ts";
import { uidCount, uidIntersect, type UidSet } from "../../codec/imap/uid_set.ts";
import type { FolderView } from "./folder_view.ts";
import { no, type Reply } from "./reply.ts";
import type { Session } from "./session.ts";

/** What one command works on, and what the client must be told when that is not all (RFC 9738 §3.1). */
export interface Bounded {
  uids: UidSet;
  code: string | null;
}

/** As many of the last messages as a command works on; commands go from the highest UID down (RFC 9738 §3.1). */
export function boundMessages(uids: UidSet, most: number = LIMITS.commandMessages): Bounded {
  if (uidCount(uids) <= most) return { uids, code: null };
  const lowest = lowestOfLast(uids, most);
  return {
    uids: uidIntersect(uids, [lowest, uids[uids.length - 1]]),
    code: `MESSAGELIMIT ${LIMITS.commandMessages} ${lowest}`,
  };
}

/** The code of a COPY of too many: it takes all or none. Null when they are few enough. */
export function overSaveLimit(uids: UidSet): string | null {
  const most = LIMITS.saveMessages;
  return uidCount(uids) <= most ? null : `MESSAGELIMIT ${most} ${lowestOfLast(uids, most)}`;
}

function lowestOfLast(uids: UidSet, count: number): number {
  let left = count, lowest = 0;
  for (let i = uids.length - 2; i >= 0 && left > 0; i -= 2) {
    lowest = Math.max(uids[i], uids[i + 1] - left + 1);
    left -= uids[i + 1] - uids[i] + 1;
  }
  return lowest;
}

/** A search of too many messages looks at the last of those that its UIDs leave (RFC 9738 §3.1). */
export function boundSearch(view: FolderView, key: SearchKey): { key: SearchKey; code: string | null } {
  if (view.count <= LIMITS.commandMessages) return { key, code: null };
  const { uids, code } = boundMessages(searchedUids(view, key));
  return code === null ? { key, code } : { key: among(uids, key), code };
}

/**
 * SORT and THREAD cannot do a part first and the rest later: of too many messages they do nothing, until the client
 * names fewer UIDs (RFC 9738 §3.3). Null when they are few enough.
 */
export function refuseToOrder(view: FolderView, key: SearchKey, command: string): Reply | null {
  const { code } = boundSearch(view, key);
  return code === null ? null : no(`Too many messages for ${command}, name fewer UIDs`, code);
}

/** The limit of one command for searches of several folders, one after the other (RFC 7377 with RFC 9738 §3.1). */
export class SearchBudget {
  #left: number = LIMITS.commandMessages;
  #folders = 0;
  #code: string | null = null;

  /** The key for the next folder, or null when nothing of it can be searched any more. */
  take(view: FolderView, key: SearchKey): SearchKey | null {
    this.#folders++;
    const searched = searchedUids(view, key);
    if (this.#left === 0 && searched.length) {
      this.#code = this.#withoutUid();
      return null;
    }
    const { uids, code } = boundMessages(searched, this.#left);
    this.#left -= uidCount(uids);
    if (code === null) return key;
    this.#code ??= code;
    return among(uids, key);
  }

  /** What the client must be told; a UID says where to go on, when there is one folder only. */
  get code(): string | null {
    return this.#code && this.#folders > 1 ? this.#withoutUid() : this.#code;
  }

  #withoutUid(): string {
    return `MESSAGELIMIT ${LIMITS.commandMessages}`;
  }
}

/** The messages that a search looks at: those of the UIDs that every match has to be among. */
function searchedUids(view: FolderView, key: SearchKey): UidSet {
  let searched = view.uids;
  for (const one of key.key === "and" ? key.of : [key]) {
    if (one.key === "uids") searched = uidIntersect(searched, one.set);
  }
  return searched;
}

function among(uids: UidSet, key: SearchKey): SearchKey {
  return { key: "and", of: [{ key: "uids", set: uids }, key] };
}

/** Puts the code into the answer; where that has another one, it goes before it as NO (RFC 9738 §3.1). */
export function tellLimit(session: Session, reply: Reply, code: string | null): Reply {
  if (code === null || reply.status !== "OK") return reply;
  if (reply.code === null) return { ...reply, code };
  session.write(`* NO [${code}] Only the last of the messages were worked on\r\n`);
  return reply;
}
