import { MISSING_DOMAIN, MISSING_MAILBOX, parseAddressList } from "../../codec/text/address.ts";
import { parseAddress } from "../../codec/smtp/path.ts";
import { encodedWords } from "./field.ts";

/** `name <address>` for a From field; the name quoted or as encoded-words where it must be (RFC 5322 §3.4). */
export function formatMailbox(name: string, address: string): string {
  const clean = name.replace(/[\x00-\x1f\x7f]+/g, " ").trim();
  if (clean === "") return address;
  if (/[^\x00-\x7f]/.test(clean)) return `${encodedWords(clean).join(" ")} <${address}>`;
  const plain = /^[A-Za-z0-9!#$%&'*+\-/=?^_`{|}~ ]+$/.test(clean);
  return `${plain ? clean : `"${clean.replace(/["\\]/g, "\\$&")}"`} <${address}>`;
}

/** The mailboxes of a text such as `:from` has, written anew; null when it is no list of valid ones. */
export function readMailboxes(text: string): { name: string; address: string }[] | null {
  const list = parseAddressList(text);
  const mailboxes = list.map(({ name, mailbox, host }) => ({
    name: name ?? "",
    address: isWhole(mailbox, MISSING_MAILBOX) && isWhole(host, MISSING_DOMAIN)
      ? parseAddress(`${quoted(mailbox)}@${host}`)
      : null,
  }));
  const valid = mailboxes.filter((one): one is { name: string; address: string } => one.address !== null);
  return valid.length > 0 && valid.length === mailboxes.length ? valid : null;
}

/** The one address that a text is, alone or with a name before it (RFC 5228 §2.4.2.3); null when it is none. */
export function readOneAddress(text: string): string | null {
  const mailboxes = readMailboxes(text);
  return mailboxes?.length === 1 ? mailboxes[0].address : null;
}

function isWhole(part: string | null, missing: string): part is string {
  return part !== null && part !== missing;
}

/** A local part as it stands on the wire. */
function quoted(localPart: string): string {
  return /^[^\s"(),:;<>@[\\\]]+$/.test(localPart) ? localPart : `"${localPart.replace(/["\\]/g, "\\$&")}"`;
}
