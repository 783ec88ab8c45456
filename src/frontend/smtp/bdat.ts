import { EMPTY } from "../../base/bytes.ts";
import type { SmtpCommand } from "../../codec/smtp/command.ts";
import { hasBareLineEnd } from "../../codec/smtp/dot_reader.ts";
import { acceptMessage, refuseMessage } from "./accept.ts";
import { mailRefusal } from "./mail.ts";
import { contentRefusal, receive } from "./data.ts";
import { NEED_MAIL, NEED_RCPT, type Reply } from "./reply.ts";
import type { SmtpSession } from "./session.ts";
import { HeldMessage } from "./transaction.ts";

type Bdat = Extract<SmtpCommand, { verb: "BDAT" }>;

/**
 * BDAT, RFC 3030 §2. Whatever is wrong, the announced octets follow and are read: otherwise they would be taken for
 * commands. After a failed chunk every further one fails until the transaction ends.
 */
export async function onBdat(session: SmtpSession, command: Bdat): Promise<void> {
  const transaction = session.transaction;
  const misplaced = mailRefusal(session) ?? (transaction === null ? NEED_MAIL : null) ??
    (transaction!.recipients.length === 0 ? NEED_RCPT : null);
  if (misplaced || transaction === null) {
    await readChunk(session, command.sizeBytes, null);
    return session.mistake(misplaced ?? NEED_MAIL);
  }
  const held = transaction.collected ??= new HeldMessage(session.context.ingest, session.messageBytes);
  await readChunk(session, command.sizeBytes, transaction.chunkFailure ? null : held);
  const failure = transaction.chunkFailure ?? contentRefusal(session, held, NO_LINES);
  if (!command.last) {
    if (!failure) return session.reply(250, "2.0.0", `${command.sizeBytes} octets received`);
    transaction.chunkFailure = CHUNKS_FAILED;
    return session.reject(failure, { from: transaction.from ?? "" });
  }
  const refusal = failure ?? lineRefusal(session, held, transaction.parameters.body === "binarymime");
  if (refusal) refuseMessage(session, refusal);
  else await acceptMessage(session, held.bytes);
  session.resetTransaction();
}

const NO_LINES = { bareLineEnd: false, lineTooLong: false };
const CHUNKS_FAILED: Reply = {
  code: 503,
  enhanced: "5.5.1",
  text: "an earlier chunk of this message failed",
};

/** Text that came in chunks must have proper line ends too: only BODY=BINARYMIME lifts that (RFC 3030 §3). */
function lineRefusal(session: SmtpSession, held: HeldMessage, binary: boolean): Reply | null {
  if (binary) return null;
  return contentRefusal(session, held, { bareLineEnd: hasBareLineEnd(held.bytes), lineTooLong: false });
}

async function readChunk(session: SmtpSession, sizeBytes: number, held: HeldMessage | null): Promise<void> {
  let left = sizeBytes;
  if (left === 0) return;
  await receive(session, (chunk) => {
    const own = chunk.length > left ? chunk.subarray(0, left) : chunk;
    held?.append(own);
    left -= own.length;
    return left > 0 ? null : own === chunk ? EMPTY : chunk.subarray(own.length);
  });
}
