import { LIMITS } from "../../base/limits.ts";
import type { ReceiverEvent } from "../../codec/imap/receiver.ts";
import { formatReply, no, type Reply } from "./reply.ts";
import { countError } from "./input.ts";
import type { SieveSession } from "./session.ts";

/** A script that is refused is skipped up to this size, as its octets are on their way; a larger one ends the session. */
const SKIP_BYTES = 64 * LIMITS.scriptBytes;

/** Names and the like beside the script of one command, if they come as literals. */
const MORE_BYTES = 16 * 1024;

/** Takes or refuses the literal a client announces (RFC 5804 §4, literal-c2s). */
export function answerLiteral(
  session: SieveSession,
  event: Extract<ReceiverEvent, { kind: "literal" }>,
): void {
  // `{n}` is the server's form. The client may or may not wait before its octets: nobody could tell commands from them.
  if (event.sync || event.binary) session.stop({ code: null, text: "a literal is announced as {number+}" });
  const refusal = refuse(session, event);
  if (!refusal) {
    session.heldBytes += event.size;
    return session.receiver.acceptLiteral();
  }
  if (event.size > SKIP_BYTES) session.stop({ code: refusal.code, text: refusal.text });
  session.releaseLiterals();
  session.receiver.refuseLiteral();
  session.write(formatReply(refusal));
  countError(session);
}

function refuse(
  session: SieveSession,
  { size, begin }: Extract<ReceiverEvent, { kind: "literal" }>,
): Reply | null {
  const total = session.heldBytes + size;
  if (!session.account) {
    if (total > LIMITS.manageSieveUnauthenticatedLiteralBytes) return no("literal too large before login");
  } else if (total > LIMITS.scriptBytes + MORE_BYTES) {
    const script = /^(?:PUT|CHECK)SCRIPT /i.test(begin);
    return script
      ? no(`a script has at most ${LIMITS.scriptBytes} bytes`, "QUOTA/MAXSIZE")
      : no("literal too large");
  }
  if (!session.context.ingest.take(size)) {
    return no("the server is receiving too much, try later", "TRYLATER");
  }
  return null;
}
