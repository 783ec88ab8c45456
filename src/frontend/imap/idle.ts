import { errorFields } from "../../base/log.ts";
import { LIMITS } from "../../base/limits.ts";
import { ConnectionClosed } from "../../net/connection.ts";
import type { CommandHandler } from "./command.ts";
import { readLine } from "./input.ts";
import { bad, ok } from "./reply.ts";
import { type Session, SessionEnded } from "./session.ts";
import { sendUpdates } from "./updates.ts";

/** A busy or restarting mailbox is asked again after this time. */
const RETRY_MS = 1_000;

/** IDLE (RFC 9051 §6.3.13): changes are told as they happen, until the client says DONE. */
export const idle: CommandHandler = async (session, args) => {
  args.end();
  session.write("+ idling\r\n");
  const push = new Push(session);
  session.onBehind = push.listener;
  if (session.view?.behind) push.start();
  let line: string | null;
  try {
    line = await readLine(session, LIMITS.imapIdleMs);
  } finally {
    session.onBehind = null;
    await push.running;
  }
  if (line === null) throw new SessionEnded("connection ended");
  return line.toUpperCase() === "DONE" ? ok("IDLE completed") : bad("IDLE: expected DONE");
};

/** Tells changes one round at a time; what happens meanwhile goes into the next round. */
class Push {
  /** Resolves when there is nothing left to tell; null while nothing runs. Never rejects. */
  running: Promise<void> | null = null;
  readonly listener = () => this.start();

  constructor(private readonly session: Session) {}

  start(): void {
    if (this.running) return;
    this.running = this.#run().then((done) => {
      this.running = null;
      if (!this.#wanted()) return;
      if (done) this.start();
      else this.session.context.clock.after(RETRY_MS, () => this.#wanted() && this.start());
    });
  }

  /** Whether this IDLE goes on and there is something to tell. */
  #wanted(): boolean {
    const { session } = this;
    return session.ending === null && session.onBehind === this.listener && session.view?.behind === true;
  }

  /** False when the mailbox does not answer, or not with what was announced: it is asked again a little later. */
  async #run(): Promise<boolean> {
    const { session } = this;
    try {
      for (let tries = 0; this.#wanted() && tries < 2; tries++) {
        const before = session.view?.modSeq;
        if (!await sendUpdates(session, { expunge: true })) return false;
        await session.flush();
        if (session.view?.modSeq !== before) tries = 0;
      }
      return !this.#wanted();
    } catch (error) {
      if (error instanceof SessionEnded) session.sayGoodbye(); // its reason stands in `ending`
      else if (error instanceof ConnectionClosed) session.connection.destroy();
      else {
        session.log.error("imap.idle", errorFields(error));
        session.end("Internal error");
      }
      return true;
    }
  }
}
