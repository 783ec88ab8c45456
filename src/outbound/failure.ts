import type { SmtpReply } from "../codec/smtp/reply.ts";

/**
 * Why an attempt, or one server of it, came to nothing. The message is what the queue keeps and reports quote:
 * `550 5.1.1 no such user` of the remote server, or our own words in the same form.
 */
export class AttemptFailure extends Error {
  constructor(
    readonly outcome: "temporary" | "permanent",
    /** RFC 3463 */
    readonly status: string,
    message: string,
    /** The server that said it; null when nobody was reached. */
    readonly remoteMta: string | null = null,
  ) {
    super(message);
  }
}

/** TLS could not be agreed on; mail that may go in clear text may be sent so on a new connection. */
export class TlsFailure extends AttemptFailure {}

/** The connection ended or said nothing for too long. */
export class ConnectionLost extends AttemptFailure {
  constructor(what: string, remoteMta: string | null) {
    super("temporary", "4.4.2", `451 4.4.2 ${what}`, remoteMta);
  }
}

/** A reply as one line. */
export function replyText(reply: SmtpReply): string {
  const enhanced = reply.enhanced === null ? "" : ` ${reply.enhanced}`;
  return `${reply.code}${enhanced} ${reply.lines.join(" ")}`.trimEnd();
}

/** The status code of a reply; its basic code alone says little more than the class (RFC 3463 §3.1). */
export function replyStatus(reply: SmtpReply): string {
  return reply.enhanced ?? `${Math.floor(reply.code / 100)}.0.0`;
}

/** A negative reply as a failure; whatever is neither 4xx nor 5xx makes no sense here and may do so later. */
export function replyFailure(reply: SmtpReply, remoteMta: string): AttemptFailure {
  const outcome = reply.code >= 500 ? "permanent" : "temporary";
  const status = reply.code >= 400 ? replyStatus(reply) : "4.5.0";
  return new AttemptFailure(outcome, status, replyText(reply), remoteMta);
}
