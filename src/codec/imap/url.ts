import type { SectionSpec } from "../message/section.ts";
import { Arguments, commandParts } from "./arguments.ts";
import { parseSectionSpec } from "./fetch_items.ts";

/** A message or a part of one that a relative IMAP URL names (RFC 4469 §3). */
export interface MessageUrl {
  /** UTF-8, NFC; null is the selected folder. */
  folder: string | null;
  uidValidity: number | null;
  uid: number;
  section: SectionSpec;
}

/** `[/folder][;UIDVALIDITY=n]/;UID=n[/;SECTION=…][/;PARTIAL=offset[.length]]` (RFC 5092 §11, iurlauth left out). */
const URL =
  /^(?:\/?([^;]+?)(?:;uidvalidity=(\d{1,10}))?\/|\/?);uid=(\d{1,10})(?:\/;section=([^;]+?))?(?:\/;partial=(\d{1,15})(?:\.(\d{1,15}))?)?$/i;

const strictUtf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * Parses a URL of CATENATE, with the range of octets of URL-PARTIAL (RFC 5550 §3.5). Throws SyntaxError for anything
 * else: a URL with a scheme or a server leads outside of this session.
 */
export function parseMessageUrl(text: string): MessageUrl {
  const found = /^(?:\/\/|[a-z][a-z0-9+.-]*:)/i.test(text) ? null : URL.exec(text);
  if (!found) throw new SyntaxError("not a URL of a message here");
  const [, folder, uidValidity, uid, section, offset, count] = found;
  const spec = parseSection(section === undefined ? "" : decode(section));
  if (offset !== undefined) {
    spec.partial = { offset: Number(offset), count: Number(count ?? Number.MAX_SAFE_INTEGER) };
  }
  return {
    folder: folder === undefined ? null : folderName(decode(folder)),
    uidValidity: uidValidity === undefined ? null : Number(uidValidity),
    uid: Number(uid),
    section: spec,
  };
}

function parseSection(text: string): SectionSpec {
  const args = new Arguments(commandParts(`${text}]`), { utf8: true });
  const spec = parseSectionSpec(args);
  args.expect("]");
  args.end();
  return spec;
}

function folderName(text: string): string {
  const name = text.normalize("NFC");
  return /^inbox(?:\/|$)/i.test(name) ? "INBOX" + name.slice(5) : name;
}

/** Percent-encoding undone (RFC 3986 §2.1): the octets are UTF-8. */
function decode(text: string): string {
  if (/%(?![0-9A-Fa-f]{2})|[^\x21-\x7e]/.test(text)) throw new SyntaxError("bad encoding in a URL");
  const octets = text.replace(/%(..)/g, (_, hex) => String.fromCharCode(parseInt(hex, 16)));
  try {
    return strictUtf8.decode(Uint8Array.from(octets, (char) => char.charCodeAt(0)));
  } catch {
    throw new SyntaxError("a URL is not UTF-8");
  }
}
