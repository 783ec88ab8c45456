import { LIMITS } from "../../base/limits.ts";
import type { CommandParts, ReceiverEvent } from "../../codec/imap/receiver.ts";
import { closeOnClientHello } from "../client_hello.ts";
import { answerLiteral } from "./literals.ts";
import { formatReply, no } from "./reply.ts";
import type { SieveSession } from "./session.ts";

/** The next command or SASL answer as it came; null at the end of input. What is too long is refused here. */
export async function nextParts(session: SieveSession): Promise<CommandParts | null> {
  for (;;) {
    const event = await nextEvent(session);
    if (event === null) return null;
    if (event.kind === "command") return event.parts;
    if (event.kind === "literal") answerLiteral(session, event);
    else {
      session.releaseLiterals();
      session.write(formatReply(no("command line too long")));
      countError(session);
    }
  }
}

/** Too many bad commands end the session. */
export function countError(session: SieveSession): void {
  if (++session.errors >= LIMITS.manageSieveErrors) session.stop({ code: null, text: "too many errors" });
}

async function nextEvent(
  session: SieveSession,
): Promise<Exclude<ReceiverEvent, { kind: "need" }> | null> {
  const { clock } = session.context;
  const startMs = clock.monotonicMs();
  for (;;) {
    const event = session.receiver.next();
    if (event.kind !== "need") return event;
    const elapsedMs = clock.monotonicMs() - startMs;
    // A whole command must come in time, so that a byte a second holds neither a session nor memory.
    const mostMs = !session.account
      ? LIMITS.manageSieveUnauthenticatedMs
      : session.heldBytes
      ? LIMITS.manageSieveUploadMs
      : LIMITS.manageSieveIdleMs;
    if (!await fill(session, mostMs - elapsedMs)) return null;
  }
}

async function fill(session: SieveSession, timeoutMs: number): Promise<boolean> {
  const { connection } = session;
  let bytes = connection.tryRead();
  if (!bytes) {
    await session.drain();
    if (session.ending !== null) session.stop(session.ending);
    session.waiting = true;
    try {
      bytes = await connection.read(Math.max(1, timeoutMs));
    } finally {
      session.waiting = false;
    }
    if (!bytes) return false;
  }
  if (!session.bytesIn && connection.tls === null && closeOnClientHello(session, bytes)) return false;
  session.bytesIn += bytes.length;
  session.receiver.push(bytes);
  return true;
}
