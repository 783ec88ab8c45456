import { LIMITS } from "../../base/limits.ts";
import type { ReceiverEvent } from "../../codec/imap/receiver.ts";
import { ReadTimeout } from "../../net/connection.ts";
import { closeOnClientHello } from "../client_hello.ts";
import type { Session } from "./session.ts";

/** The next thing the client sent; null at the end of its input. */
export async function nextEvent(session: Session): Promise<Exclude<ReceiverEvent, { kind: "need" }> | null> {
  const { clock } = session.context;
  const startMs = clock.monotonicMs(), startBytes = session.bytesIn;
  const deadline = startMs + LIMITS.imapUnauthenticatedMs;
  for (;;) {
    const event = session.receiver.next();
    if (event.kind !== "need") return event;
    if (session.heldBytes && isSlow(session.bytesIn - startBytes, clock.monotonicMs() - startMs)) {
      throw new ReadTimeout("the literal comes too slowly");
    }
    // Before login the whole command must come in time, so that a byte a second does not hold a session.
    const timeoutMs = !session.account
      ? deadline - clock.monotonicMs()
      : session.heldBytes
      ? LIMITS.imapLiteralStallMs
      : LIMITS.imapIdleMs;
    if (!await fill(session, timeoutMs)) return null;
  }
}

/** A literal holds a share of the ingest budget: after a minute its least rate counts. */
function isSlow(receivedBytes: number, elapsedMs: number): boolean {
  return elapsedMs > LIMITS.imapLiteralStallMs &&
    receivedBytes * 1000 < LIMITS.imapLiteralBytesPerSecond * elapsedMs;
}

/** The next raw line (IDLE, SASL); null at the end of input. */
export async function readLine(session: Session, timeoutMs: number): Promise<string | null> {
  for (;;) {
    const line = session.receiver.nextLine();
    if (line !== null) return line;
    if (!await fill(session, timeoutMs)) return null;
  }
}

async function fill(session: Session, timeoutMs: number): Promise<boolean> {
  const { connection } = session;
  let bytes = connection.tryRead();
  if (!bytes) {
    if (session.ending !== null) session.stop(session.ending);
    session.waiting = true;
    session.notifier?.wake();
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
