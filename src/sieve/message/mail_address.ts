import {
  type HeaderAddress,
  MISSING_DOMAIN,
  MISSING_MAILBOX,
  parseAddressList,
} from "../../codec/text/address.ts";
import { decodeWords } from "../../codec/text/encoded_word.ts";

/** An address as tests compare it: without name, comment and source route (RFC 5228 §2.7.4). */
export interface MailAddress {
  /** The whole of it as text; of one that is broken, what could be read. */
  all: string;
  /** Null when it is not a valid address. */
  localPart: string | null;
  domain: string | null;
}

/** The null sender, and an empty address. */
const NULL_ADDRESS: MailAddress = { all: "", localPart: null, domain: null };

/** The addresses of a header field's value (wire text), those in groups among them (RFC 5228 §5.1). */
export function addressesOf(wire: string): MailAddress[] {
  const out: MailAddress[] = [];
  for (const { mailbox, host } of parseAddressList(wire)) {
    if (host !== null && mailbox !== null) out.push(toAddress({ mailbox, host }));
  }
  return out;
}

function toAddress({ mailbox, host }: Pick<HeaderAddress, "mailbox" | "host">): MailAddress {
  const localPart = mailbox === MISSING_MAILBOX ? null : decodeWords(mailbox ?? "");
  const domain = host === MISSING_DOMAIN || host === "SYNTAX_ERROR" ? null : decodeWords(host ?? "");
  if (localPart !== null && domain !== null) return { all: `${localPart}@${domain}`, localPart, domain };
  return { all: localPart ?? domain ?? "", localPart: null, domain: null };
}

/** An address of the envelope: `local@domain`, or without a domain. */
export function envelopeAddress(text: string | null): MailAddress {
  if (text === null || text === "") return NULL_ADDRESS;
  const at = text.lastIndexOf("@");
  if (at < 0) return { all: text, localPart: text, domain: "" };
  return { all: text, localPart: text.slice(0, at), domain: text.slice(at + 1) };
}
