import type { Resolution } from "../../../actors/directory/contract.ts";
import type { DsnRecipient } from "../../../actors/queue/contract.ts";
import { LIMITS } from "../../base/limits.ts";
import { Collector } from "../../codec/smtp/collector.ts";
import type { MailParameters } from "../../codec/smtp/parameters.ts";
import type { Budget } from "../context.ts";
import type { Reply } from "./reply.ts";

/** A recipient that was accepted, with where its mail goes. */
export interface Recipient {
  /** As the client wrote it, in canonical form. */
  address: string;
  dsn: DsnRecipient;
  mailboxes: Resolution["mailboxes"];
  external: string[];
}

/** One mail transaction: from MAIL to the reply after the message (RFC 5321 §3.3). */
export interface Transaction {
  from: string | null;
  parameters: MailParameters;
  recipients: Recipient[];
  /** What BDAT has brought so far (RFC 3030). */
  collected: HeldMessage | null;
  /** Why the rest of the chunks is in vain. */
  chunkFailure: Reply | null;
}

/** Step in which a message's share of the ingest budget grows. */
const STEP_BYTES = LIMITS.bodyChunkBytes;

/** Octets of one incoming message, counted against the budget of all sessions. */
export class HeldMessage {
  readonly collector: Collector;
  #takenBytes = 0;
  #bytes: Uint8Array | null = null;
  /** The budget was used up: the message cannot be taken now. */
  starved = false;

  constructor(private readonly budget: Budget, maxBytes: number) {
    this.collector = new Collector(maxBytes);
  }

  append(bytes: Uint8Array): void {
    this.collector.append(bytes);
    if (this.collector.tooBig || this.starved) return this.release();
    this.reserve(this.collector.sizeBytes);
  }

  /** Takes budget up to a size; without it the message is dropped. */
  reserve(sizeBytes: number): void {
    if (sizeBytes <= this.#takenBytes) return;
    const step = Math.max(STEP_BYTES, sizeBytes - this.#takenBytes);
    if (this.budget.take(step)) this.#takenBytes += step;
    else {
      this.starved = true;
      this.release();
    }
  }

  /** The whole message, once it is complete; it counts until `release`. */
  get bytes(): Uint8Array {
    return this.#bytes ??= this.collector.take();
  }

  /** Forgets the message and gives its share back. */
  release(): void {
    this.collector.stop();
    this.#bytes = null;
    this.budget.give(this.#takenBytes);
    this.#takenBytes = 0;
  }
}
