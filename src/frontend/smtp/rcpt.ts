import type { Resolution } from "../../../actors/directory/contract.ts";
import type { MailboxContract } from "../../../actors/mailbox/contract.ts";
import { asFault, Fault } from "../../base/fault.ts";
import { LIMITS } from "../../base/limits.ts";
import { errorFields } from "../../base/log.ts";
import type { SmtpCommand } from "../../codec/smtp/command.ts";
import { domainOf, localPartOf } from "../../codec/smtp/path.ts";
import { resolveCache } from "../resolve_cache.ts";
import { askPosting } from "./poster.ts";
import { faultReply, type Reply } from "./reply.ts";
import type { SmtpSession } from "./session.ts";
import { usageHints } from "./usage_hints.ts";

type Rcpt = Extract<SmtpCommand, { verb: "RCPT" }>;
type Mailbox = Resolution["mailboxes"][number];

const NOT_ASCII = /[^\0-\x7f]/;

/**
 * RCPT, RFC 5321 §4.1.1.3: who it is, and whether there is room, is found out here, where a refusal costs nobody a
 * bounce.
 */
export async function onRcpt(session: SmtpSession, command: Rcpt): Promise<void> {
  const { to, parameters } = command;
  const transaction = session.transaction!;
  const refuse = (reply: Reply) => {
    session.context.metrics.count("smtp_recipients", { result: reply.code < 500 ? "deferred" : "rejected" });
    session.reject(reply, { from: transaction.from ?? "", to });
  };
  if (transaction.recipients.length >= LIMITS.smtpRecipients) {
    return refuse({ code: 452, enhanced: "4.5.3", text: "too many recipients" });
  }
  if (!transaction.parameters.smtpUtf8 && NOT_ASCII.test(to)) {
    return refuse({ code: 553, enhanced: "5.6.7", text: "the address needs SMTPUTF8" });
  }
  try {
    const { mailboxes: found, external } = await resolve(session, to);
    const mailboxes = await withoutRefused(session, found, external);
    const refusal = disabledReply(mailboxes, external) ??
      await roomReply(session, to, mailboxes, external, transaction.parameters.sizeBytes);
    if (refusal) return refuse(refusal);
    transaction.recipients.push({ address: to, dsn: parameters, mailboxes, external });
  } catch (error) {
    const fault = asFault(error);
    if (fault.code === "internal") session.log.error("smtp.internal", errorFields(fault));
    return refuse(faultReply(fault, { invalid: [550, "5.1.3"], limit: [450, "4.3.2"] }));
  }
  session.context.metrics.count("smtp_recipients", { result: "accepted" });
  session.reply(250, "2.1.5", "recipient ok");
}

/**
 * Where mail for an address goes. What is not ours is only taken from accounts; neither a percent sign, nor quotes, nor
 * a source route makes anything ours: the address is looked up as a whole, by its last `@`.
 */
async function resolve(session: SmtpSession, to: string): Promise<Resolution> {
  const authenticated = session.account !== null;
  try {
    return await resolveCache(session.context)(to, authenticated);
  } catch (error) {
    if (!(error instanceof Fault) || error.code !== "denied") throw error;
    const { local } = await session.directory.ask("hasDomain", { domain: domainOf(to) });
    if (local) throw error;
    if (!authenticated && !session.mayRelay) throw new Fault("denied", "relay access denied");
    if (to.endsWith("]")) throw new Fault("denied", "address literals are not sent to");
    return { mailboxes: [], external: [to] };
  }
}

/**
 * Folders with an address of their own take mail by rights (RFC 4314 §4, `p`). Those that do not are left out when the
 * address leads elsewhere, too; else the refusal is the answer.
 */
async function withoutRefused(
  session: SmtpSession,
  mailboxes: Mailbox[],
  external: string[],
): Promise<Mailbox[]> {
  if (mailboxes.every(({ folder }) => folder === undefined)) return mailboxes;
  const open: Mailbox[] = [];
  let refusal: Fault | null = null;
  for (const box of mailboxes) {
    try {
      await askPosting(session, box);
      open.push(box);
    } catch (error) {
      if (!(error instanceof Fault) || !["denied", "not_found"].includes(error.code)) throw error;
      refusal = error;
    }
  }
  if (refusal && !open.length && !external.length) throw refusal;
  return open;
}

/** All mailboxes behind the address are switched off. */
function disabledReply(mailboxes: Mailbox[], external: string[]): Reply | null {
  if (external.length > 0 || mailboxes.some((box) => box.delivery === "accept")) return null;
  return mailboxes.some((box) => box.delivery === "refuse-temporary")
    ? { code: 450, enhanced: "4.2.1", text: "mailbox is switched off for now" }
    : { code: 550, enhanced: "5.2.1", text: "mailbox is disabled" };
}

/**
 * Refuses when no mailbox behind the address has room for the message (its declared size, or anything at all). The
 * postmaster always has room (RFC 5321 §4.5.1).
 */
async function roomReply(
  session: SmtpSession,
  to: string,
  mailboxes: Mailbox[],
  external: string[],
  declaredBytes: number | null,
): Promise<Reply | null> {
  if (external.length > 0 || localPartOf(to).toLowerCase() === "postmaster") return null;
  let refusal: Reply | null = null;
  for (const { account, delivery } of mailboxes) {
    if (delivery !== "accept") continue;
    const found = await mailboxRoom(session, account, declaredBytes ?? 1);
    if (found === null) return null;
    refusal ??= found;
  }
  return refusal;
}

async function mailboxRoom(
  session: SmtpSession,
  account: Mailbox["account"],
  bytes: number,
): Promise<Reply | null> {
  const { quotaBytes, messageBytes } = account.limits;
  if (bytes > messageBytes) {
    return { code: 552, enhanced: "5.3.4", text: `this mailbox takes messages of ${messageBytes} bytes` };
  }
  if (quotaBytes === null) return null;
  const hints = usageHints(session.context);
  const nowMs = session.context.clock.monotonicMs();
  if (hints.hasRoom(account.id, bytes, quotaBytes, nowMs)) return null;
  const usage = await session.context.system.ref<MailboxContract>(`mailbox:${account.id}`).ask("usage", {});
  hints.learn(account.id, usage.bytes, nowMs);
  if (usage.bytes + bytes <= quotaBytes) return null;
  return session.context.fullIsTemporary
    ? { code: 452, enhanced: "4.2.2", text: "mailbox is full for now" }
    : { code: 552, enhanced: "5.2.2", text: "mailbox is full" };
}
