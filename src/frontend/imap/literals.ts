import { LIMITS } from "../../base/limits.ts";
import type { ReceiverEvent } from "../../codec/imap/receiver.ts";
import { formatReply, no, type Reply } from "./reply.ts";
import type { Session } from "./session.ts";

/** A refused literal that is on its way all the same is skipped up to this size; a larger one ends the session. */
const SKIP_BYTES = 8 * LIMITS.frameBytes;

/** Takes or refuses the literal a client announces (RFC 9051 §4.3, RFC 7888, RFC 7889 §4). */
export function answerLiteral(session: Session, event: Extract<ReceiverEvent, { kind: "literal" }>): void {
  const refusal = refuse(session, event.begin, event.size);
  if (!refusal) {
    session.literalBytes += event.size;
    session.heldBytes += event.size;
    session.receiver.acceptLiteral();
    if (event.sync) session.write("+ OK\r\n");
    return;
  }
  if (!event.sync && event.size > SKIP_BYTES) session.stop("Literal too large");
  releaseLiterals(session);
  session.receiver.refuseLiteral();
  const tag = /^[^\x00-\x20(){%*"\\+\x7f-\xff]{1,128}(?= )/.exec(event.begin)?.[0];
  session.write(formatReply(tag ?? "*", refusal, session.language));
}

/** Gives back what the command being received has taken. */
export function releaseLiterals(session: Session): void {
  if (session.heldBytes) session.context.ingest.give(session.heldBytes);
  session.heldBytes = 0;
  session.literalBytes = 0;
}

function refuse(session: Session, begin: string, size: number): Reply | null {
  const total = session.literalBytes + size;
  if (!session.account) {
    if (total > LIMITS.imapUnauthenticatedLiteralBytes) return no("Literal too large before login", "TOOBIG");
  } else if (/^[^ ]+ (?:APPEND|(?:UID )?REPLACE [0-9*]+) /i.test(begin)) {
    const { messageBytes } = session.account.limits;
    if (size > messageBytes) return no(`Message larger than ${messageBytes} octets`, "TOOBIG");
    if (total > Math.max(messageBytes, LIMITS.frameBytes / 2)) return no("Too much for one APPEND", "LIMIT");
  } else if (total > LIMITS.imapCommandLiteralBytes) return no("Literal too large", "TOOBIG");
  if (!session.context.ingest.take(size)) return no("Server is receiving too much, try later", "UNAVAILABLE");
  return null;
}
