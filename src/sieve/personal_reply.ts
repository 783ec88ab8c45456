import { decodedValue, fieldAddresses, type HeaderView } from "./message/header_view.ts";
import type { RunInput } from "./input.ts";

/** Fields that only mail from lists has (RFC 5230 §4.6, RFC 2369, RFC 2919). */
const LIST_FIELDS = [
  "list-id",
  "list-help",
  "list-subscribe",
  "list-unsubscribe",
  "list-post",
  "list-owner",
  "list-archive",
];
const RECIPIENT_FIELDS = ["to", "cc", "bcc", "resent-to", "resent-cc", "resent-bcc"];
/** Senders behind which there is nobody (RFC 5230 §4.6, RFC 3834 §2). */
const NOBODY =
  /^(?:mailer-daemon|listserv|majordomo|noreply|no-reply|do-not-reply|donotreply|bounces?|owner-.*|.*-(?:request|bounces?|owner|relay))(?:[+=-].*)?$/i;

/**
 * Why no reply may be sent to a message, or null when one may: it has to be a personal message of somebody who could
 * read the answer (RFC 5230 §4.5 and §4.6, RFC 3834 §2). `addresses` are the owner's by the script.
 */
export function whyNoReply(input: RunInput, header: HeaderView, addresses: readonly string[]): string | null {
  const sender = input.envelope?.from ?? null;
  if (sender === null) return "the message has no sender to answer to";
  if (NOBODY.test(sender.slice(0, Math.max(0, sender.lastIndexOf("@"))))) {
    return `nobody reads mail at ${sender}`;
  }
  const own = ownAddresses(input, addresses);
  if (own.has(sender.toLowerCase())) return "the message comes from the owner";
  const list = LIST_FIELDS.find((name) => header.fields(name).length > 0);
  if (list !== undefined) return `the message came by a mailing list (${list})`;
  if (isAutomatic(header)) return "the message was sent by a program";
  const named = RECIPIENT_FIELDS.some((name) =>
    header.fields(name).some((field) => fieldAddresses(field).some(({ all }) => own.has(all.toLowerCase())))
  );
  return named ? null : "the message is not addressed to the owner";
}

/** Whether a program says that it sent the message (RFC 3834 §5), or asks for no answers. */
function isAutomatic(header: HeaderView): boolean {
  const values = (name: string) => header.fields(name).map((field) => decodedValue(field).toLowerCase());
  return isAutoSubmitted(header) ||
    values("precedence").some((value) => /^(?:bulk|list|junk)\b/.test(value)) ||
    values("x-auto-response-suppress").some((value) => /\b(?:all|oof|autoreply)\b/.test(value));
}

/** An Auto-Submitted field that says other than `no` (RFC 3834 §5). */
export function isAutoSubmitted(header: HeaderView): boolean {
  return header.fields("auto-submitted").some((field) => !/^no(?:\s|;|$|\()/i.test(decodedValue(field)));
}

function ownAddresses({ owner, envelope }: RunInput, addresses: readonly string[]): Set<string> {
  const all = [owner.address, ...owner.aliases, ...addresses];
  if (envelope !== null) all.push(envelope.to);
  if (envelope?.originalTo) all.push(envelope.originalTo);
  return new Set(all.map((address) => address.trim().toLowerCase()));
}
