import type { QueueContract, QueueLease } from "../../actors/queue/contract.ts";
import type { ActorRef } from "../actor/actor.ts";
import { concat, fromLatin1 } from "../base/bytes.ts";
import { LIMITS } from "../base/limits.ts";
import { readHeader } from "../codec/message/header.ts";
import { countReceived } from "../codec/message/received.ts";
import { AttemptFailure } from "./failure.ts";
import type { OutgoingMessage } from "./smtp_transaction.ts";

/** A message that lies in the queue, read page by page; the first page is read once and kept. */
export interface QueuedMessage extends OutgoingMessage {
  /** All of it, for a local delivery. */
  whole(): Promise<Uint8Array>;
}

/**
 * Opens the message of a lease. Throws `AttemptFailure` (5.4.6) for one that has been through too many servers: RFC
 * 5321 §6.3 has loops found by counting Received fields.
 */
export async function openQueuedMessage(
  queue: ActorRef<QueueContract>,
  lease: QueueLease,
): Promise<QueuedMessage> {
  const read = (offset: number) =>
    queue.ask("readBody", { id: lease.id, offset, length: LIMITS.bodyChunkBytes });
  const first = await read(0);
  const hops = countReceived(first.data);
  if (hops > LIMITS.receivedHeaders) {
    throw new AttemptFailure("permanent", "5.4.6", `554 5.4.6 mail loop: ${hops} Received fields`);
  }
  async function* pages(): AsyncGenerator<Uint8Array> {
    let page = first;
    while (page.data.length) {
      const next = page.next === null ? null : read(page.next);
      // A page that fails while the reader still writes the one before is thrown when it is awaited.
      next?.catch(() => {});
      yield page.data;
      if (!next) return;
      page = await next;
    }
  }
  return {
    envelope: lease.envelope,
    sizeBytes: lease.sizeBytes,
    utf8Header: /[\x80-\xff]/.test(readHeader(first.data).text),
    pages,
    async has8bit() {
      for await (const page of pages()) if (/[\x80-\xff]/.test(fromLatin1(page))) return true;
      return false;
    },
    async whole() {
      const all: Uint8Array[] = [];
      for await (const page of pages()) all.push(page);
      return concat(all);
    },
  };
}
