import { domainToASCII } from "node:url";
import type { AttemptResult, DsnRecipient, QueueEnvelope } from "../../actors/queue/contract.ts";
import type { SmtpReply } from "../codec/smtp/reply.ts";
import { encodeXtext } from "../codec/smtp/xtext.ts";
import { createDataEncoder } from "./data_encoder.ts";
import { sizeLimit } from "./extensions.ts";
import { AttemptFailure, ConnectionLost, replyFailure, replyStatus, replyText } from "./failure.ts";
import type { SmtpSession } from "./smtp_client.ts";

/** A recipient of one transaction; `id` is the queue's. */
export interface Recipient {
  id: number;
  address: string;
  dsn: DsnRecipient;
}

/** A message on its way over one session. */
export interface OutgoingMessage {
  envelope: Omit<QueueEnvelope, "recipients">;
  sizeBytes: number;
  /** Header fields hold octets above 127. */
  utf8Header: boolean;
  /** The message has octets above 127 anywhere; asked only when the server takes 7-bit mail alone. */
  has8bit(): Promise<boolean>;
  /** The message from its start, page by page. */
  pages(): AsyncIterable<Uint8Array>;
}

/** The connection had ended before this transaction began: nothing was tried, a new connection may be. */
export class StaleSession extends Error {}

/**
 * Sends one message to at most a hundred recipients and answers for each. What concerns one recipient only never
 * fails the others (RFC 5321 §3.3). A loss after the final dot and before its answer is told as temporary: the
 * message may then arrive twice, which RFC 5321 §4.5.3.2.6 prefers to not at all. Throws `StaleSession`.
 */
export async function sendMessage(
  session: SmtpSession,
  message: OutgoingMessage,
  recipients: readonly Recipient[],
): Promise<AttemptResult[]> {
  const { host } = session.wire.target;
  const results = new Map<number, AttemptResult>();
  const fail = (of: readonly Recipient[], { outcome, status, message, remoteMta }: AttemptFailure) => {
    for (const { id } of of) {
      if (!results.has(id)) results.set(id, { recipient: id, outcome, status, reply: message, remoteMta });
    }
  };
  const refusal = await unsendable(session, message, recipients);
  if (refusal) fail(recipients, refusal);
  else {
    session.reusable = false;
    try {
      await transact(session, message, recipients, results, fail);
    } catch (error) {
      if (!(error instanceof AttemptFailure)) throw error;
      fail(recipients, error);
    }
    session.sent++;
  }
  const missing = new AttemptFailure("temporary", "4.5.0", `451 4.5.0 ${host} gave no answer`, host);
  fail(recipients, missing);
  return recipients.map(({ id }) => results.get(id)!);
}

/** Why this server cannot take this message whatever it is asked; null when it may. */
async function unsendable(
  { extensions, wire }: SmtpSession,
  message: OutgoingMessage,
  recipients: readonly Recipient[],
): Promise<AttemptFailure | null> {
  const { envelope, sizeBytes } = message;
  const { host } = wire.target;
  const refuse = (code: number, status: string, why: string) =>
    new AttemptFailure("permanent", status, `${code} ${status} ${why}`, host);
  const limit = sizeLimit(extensions);
  if (limit !== null && sizeBytes > limit) {
    return refuse(552, "5.3.4", `message of ${sizeBytes} bytes, ${host} takes ${limit}`);
  }
  // RFC 6531 §3.5: the message cannot be rewritten on its way.
  if (!extensions.has("SMTPUTF8") && needsUtf8(message, recipients)) {
    return refuse(550, "5.6.7", `SMTPUTF8 is needed and ${host} does not offer it`);
  }
  // RFC 3030 §3: without CHUNKING there is no way to send what is not lines.
  if (envelope.body === "binarymime" && !(extensions.has("BINARYMIME") && extensions.has("CHUNKING"))) {
    return refuse(554, "5.6.1", `binary content and ${host} does not offer BINARYMIME`);
  }
  // RFC 6152 §3
  if (envelope.body === "8bitmime" && !extensions.has("8BITMIME") && await message.has8bit()) {
    return refuse(554, "5.6.3", `8-bit content and ${host} does not offer 8BITMIME`);
  }
  // RFC 8689 §4.2.1
  if (envelope.requireTls && !extensions.has("REQUIRETLS")) {
    return refuse(550, "5.7.30", `REQUIRETLS is needed and ${host} does not offer it`);
  }
  return null;
}

