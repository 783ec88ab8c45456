import { LIMITS } from "../../base/limits.ts";
import type { SmtpCommand } from "../../codec/smtp/command.ts";
import { DotReader } from "../../codec/smtp/dot_reader.ts";
import { normalizeLineEnds } from "../../codec/smtp/dot_writer.ts";
import { ConnectionClosed, ReadTimeout } from "../../net/connection.ts";
import { acceptMessage, refuseMessage } from "./accept.ts";
import { BAD_SEQUENCE, NEED_RCPT, type Reply } from "./reply.ts";
import type { SmtpSession } from "./session.ts";
import { HeldMessage, type Transaction } from "./transaction.ts";

/** The least data rate counts from here on. */
const RATE_GRACE_MS = 60_000;

/** DATA, RFC 5321 §4.1.1.4. */
export async function onData(session: SmtpSession, _: Extract<SmtpCommand, { verb: "DATA" }>): Promise<void> {
  const transaction = session.transaction!;
  const refusal = dataRefusal(transaction);
  if (refusal) return session.mistake(refusal);
  const held = new HeldMessage(session.context.ingest, session.messageBytes);
  held.reserve(1);
  if (held.starved) return session.send(STARVED);
  transaction.collected = held;
  session.reply(354, null, "end data with <CR><LF>.<CR><LF>");
  const reader = new DotReader(held, LIMITS.smtpTextLineBytes);
  await receive(session, (chunk) => reader.push(chunk));
  // RFC 6409 §8: a submission server may mend what its own users' programs send, as `curl -T` does with a file of
  // bare LFs. Only CRLF.CRLF has ended it, and it leaves with its dots stuffed anew, so nothing can be smuggled.
  const mends = session.account !== null && reader.bareLineEnd;
  const fault = contentRefusal(session, held, mends ? { bareLineEnd: false, lineTooLong: false } : reader);
  if (fault) refuseMessage(session, fault);
  else await acceptMessage(session, mends ? normalizeLineEnds(held.bytes) : held.bytes);
  session.resetTransaction();
}

const STARVED: Reply = { code: 452, enhanced: "4.3.1", text: "too much mail at once, try again later" };

function dataRefusal(transaction: Transaction): Reply | null {
  if (transaction.collected) {
    return { code: 503, enhanced: BAD_SEQUENCE, text: "BDAT has begun this message" };
  }
  // RFC 3030 §3: a binary message cannot pass DATA.
  if (transaction.parameters.body === "binarymime") {
    return { code: 503, enhanced: BAD_SEQUENCE, text: "BODY=BINARYMIME needs BDAT" };
  }
  if (transaction.recipients.length === 0) return NEED_RCPT;
  return null;
}

/** What is wrong with a message as it came; null when nothing is. */
export function contentRefusal(
  session: SmtpSession,
  held: HeldMessage,
  lines: { bareLineEnd: boolean; lineTooLong: boolean },
): Reply | null {
  if (lines.bareLineEnd) {
    return { code: 554, enhanced: "5.6.0", text: "bare CR or LF in the message (RFC 5321 section 2.3.8)" };
  }
  if (lines.lineTooLong) {
    return { code: 554, enhanced: "5.6.0", text: `a line is over ${LIMITS.smtpTextLineBytes} bytes` };
  }
  if (held.collector.tooBig) {
    return { code: 552, enhanced: "5.3.4", text: `messages may have ${session.messageBytes} bytes` };
  }
  return held.starved ? STARVED : null;
}

/**
 * Feeds input to `take` until that answers the bytes which are not its own. Ends the session by `ReadTimeout` when the
 * client is silent, slower than `LIMITS.smtpDataBytesPerSecond`, or not done in `LIMITS.smtpDataMs`.
 */
export async function receive(
  session: SmtpSession,
  take: (chunk: Uint8Array) => Uint8Array | null,
): Promise<void> {
  const { connection, context } = session;
  const startMs = context.clock.monotonicMs();
  let received = 0, elapsedMs = 0;
  for (;;) {
    const chunk = connection.tryRead() ??
      await connection.read(Math.min(LIMITS.smtpIdleMs, LIMITS.smtpDataMs - elapsedMs));
    if (chunk === null) throw new ConnectionClosed("the client went away inside a message");
    const rest = take(chunk);
    if (rest !== null) return connection.unread(rest);
    received += chunk.length;
    elapsedMs = context.clock.monotonicMs() - startMs;
    const slow = elapsedMs > RATE_GRACE_MS && received * 1000 < LIMITS.smtpDataBytesPerSecond * elapsedMs;
    if (slow || elapsedMs >= LIMITS.smtpDataMs) throw new ReadTimeout("the message comes too slowly");
  }
}
