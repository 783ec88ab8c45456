import { errorFields } from "../../base/log.ts";
import { ConnectionClosed } from "../../net/connection.ts";
import { answer, replyToError } from "./answer.ts";
import type { Call } from "./command.ts";
import type { Reply } from "./reply.ts";
import { type Session, SessionEnded } from "./session.ts";

/** APPENDs of one session that the mailbox works on at once, so that it can commit them together. */
const MAX_APPENDS = 32;
const MAX_BYTES = 16 * 1024 * 1024;

/** APPENDs in flight: sent as they come, answered in the order of the commands. */
export class AppendQueue {
  /** Resolves when the last one so far is answered; never rejects. */
  tail: Promise<void> = Promise.resolve();
  readonly #waiting: { bytes: number; answered: Promise<void> }[] = [];
  #bytes = 0;

  constructor(private readonly session: Session) {}

  /** Waits until another APPEND of `bytes` octets fits. One alone always does. */
  async room(bytes: number): Promise<void> {
    while (this.#waiting.length && !this.#fits(bytes)) await this.#waiting[0].answered;
  }

  /** Adds an APPEND whose result is on its way. */
  add(call: Call, bytes: number, result: Promise<Reply>): void {
    const reply = result.catch((error: unknown) => replyToError(this.session, call, error));
    reply.catch(() => {}); // looked at in its turn
    const entry = { bytes, answered: this.tail.then(() => this.#answer(call, reply)) };
    this.#bytes += bytes;
    this.#waiting.push(entry);
    this.tail = entry.answered;
  }

  #fits(bytes: number): boolean {
    return this.#waiting.length < MAX_APPENDS && this.#bytes + bytes <= MAX_BYTES;
  }

  async #answer(call: Call, reply: Promise<Reply>): Promise<void> {
    const { session } = this;
    try {
      await answer(session, call, await reply);
      if (session.waiting) await session.flush();
    } catch (error) {
      if (error instanceof SessionEnded) session.end(error.message);
      else if (error instanceof ConnectionClosed) session.connection.destroy();
      else {
        session.log.error("imap.append", errorFields(error));
        session.end("Internal error");
      }
    } finally {
      this.#bytes -= this.#waiting.shift()?.bytes ?? 0;
      if (!this.#waiting.length && session.appends === this) session.appends = null;
    }
  }
}