function needsUtf8(message: OutgoingMessage, recipients: readonly Recipient[]): boolean {
  const { envelope, utf8Header } = message;
  if (envelope.smtpUtf8 && utf8Header) return true;
  const local = (address: string) => address.slice(0, Math.max(0, address.lastIndexOf("@")));
  return [envelope.from ?? "", ...recipients.map((r) => r.address)].some((address) =>
    !isAscii(local(address))
  );
}

function isAscii(text: string): boolean {
  return /^[\x00-\x7f]*$/.test(text);
}

type Fail = (of: readonly Recipient[], failure: AttemptFailure) => void;

async function transact(
  session: SmtpSession,
  message: OutgoingMessage,
  recipients: readonly Recipient[],
  results: Map<number, AttemptResult>,
  fail: Fail,
): Promise<void> {
  const { wire, extensions, timeouts } = session;
  const { host } = wire.target;
  const binary = message.envelope.body === "binarymime";
  const commands = [
    mailCommand(session, message, recipients),
    ...recipients.map((r) => rcptCommand(session, message, r)),
  ];
  if (!binary) commands.push("DATA\r\n");
  const next = replies(session, commands);
  const mail = await firstReply(session, next);
  if (mail.code !== 250) fail(recipients, replyFailure(mail, host));
  if (mail.code !== 250 && !extensions.has("PIPELINING")) return;
  const accepted: Recipient[] = [];
  for (const recipient of recipients) {
    const reply = await next();
    if (mail.code === 250 && Math.floor(reply.code / 100) === 2) accepted.push(recipient);
    else fail([recipient], recipientFailure(reply, host));
  }
  if (!accepted.length && !extensions.has("PIPELINING")) return;
  if (binary) {
    if (accepted.length) await sendChunks(session, message);
    else return;
  } else {
    const data = await next();
    if (data.code !== 354) return fail(recipients, replyFailure(data, host));
    // RFC 2920 §3.1: a server may say 354 though nobody was accepted; an empty message ends that.
    if (!accepted.length) await wire.write(".\r\n");
    else await sendData(session, message);
  }
  const final = await wire.readReply(timeouts.finalMs, "after the end of the message");
  if (accepted.length && final.code !== 250) fail(accepted, replyFailure(final, host));
  if (final.code === 250) { for (const { id } of accepted) results.set(id, relayed(id, final, session)); }
  session.reusable = final.code !== 421;
}

function relayed(recipient: number, reply: SmtpReply, { wire, extensions }: SmtpSession): AttemptResult {
  return {
    recipient,
    outcome: "relayed",
    status: replyStatus(reply),
    reply: replyText(reply),
    remoteMta: wire.target.host,
    dsnHandedOver: extensions.has("DSN"),
  };
}

/** RFC 5321 §4.5.3.1.10: 552 to RCPT was once "too many recipients", and then is temporary. */
function recipientFailure(reply: SmtpReply, host: string): AttemptFailure {
  if (reply.code === 552 && reply.enhanced === null) {
    return new AttemptFailure("temporary", "4.5.3", replyText(reply), host);
  }
  return replyFailure(reply, host);
}

/**
 * Sends commands, all at once where PIPELINING allows (RFC 2920), else one for each reply that is asked for. The
 * function answers with one reply after the other.
 */
function replies({ wire, extensions, timeouts }: SmtpSession, commands: string[]): () => Promise<SmtpReply> {
  const pipelining = extensions.has("PIPELINING");
  let at = 0;
  return async () => {
    const command = commands[at];
    if (!pipelining) await wire.write(command);
    else if (at === 0) await wire.write(commands.join(""));
    at++;
    const waitMs = command === "DATA\r\n" ? timeouts.dataMs : timeouts.commandMs;
    return await wire.readReply(waitMs, `after ${command.slice(0, 4)}`);
  };
}

/** The answer to MAIL. A session that was kept open may have ended meanwhile, by itself or with 421. */
async function firstReply(session: SmtpSession, next: () => Promise<SmtpReply>): Promise<SmtpReply> {
  try {
    const reply = await next();
    if (session.sent > 0 && reply.code === 421) throw new StaleSession();
    return reply;
  } catch (error) {
    if (session.sent > 0 && error instanceof ConnectionLost) throw new StaleSession();
    throw error;
  }
}

