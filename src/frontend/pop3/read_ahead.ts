import { unpackSections } from "../../codec/message/packed_sections.ts";
import type { SectionSpec } from "../../codec/message/section.ts";
import { uidSet } from "../../codec/imap/uid_set.ts";
import { LIMITS } from "../../base/limits.ts";
import type { OutgoingShare } from "../outgoing.ts";
import type { Maildrop } from "./maildrop.ts";

/** What the first page after a jump holds; it grows while the client goes on in order. */
const FIRST_BYTES = 32 * 1024;
const GROWTH = 4;

/** A message's section, and the room that was taken for it. */
interface Ready {
  bytes: Uint8Array;
  room: number;
}

/** A page to be asked for: messages before `end`, and the room that they take. */
interface Plan {
  indexes: number[];
  end: number;
  bytes: number;
}

/**
 * Fetches messages (or their headers) a page at a time for a client that takes them in order: one request brings
 * dozens, and the next page is on its way before the last one is used up. A jump costs only the message it asked for.
 */
export class ReadAhead {
  readonly #ready = new Map<number, Ready>();
  #readyBytes = 0;
  /** Room of the message that is being written. */
  #writing = 0;
  /** The page on its way. */
  #pending: { end: number; done: Promise<void> } | null = null;
  /** Counts jumps: pages from before are not kept. */
  #jumps = 0;
  /** Where the next page begins. */
  #next = 0;
  #last = -2;
  #windowBytes = 0;

  /** `sizeOf` is the size of a message's section, or a guess. */
  constructor(
    private readonly drop: Maildrop,
    private readonly section: SectionSpec,
    private readonly sizeOf: (index: number) => number,
    private readonly share: OutgoingShare,
  ) {}

  /**
   * The section of one message; null when the message is gone meanwhile. Faults are those of `fetch`. Whoever asks for one
   * has written the one before, and the client had room for it.
   */
  async get(index: number): Promise<Uint8Array | null> {
    const inOrder = index === this.#last + 1;
    this.#last = index;
    this.share.give(this.#writing);
    this.#writing = 0;
    if (!this.#ready.has(index) && this.#pending && index < this.#pending.end) await this.#pending.done;
    if (!this.#ready.has(index)) {
      this.#forget();
      this.#windowBytes = inOrder ? Math.max(FIRST_BYTES, this.#windowBytes) : 0;
      const plan = this.#planPage(index);
      await this.share.take(plan.bytes);
      await this.#fetchPage(plan);
    }
    const found = this.#ready.get(index);
    if (!found) return null;
    this.#ready.delete(index);
    this.#readyBytes -= found.bytes.length;
    this.#writing = found.room;
    if (inOrder) this.#fetchAhead();
    return found.bytes;
  }

  /** The session is over. */
  end(): void {
    this.share.end();
  }

  /** Orders the next page when half of the window is used up. A failure shows when the message itself is asked for. */
  #fetchAhead(): void {
    if (this.#pending || this.#next >= this.drop.messages.length) return;
    if (this.#readyBytes * 2 > this.#windowBytes) return;
    this.#windowBytes = Math.min(
      LIMITS.pop3ReadAheadBytes,
      Math.max(FIRST_BYTES, this.#windowBytes * GROWTH),
    );
    const plan = this.#planPage(this.#next);
    if (!this.share.tryTake(plan.bytes)) return;
    const pending = { end: plan.end, done: this.#fetchPage(plan).catch(() => {}) };
    this.#pending = pending;
    pending.done.then(() => {
      if (this.#pending === pending) this.#pending = null;
    });
  }

  async #fetchPage({ indexes, end, bytes: room }: Plan): Promise<void> {
    const jumps = this.#jumps;
    const { mailbox, folder, messages } = this.drop;
    const byUid = new Map(indexes.map((index) => [messages[index].uid, index]));
    this.#next = end;
    let unused = room;
    try {
      const { columns } = await mailbox.ask("fetch", {
        folder,
        uids: uidSet(byUid.keys()),
        items: { sections: [this.section] },
        byColumn: true,
        limitRows: indexes.length,
        limitBytes: LIMITS.pop3ReadAheadBytes,
      });
      if (jumps !== this.#jumps) return;
      const texts = columns?.sections ? unpackSections(columns.sections) : [];
      for (const [row, [bytes]] of texts.entries()) {
        const index = byUid.get(columns!.uid[row]);
        if (index === undefined || !(bytes instanceof Uint8Array)) continue;
        const room = this.sizeOf(index);
        unused -= room;
        this.#ready.set(index, { bytes, room });
        this.#readyBytes += bytes.length;
      }
    } finally {
      this.share.give(unused);
    }
  }

  /** What fits the window from a message on: that one at least. */
  #planPage(from: number): Plan {
    const { messages, deleted } = this.drop;
    const indexes: number[] = [];
    let bytes = 0, end = from;
    for (; end < messages.length && indexes.length < LIMITS.pop3ReadAheadRows; end++) {
      if (deleted.has(end)) continue;
      const size = this.sizeOf(end);
      if (indexes.length > 0 && bytes + size > this.#windowBytes) break;
      bytes += size;
      indexes.push(end);
    }
    return { indexes, end, bytes };
  }

  #forget(): void {
    for (const { room } of this.#ready.values()) this.share.give(room);
    this.#ready.clear();
    this.#readyBytes = 0;
    this.#pending = null;
    this.#jumps++;
  }
}
