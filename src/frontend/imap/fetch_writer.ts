import type { FetchRow } from "../../../actors/mailbox/contract.ts";
import { fromLatin1, latin1, utf8 } from "../../base/bytes.ts";
import type { FetchAttribute } from "../../codec/imap/fetch_items.ts";
import { formatFlags, formatInternalDate, formatString } from "../../codec/imap/response.ts";
import { uidHas } from "../../codec/imap/uid_set.ts";
import { formatBody } from "../../codec/message/structure.ts";
import type { SectionResult } from "../../codec/message/section.ts";
import type { MimePart } from "../../codec/message/summary.ts";
import type { FolderView } from "./folder_view.ts";
import type { Session } from "./session.ts";
import { fetchLine } from "./uid_only.ts";

/** Sections up to this size are joined with the text around them; larger ones are written as they are. */
const INLINE_BYTES = 512;

/** Writes the rows of one FETCH (RFC 9051 §7.5.2): one string a page, as far as no large section stands in it. */
export class FetchWriter {
  readonly #withFlags: boolean;
  readonly #withUid: boolean;
  readonly #withModSeq: boolean;
  readonly #anyRecent: boolean;
  #text = "";
  /** A BINARY section could not be decoded (RFC 9051 §6.4.5): it is written as NIL and the FETCH fails. */
  unknownEncoding = false;

  constructor(
    private readonly session: Session,
    private readonly view: FolderView,
    private readonly attributes: readonly FetchAttribute[],
  ) {
    const has = (name: string) => attributes.some((attribute) => attribute.name === name);
    this.#withFlags = has("FLAGS");
    this.#withUid = has("UID");
    this.#withModSeq = has("MODSEQ");
    this.#anyRecent = view.recent.length > 0;
  }

  /** `seenModSeq`: rows that have it got \Seen from this very FETCH; their flags are told (RFC 9051 §6.4.5). */
  writePage(rows: readonly FetchRow[], seenModSeq: number | null): void {
    const { view, attributes } = this;
    for (const row of rows) {
      const seq = view.seqOf(row.uid);
      if (!seq) continue;
      this.#text += fetchLine(this.session, seq, row.uid);
      let section = 0;
      for (let i = 0; i < attributes.length; i++) {
        if (i) this.#text += " ";
        const attribute = attributes[i];
        if (attribute.name === "SECTION") this.#section(attribute.label, row.sections?.[section++] ?? null);
        else this.#text += this.#format(attribute.name, row);
      }
      if (row.modSeq === seenModSeq) this.#text += this.#seen(row);
      this.#text += ")\r\n";
    }
    this.#drain();
  }

  #format(name: Exclude<FetchAttribute["name"], "SECTION">, row: FetchRow): string {
    switch (name) {
      case "UID":
        return `UID ${row.uid}`;
      case "FLAGS":
        return `FLAGS ${this.#flags(row)}`;
      case "INTERNALDATE":
        return `INTERNALDATE "${formatInternalDate(row.internalDateMs)}"`;
      case "RFC822.SIZE":
        return `RFC822.SIZE ${row.size}`;
      case "ENVELOPE":
        return `ENVELOPE ${row.envelope}`;
      case "BODYSTRUCTURE":
        return `BODYSTRUCTURE ${row.bodyStructure}`;
      case "BODY":
        return `BODY ${formatBody(JSON.parse(row.parts ?? "null") as MimePart)}`;
      case "MODSEQ":
        return `MODSEQ (${row.modSeq})`;
      case "EMAILID":
        return `EMAILID (${row.emailId})`;
      case "THREADID":
        return row.threadId ? `THREADID (${row.threadId})` : "THREADID NIL";
      case "SAVEDATE":
        return row.saveDateMs === undefined
          ? "SAVEDATE NIL"
          : `SAVEDATE "${formatInternalDate(row.saveDateMs)}"`;
      case "PREVIEW":
        return `PREVIEW ${row.preview === undefined ? "NIL" : formatString(fromLatin1(utf8(row.preview)))}`;
    }
  }

  #flags(row: FetchRow): string {
    return formatFlags(row.flags, row.keywords, this.#anyRecent && uidHas(this.view.recent, row.uid));
  }

  /** Flags that this FETCH changed, with UID and mod-sequence where the client wants them (RFC 7162 §3.2.4). */
  #seen(row: FetchRow): string {
    let text = this.#withFlags ? "" : ` FLAGS ${this.#flags(row)}`;
    if (!this.#withUid && this.session.uidInUpdates) text += ` UID ${row.uid}`;
    if (!this.#withModSeq && this.session.condstore) text += ` MODSEQ (${row.modSeq})`;
    return text;
  }

  #section(label: string, content: SectionResult): void {
    if (content === null) this.#text += `${label} NIL`;
    else if (typeof content === "number") this.#text += `${label} ${content}`;
    else if (!(content instanceof Uint8Array)) {
      this.unknownEncoding = true;
      this.#text += `${label} NIL`;
    } else {
      // Only BINARY may be a literal8, and only then may NUL stand in it (RFC 9051 §4.3.1).
      const literal8 = label.startsWith("BINARY") && content.includes(0) ? "~" : "";
      this.#text += `${label} ${literal8}{${content.length}}\r\n`;
      if (content.length <= INLINE_BYTES) this.#text += fromLatin1(content);
      else {
        // As octets, too: text is joined with octets letter by letter.
        this.session.writeBytes(latin1(this.#text));
        this.session.writeBytes(content);
        this.#text = "";
      }
    }
  }

  #drain(): void {
    if (this.#text) this.session.write(this.#text);
    this.#text = "";
  }
}
