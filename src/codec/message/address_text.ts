import { type HeaderAddress, MISSING_DOMAIN, MISSING_MAILBOX, parseAddressList } from "../text/address.ts";
import { decodeWords } from "../text/encoded_word.ts";

const ADDRESS_FIELDS: ReadonlySet<string> = new Set(["from", "to", "cc", "bcc"]);

/** Comments, quoted pairs, a quoted local part, and blanks around the at sign. */
const ODD = /[(\\]|\s@|@\s|"@/;

/**
 * The addresses of a field as ENVELOPE has them, decoded, where its value may not hold them as they are: what SEARCH
 * FROM, TO, CC and BCC look for is in the envelope (RFC 9051 §6.4.4). Null for any other value.
 */
export function addressText(lowerName: string, value: string): string | null {
  if (!ODD.test(value) || !ADDRESS_FIELDS.has(lowerName)) return null;
  return parseAddressList(value).map(textOf).filter((text) => text).join(", ");
}

function textOf({ name, mailbox, host }: HeaderAddress): string {
  const shown = decodeWords(name ?? "");
  if (mailbox === null || mailbox === MISSING_MAILBOX) return shown;
  const address = host === null || host === MISSING_DOMAIN ? mailbox : `${mailbox}@${host}`;
  return shown ? `${shown} <${address}>` : address;
}
