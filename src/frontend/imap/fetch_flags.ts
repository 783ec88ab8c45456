import type { FetchAttribute } from "../../codec/imap/fetch_items.ts";
import { uidCount, uidHas, type UidSet } from "../../codec/imap/uid_set.ts";
import type { FetchRow } from "../../../actors/mailbox/contract.ts";
import type { FolderView } from "./folder_view.ts";
import { KeptFlags, keptFlagsBudget } from "./kept_flags.ts";
import type { Session } from "./session.ts";
import { fetchLine } from "./uid_only.ts";

/** Responses written at once: some hundred KiB, after which the client may be waited for. */
const ROWS_AT_ONCE = 8000;

/**
 * Answers a FETCH of UIDs alone: which message has which, the session knows. Messages that others have removed count
 * until the client hears of it (RFC 9051 §7.5.1), and keep their UIDs.
 */
export async function fetchUids(session: Session, uids: UidSet): Promise<void> {
  await writeRows(session, uids, (seq, uid) => `${fetchLine(session, seq, uid)}UID ${uid})\r\n`);
}

/**
 * Answers a FETCH of UIDs and flags from the flags that the session keeps (RFC 9051 §7.5.2). False when they are not
 * kept or something has happened in the folder: then the mailbox is asked.
 */
export async function fetchKeptFlags(
  session: Session,
  uids: UidSet,
  attributes: readonly FetchAttribute[],
): Promise<boolean> {
  const view = session.folder;
  const kept = view.current ? view.flags : null;
  if (!kept) return false;
  const names = attributes.map(({ name }) => name);
  const before = names.includes("UID") && names.indexOf("UID") < names.indexOf("FLAGS");
  const after = names.includes("UID") && !before;
  const anyRecent = view.recent.length > 0;
  await writeRows(session, uids, (seq, uid) => {
    const flags = kept.text(seq, anyRecent && uidHas(view.recent, uid));
    const line = fetchLine(session, seq, uid);
    return before
      ? `${line}UID ${uid} FLAGS ${flags})\r\n`
      : `${line}FLAGS ${flags}${after ? ` UID ${uid}` : ""})\r\n`;
  });
  return true;
}

/** Writes a response for each message of the view, no faster than the client reads. */
async function writeRows(
  session: Session,
  uids: UidSet,
  format: (seq: number, uid: number) => string,
): Promise<void> {
  const view = session.folder;
  let text = "", rows = 0;
  for (let i = 0; i < uids.length; i += 2) {
    for (let uid = uids[i], seq = view.seqOf(uid); uid <= uids[i + 1]; uid++, seq++) {
      text += format(seq, uid);
      if (++rows % ROWS_AT_ONCE) continue;
      session.write(text);
      text = "";
      await session.flush();
      if (session.ending !== null) session.stop(session.ending);
    }
  }
  if (text) session.write(text);
}

/** Collects the flags of a whole folder from the pages of a FETCH, to be kept. */
export class FlagsCollector {
  readonly #flags: KeptFlags;
  #missing: number;

  private constructor(private readonly view: FolderView, flags: KeptFlags) {
    this.#flags = flags;
    this.#missing = view.count;
  }

  /** Null when the FETCH does not bring all flags, or there is no room to keep them. */
  static start(session: Session, uids: UidSet): FlagsCollector | null {
    const view = session.folder;
    if (!view.current || uidCount(uids) !== view.count) return null;
    view.keepFlags(null);
    const flags = KeptFlags.take(view.count, view.modSeq, keptFlagsBudget(session.context));
    return flags && new FlagsCollector(view, flags);
  }

  /** Takes in the rows of one page. */
  add(rows: readonly FetchRow[]): void {
    for (const row of rows) {
      const seq = this.view.seqOf(row.uid);
      if (!seq) continue;
      this.#flags.set(seq, row);
      this.#missing--;
    }
  }

  /** Has the view keep them when all have come; to be called whatever happened. */
  end(): void {
    if (this.#missing === 0) this.view.keepFlags(this.#flags);
    else this.#flags.drop();
  }
}
