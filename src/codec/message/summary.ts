import type { MessageBrief } from "./brief.ts";

/**
 * What is worked out once when a message enters, stored beside it, and never parsed again. Wire texts are latin-1
 * strings ("one char, one byte") ready to be written.
 */
export interface MessageSummary {
  /** Octets of the header including the empty line: the body starts here. */
  headerBytes: number;
  /** IMAP ENVELOPE, RFC 9051 §7.5.2. */
  envelope: string;
  /** IMAP BODYSTRUCTURE with extension data. */
  bodyStructure: string;
  /** The MIME tree with byte ranges: answers BODY, BODY[n], BINARY and text extraction without parsing again. */
  parts: MimePart;
  /** Message-ID without angle brackets; null when there is none. */
  messageId: string | null;
  /** References, then In-Reply-To: ids without angle brackets, at most 30, oldest first. */
  references: string[];
  /** The Date header in milliseconds; null when missing or unreadable. */
  sentAtMs: number | null;
  /** The Date header's day as written, disregarding time and zone, in days since 1970-01-01 (SEARCH SENTON …). */
  sentDay: number | null;
  /** Base subject of RFC 5256 §2.1, decoded, for threading and sorting. */
  baseSubject: string;
  /** Whether the subject said that this is a reply or a forward, RFC 5256 §2.1 (THREAD=REFERENCES needs it). */
  isReply: boolean;
  /** Decoded Subject. */
  subject: string;
  /** First address of the field as `{name, mailbox, host}`, decoded, for sorting and display; null when none. */
  from: SummaryAddress | null;
  to: SummaryAddress | null;
  cc: SummaryAddress | null;
  /** The first about 200 characters of readable text, RFC 8970. */
  preview: string;
  /** What SORT, THREAD and SEARCH compare; an earlier release, here or on the other server, left it out. */
  brief?: MessageBrief;
}

/** One address of a header field. */
export interface SummaryAddress {
  name: string;
  mailbox: string;
  host: string;
}

/**
 * One MIME part with its place in the message's bytes, and everything that BODY and BODYSTRUCTURE tell of it. Stored
 * as JSON, so what is absent is left out. Texts are latin-1 wire text.
 */
export interface MimePart {
  /** Lower-case; `text`, `plain` when nothing else is said. */
  type: string;
  subtype: string;
  /** Content-Type parameters: RFC 2231 pieces joined; a value with charset and %-escapes keeps them and its name ends with `*`. */
  params: [string, string][];
  /** Content-Transfer-Encoding, lower-case; `7bit` when nothing is said, `unknown` when it cannot be read. */
  encoding: string;
  /** Type, subtype and encoding as written, when one of them was not in lower case. */
  written?: [string, string, string];
  /** Offset of the part's header; for the root 0. */
  headerStart: number;
  /** Offset of the first octet after the header's empty line. */
  bodyStart: number;
  /** Offset after the last octet of the body (before the CRLF that belongs to the boundary). */
  bodyEnd: number;
  /** Lines of the body (text/* and message/rfc822), RFC 9051 §7.5.2. */
  lines: number;
  /** Content-ID, Content-Description, Content-MD5 and Content-Location. */
  id?: string;
  description?: string;
  md5?: string;
  location?: string;
  /** Content-Disposition and its parameters, RFC 2183. */
  disposition?: string;
  dispositionParams?: [string, string][];
  /** Content-Language tags. */
  language?: string[];
  /** ENVELOPE of the embedded message (message/rfc822, message/global). */
  envelope?: string;
  /** Children of a multipart, or the one embedded message of message/rfc822 or message/global. */
  children: MimePart[];
}