function mailCommand(
  session: SmtpSession,
  message: OutgoingMessage,
  recipients: readonly Recipient[],
): string {
  const { extensions } = session;
  const { envelope } = message;
  const parameters: string[] = [];
  if (extensions.has("SIZE")) parameters.push(`SIZE=${message.sizeBytes}`);
  if (envelope.body === "binarymime") parameters.push("BODY=BINARYMIME");
  else if (envelope.body === "8bitmime" && extensions.has("8BITMIME")) parameters.push("BODY=8BITMIME");
  if (extensions.has("SMTPUTF8") && (envelope.smtpUtf8 || needsUtf8(message, recipients))) {
    parameters.push("SMTPUTF8");
  }
  if (extensions.has("DSN")) {
    if (envelope.ret) parameters.push(`RET=${envelope.ret.toUpperCase()}`);
    if (envelope.envid) parameters.push(`ENVID=${encodeXtext(envelope.envid)}`);
  }
  if (envelope.requireTls) parameters.push("REQUIRETLS");
  const from = envelope.from === null ? "" : wireAddress(envelope.from, session);
  return `MAIL FROM:<${from}>${parameters.map((text) => " " + text).join("")}\r\n`;
}

function rcptCommand(session: SmtpSession, message: OutgoingMessage, { address, dsn }: Recipient): string {
  let out = `RCPT TO:<${wireAddress(address, session)}>`;
  if (session.extensions.has("DSN")) {
    if (dsn.notify.length) out += ` NOTIFY=${dsn.notify.join(",").toUpperCase()}`;
    if (dsn.orcpt) out += ` ORCPT=${formatOrcpt(dsn.orcpt, message.envelope.smtpUtf8)}`;
  }
  return out + "\r\n";
}

/** `type;address`, RFC 3461 §4.2; with SMTPUTF8 text above ASCII goes as it is (RFC 6533 §3). */
function formatOrcpt(orcpt: string, smtpUtf8: boolean): string {
  const split = orcpt.indexOf(";") + 1;
  const address = orcpt.slice(split);
  if (isAscii(address) || !smtpUtf8) return orcpt.slice(0, split) + encodeXtext(address);
  return orcpt.slice(0, split) +
    [...address].map((char) => isAscii(char) ? encodeXtext(char) : char).join("");
}

/** An address as this server reads it: A-labels where it does not know UTF-8. */
function wireAddress(address: string, { extensions }: SmtpSession): string {
  if (/[\x00-\x1f\x7f]/.test(address)) {
    throw new AttemptFailure("permanent", "5.1.3", "553 5.1.3 control character in an address");
  }
  const at = address.lastIndexOf("@") + 1;
  if (extensions.has("SMTPUTF8") || isAscii(address)) return address;
  return address.slice(0, at) + domainToASCII(address.slice(at));
}

async function sendData({ wire, timeouts }: SmtpSession, message: OutgoingMessage): Promise<void> {
  const encoder = createDataEncoder();
  for await (const page of wholeMessage(wire, message)) {
    await wire.write(encoder.push(page), timeouts.blockMs);
  }
  await wire.write(encoder.end(), timeouts.blockMs);
}

/** RFC 3030 §2. Chunks go out without waiting for their answers only where PIPELINING is offered. */
async function sendChunks(
  { wire, timeouts, extensions }: SmtpSession,
  message: OutgoingMessage,
): Promise<void> {
  let left = message.sizeBytes;
  let waiting = 0;
  if (left === 0) await wire.write("BDAT 0 LAST\r\n");
  for await (const page of wholeMessage(wire, message)) {
    left -= page.length;
    await wire.write(`BDAT ${page.length}${left <= 0 ? " LAST" : ""}\r\n`);
    await wire.write(page, timeouts.blockMs);
    if (left <= 0) break;
    waiting++;
    if (!extensions.has("PIPELINING")) waiting = await readChunkReplies(waiting);
  }
  await readChunkReplies(waiting);

  async function readChunkReplies(count: number): Promise<0> {
    for (; count > 0; count--) {
      const reply = await wire.readReply(timeouts.finalMs, "after BDAT");
      if (reply.code !== 250) throw replyFailure(reply, wire.target.host);
    }
    return 0;
  }
}

/** The message's pages; when they cannot be had the connection is cut, so that the server never takes half a message for a whole one. */
async function* wholeMessage(
  wire: SmtpSession["wire"],
  message: OutgoingMessage,
): AsyncGenerator<Uint8Array> {
  let size = 0;
  try {
    for await (const page of message.pages()) {
      size += page.length;
      yield page;
    }
  } catch (error) {
    wire.destroy();
    throw error;
  }
  if (size !== message.sizeBytes) {
    wire.destroy();
    throw new AttemptFailure("temporary", "4.3.0", "451 4.3.0 the message could not be read from the queue");
  }
}
