import { newId } from "../../base/id.ts";
import { LIMITS } from "../../base/limits.ts";
import { separateBareText } from "../../codec/message/bare_text.ts";
import { fixUpSubmission } from "../../codec/message/fixups.ts";
import { countReceived } from "../../codec/message/received.ts";
import { summarize } from "../../codec/message/summarize.ts";
import { deliver } from "./deliver.ts";
import { isTemporaryReply, type Reply } from "./reply.ts";
import type { SmtpSession } from "./session.ts";

/** Takes a complete message: trace, delivery, and the reply, which leaves only when every copy is safe. */
export async function acceptMessage(session: SmtpSession, content: Uint8Array): Promise<void> {
  const { context } = session;
  const transaction = session.transaction!;
  const startedMs = context.clock.monotonicMs();
  // RFC 5321 §6.3.
  if (countReceived(content) > LIMITS.receivedHeaders) {
    return refuseMessage(session, {
      code: 554,
      enhanced: "5.4.6",
      text: "too many hops, this message loops",
    });
  }
  const nowMs = context.clock.nowMs();
  const id = newId(nowMs, context.random);
  const raw = session.account === null ? separateBareText(content) : fixUpSubmission(content, {
    nowMs,
    messageId: `${id}@${context.hostname}`,
    sender: transaction.from ?? session.account.address,
  });
  const replies = await deliver(session, { id, raw, summary: summarize(raw), nowMs, startedMs });
  for (const reply of replies) {
    if (reply.code < 300) session.send(reply);
    else session.reject(reply, { id, from: transaction.from ?? "" });
  }
  const result = outcomeOf(replies);
  if (result === "accepted") session.messages++;
  context.metrics.count("smtp_messages", { result, protocol: session.listener.protocol });
  context.metrics.observe("delivery_seconds", (context.clock.monotonicMs() - startedMs) / 1000);
}

/** Refuses a message after its text: one reply, or one for each recipient on LMTP (RFC 2033 §4.2). */
export function refuseMessage(session: SmtpSession, reply: Reply): void {
  const transaction = session.transaction!;
  const count = session.isLmtp ? transaction.recipients.length : 1;
  for (let i = 0; i < count; i++) session.reject(reply, { from: transaction.from ?? "" });
  session.context.metrics.count("smtp_messages", {
    result: outcomeOf([reply]),
    protocol: session.listener.protocol,
  });
}

function outcomeOf(replies: readonly Reply[]): "accepted" | "deferred" | "rejected" {
  if (replies.some((reply) => reply.code < 300)) return "accepted";
  return replies.some(isTemporaryReply) ? "deferred" : "rejected";
}
