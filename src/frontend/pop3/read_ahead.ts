import { unpackSections } from "../../codec/message/packed_sections.ts";
import type { SectionSpec } from "../../codec/message/section.ts";
import { uidSet } from "../../codec/imap/uid_set.ts";
import { LIMITS } from "../../base/limits.ts";
import type { Maildrop } from "./maildrop.ts";

/** What the first page after a jump holds; it grows while the client goes on in order. */
const FIRST_BYTES = 32 * 1024;
const GROWTH = 4;

/**
 * Fetches messages (or their headers) a page at a time for a client that takes them in order: one request brings
 * dozens, and the next page is on its way before the last one is used up. A jump costs only the message it asked for.
 */
export class ReadAhead {
  readonly #ready = new Map<number, Uint8Array>();
  #readyBytes = 0;
  /** The page on its way. */
  #pending: { end: number; done: Promise<void> } | null = null;
  /** Where the next page begins. */
  #next = 0;
  #last = -2;
  #windowBytes = 0;

  /** `sizeOf` is the size of a message's section, or a guess. */
  constructor(
    private readonly drop: Maildrop,
    private readonly section: SectionSpec,
    private readonly sizeOf: (index: number) => number,
  ) {}

  /** The section of one message; null when the message is gone meanwhile. Faults are those of `fetch`. */
  async get(index: number): Promise<Uint8Array | null> {
    const inOrder = index === this.#last + 1;
    this.#last = index;
    if (!this.#ready.has(index) && this.#pending && index < this.#pending.end) await this.#pending.done;
    if (!this.#ready.has(index)) {
      this.#forget();
      this.#windowBytes = inOrder ? Math.max(FIRST_BYTES, this.#windowBytes) : 0;
      this.#next = index;
      await this.#fetchPage();
    }
    const bytes = this.#ready.get(index);
    if (!bytes) return null;
    this.#ready.delete(index);
    this.#readyBytes -= bytes.length;
    if (inOrder) this.#fetchAhead();
    return bytes;
  }

  /** Orders the next page when half of the window is used up. A failure shows when the message itself is asked for. */
  #fetchAhead(): void {
    if (this.#pending || this.#next >= this.drop.messages.length) return;
    if (this.#readyBytes * 2 > this.#windowBytes) return;
    this.#windowBytes = Math.min(
      LIMITS.pop3ReadAheadBytes,
      Math.max(FIRST_BYTES, this.#windowBytes * GROWTH),
    );
    const page = this.#fetchPage();
    const pending = { end: this.#next, done: page.catch(() => {}) };
    this.#pending = pending;
    pending.done.then(() => {
      if (this.#pending === pending) this.#pending = null;
    });
  }

  async #fetchPage(): Promise<void> {
    const indexes = this.#planPage();
    const { mailbox, folder, messages } = this.drop;
    const byUid = new Map(indexes.map((index) => [messages[index].uid, index]));
    const { columns } = await mailbox.ask("fetch", {
      folder,
      uids: uidSet(byUid.keys()),
      items: { sections: [this.section] },
      byColumn: true,
      limitRows: indexes.length,
      limitBytes: LIMITS.pop3ReadAheadBytes,
    });
    const texts = columns?.sections ? unpackSections(columns.sections) : [];
    for (const [row, [bytes]] of texts.entries()) {
      const index = byUid.get(columns!.uid[row]);
      if (index === undefined || !(bytes instanceof Uint8Array)) continue;
      this.#ready.set(index, bytes);
      this.#readyBytes += bytes.length;
    }
  }

  /** Indexes from `#next` on that fit the window, at least one; moves `#next` behind them. */
  #planPage(): number[] {
    const { messages, deleted } = this.drop;
    const indexes: number[] = [];
    let bytes = 0, index = this.#next;
    for (; index < messages.length && indexes.length < LIMITS.pop3ReadAheadRows; index++) {
      if (deleted.has(index)) continue;
      bytes += this.sizeOf(index);
      if (indexes.length > 0 && bytes > this.#windowBytes) break;
      indexes.push(index);
    }
    this.#next = index;
    return indexes;
  }

  #forget(): void {
    this.#ready.clear();
    this.#readyBytes = 0;
    this.#pending = null;
  }
}
