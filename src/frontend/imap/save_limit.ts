import { LIMITS } from "../../base/limits.ts";
import { uidCount, type UidSet } from "../../codec/imap/uid_set.ts";

/**
 * The response code for more messages than one COPY takes (RFC 9738 §3.1): the limit, and the lowest UID of as many of
 * the last messages. Null when they are not too many.
 */
export function overSaveLimit(uids: UidSet): string | null {
  if (uidCount(uids) <= LIMITS.saveMessages) return null;
  let left: number = LIMITS.saveMessages, lowest = 0;
  for (let i = uids.length - 2; i >= 0 && left > 0; i -= 2) {
    lowest = Math.max(uids[i], uids[i + 1] - left + 1);
    left -= uids[i + 1] - uids[i] + 1;
  }
  return `MESSAGELIMIT ${LIMITS.saveMessages} ${lowest}`;
}
