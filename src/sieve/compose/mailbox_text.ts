import { parseAddressList } from "../../codec/text/address.ts";
import { parseAddress } from "../../codec/smtp/path.ts";
import { encodedWords } from "./field.ts";

/** `name <address>` for a From field; the name quoted or as encoded-words where it must be (RFC 5322 §3.4). */
export function formatMailbox(name: string, address: string): string {
  // deno-lint-ignore no-control-regex
  const clean = name.replace(/[\x00-\x1f\x7f]+/g, " ").trim();
  if (clean === "") return address;
  // deno-lint-ignore no-control-regex
  if (/[^\x00-\x7f]/.test(clean)) return `${encodedWords(clean).join(" ")} <${address}>`;
  const plain = /^[A-Za-z0-9!#$%&'*+\-/=?^_`{|}~ ]+$/.test(clean);
  return `${plain ? clean : `"${clean.replace(/["\\]/g, "\\$&")}"`} <${address}>`;
}

/** The mailboxes of a text such as `:from` has, written anew; null when it is no list of valid ones. */
export function readMailboxes(text: string): { name: string; address: string }[] | null {
  const list = parseAddressList(text);
  const mailboxes = list.map(({ name, mailbox, host }) => ({
    name: name ?? "",
    address: mailbox !== null && host !== null ? parseAddress(`${mailbox}@${host}`) : null,
  }));
  const valid = mailboxes.filter((one): one is { name: string; address: string } => one.address !== null);
  return valid.length > 0 && valid.length === mailboxes.length ? valid : null;
}
