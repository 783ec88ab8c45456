import type { FetchRow } from "../../../actors/mailbox/contract.ts";
import { LIMITS } from "../../base/limits.ts";
import type { FetchAttribute } from "../../codec/imap/fetch_items.ts";
import { appendUid, uidCount, uidList, type UidSet } from "../../codec/imap/uid_set.ts";
import type { FetchWriter } from "./fetch_writer.ts";
import { type KeptBodies, keptBodies } from "./kept_bodies.ts";
import type { Session } from "./session.ts";

/** Bytes written before the client is waited for. */
const BYTES_AT_ONCE = 256 * 1024;

/** A FETCH of whole messages, as far as they are kept from an earlier one. */
export class BodiesFetch {
  readonly #bodies: KeptBodies;
  /** What a UID's key begins with: a folder's UIDVALIDITY is part of what names a message. */
  readonly #prefix: string;

  private constructor(private readonly session: Session) {
    const { id, uidValidity } = session.folder;
    this.#bodies = keptBodies(session);
    this.#prefix = `${session.selected.address} ${id} ${uidValidity} `;
  }

  /**
   * Null unless whole messages are all that is asked for, and few: a client that takes a whole folder does not come
   * back for it. `\Seen` is not to be set, as that is the mailbox's to do.
   */
  static start(session: Session, uids: UidSet, attributes: readonly FetchAttribute[]): BodiesFetch | null {
    const { current, readOnly } = session.folder;
    if (!current || uidCount(uids) > LIMITS.keptBodiesRows) return null;
    const rest = attributes.filter(({ name }) => name !== "UID" && name !== "RFC822.SIZE");
    return rest.length === 1 && isWhole(rest[0], readOnly) ? new BodiesFetch(session) : null;
  }

  /** Writes what is kept; returns the UIDs that have to be asked for. */
  async write(writer: FetchWriter, uids: UidSet): Promise<UidSet> {
    const missing: number[] = [];
    let bytes = 0;
    for (const uid of uidList(uids)) {
      const body = this.#bodies.get(this.#prefix + uid);
      if (!body) {
        appendUid(missing, uid);
        continue;
      }
      writer.writePage([toRow(uid, body)], null);
      bytes += body.length;
      if (bytes < BYTES_AT_ONCE) continue;
      bytes = 0;
      await this.session.flush();
      if (this.session.ending !== null) this.session.stop(this.session.ending);
    }
    return missing;
  }

  /** Keeps the bodies of a page. */
  add(rows: readonly FetchRow[]): void {
    for (const { uid, sections } of rows) {
      const body = sections?.[0];
      if (body instanceof Uint8Array) this.#bodies.put(this.#prefix + uid, body);
    }
  }
}

function isWhole(attribute: FetchAttribute, readOnly: boolean): boolean {
  if (attribute.name !== "SECTION" || !(attribute.peek || readOnly)) return false;
  const { kind, part, partial } = attribute.spec;
  return kind === "all" && !part.length && !partial;
}

function toRow(uid: number, body: Uint8Array): FetchRow {
  return { uid, size: body.length, sections: [body], modSeq: 0, flags: 0, keywords: "", internalDateMs: 0 };
}
