import { errorFields } from "../../base/log.ts";
import { LIMITS } from "../../base/limits.ts";
import { ConnectionClosed } from "../../net/connection.ts";
import type { CommandHandler } from "./command.ts";
import { readLine } from "./input.ts";
import { bad, ok } from "./reply.ts";
import { type Session, SessionEnded } from "./session.ts";
import { sendUpdates } from "./updates.ts";

/** IDLE (RFC 9051 §6.3.13): changes are told as they happen, until the client says DONE. */
export const idle: CommandHandler = async (session, args) => {
  args.end();
  session.write("+ idling\r\n");
  const push = new Push(session);
  session.onBehind = () => push.start();
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

  constructor(private readonly session: Session) {}

  start(): void {
    if (this.running) return;
    this.running = this.#run().then((progress) => {
      this.running = null;
      if (progress && this.#wanted()) this.start();
    });
  }

  #wanted(): boolean {
    return this.session.onBehind !== null && this.session.view?.behind === true;
  }

  /** False when the mailbox is away: the next event tries again. */
  async #run(): Promise<boolean> {
    const { session } = this;
    try {
      while (this.#wanted()) {
        if (!await sendUpdates(session, { expunge: true })) return false;
        await session.flush();
      }
      return true;
    } catch (error) {
      if (error instanceof SessionEnded) session.end(error.message);
      else if (error instanceof ConnectionClosed) session.connection.destroy();
      else {
        session.log.error("imap.idle", errorFields(error));
        session.end("Internal error");
      }
      return false;
    }
  }
}
