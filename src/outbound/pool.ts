import type { Clock, Timer } from "../base/clock.ts";
import { LIMITS } from "../base/limits.ts";
import type { SmtpSession } from "./smtp_client.ts";

/** Sessions that wait for the next message to the same destination. */
export interface SessionPool {
  /** Takes one that is still open; null when there is none. */
  take(key: string): SmtpSession | null;
  /** Keeps a session for a while, or ends it when it cannot be used again. */
  give(key: string, session: SmtpSession): void;
  /** Ends all. */
  close(): void;
}

/** Makes a pool: at most `LIMITS.outboundIdleConnections`, each for `LIMITS.outboundIdleMs`. */
export function createSessionPool(clock: Clock): SessionPool {
  const idle = new Map<SmtpSession, { key: string; timer: Timer }>();
  let closed = false;

  function drop(session: SmtpSession): void {
    idle.get(session)?.timer.cancel();
    idle.delete(session);
  }

  return {
    take(key) {
      for (const [session, entry] of idle) {
        if (entry.key !== key) continue;
        drop(session);
        if (!session.wire.closed) return session;
      }
      return null;
    },
    give(key, session) {
      const worn = session.sent >= LIMITS.outboundMessagesPerConnection;
      if (closed || worn || !session.reusable || session.wire.closed) return session.wire.quit();
      if (idle.size >= LIMITS.outboundIdleConnections) {
        const oldest = idle.keys().next().value!;
        drop(oldest);
        oldest.wire.quit();
      }
      const timer = clock.after(LIMITS.outboundIdleMs, () => {
        idle.delete(session);
        session.wire.quit();
      });
      idle.set(session, { key, timer });
    },
    close() {
      closed = true;
      for (const session of [...idle.keys()]) {
        drop(session);
        session.wire.quit();
      }
    },
  };
}
