import { concat, latin1 } from "../../base/bytes.ts";
import { LIMITS } from "../../base/limits.ts";
import { type Header, readHeader } from "../../codec/message/header.ts";
import { parseStructure } from "../../codec/message/mime_tree.ts";
import type { MimePart } from "../../codec/message/summary.ts";
import { HeaderView } from "./header_view.ts";

/** A message as a script sees it: its bytes, its header with the script's edits, and its parts when they are asked for. */
export class MessageView {
  readonly #source: Header;
  #header: HeaderView;
  #tree: MimePart | null;
  readonly #partHeaders = new Map<MimePart, HeaderView>();
  #edited: { edits: number; bytes: Uint8Array } | null = null;

  constructor(readonly raw: Uint8Array, parts: MimePart | null) {
    this.#source = readHeader(raw);
    this.#header = new HeaderView(this.#source);
    this.#tree = parts;
  }

  /** The message's own header with the edits that were made. */
  get header(): HeaderView {
    return this.#header;
  }

  /** The message's MIME tree; edits don't change it (RFC 5293 §7). */
  get tree(): MimePart {
    return this.#tree ??= parseStructure(this.raw).root;
  }

  /** The header of a part. The root's is the message's own. */
  partHeader(part: MimePart): HeaderView {
    if (part === this.#tree) return this.#header;
    let view = this.#partHeaders.get(part);
    if (view === undefined) {
      view = new HeaderView(
        readHeader(this.raw.subarray(0, part.bodyStart), part.headerStart, LIMITS.headerBytes),
      );
      this.#partHeaders.set(part, view);
    }
    return view;
  }

  /** The message with the edits that were made so far; null when there are none. */
  bytes(): Uint8Array | null {
    const { edits } = this.#header;
    if (edits === 0) return null;
    if (this.#edited?.edits !== edits) this.#edited = { edits, bytes: this.#write() };
    return this.#edited.bytes;
  }

  /** Original fields stay byte by byte, and so do lines that are no fields, behind the field they came after. */
  #write(): Uint8Array {
    const { text, bodyStart, fields } = this.#source;
    const kept = new Set(this.#header.all.map((field) => field.source?.start));
    const strays = new Map<number, string>();
    let from = 0;
    for (const { start, end } of fields) {
      if (start > from) strays.set(start, text.slice(from, start));
      from = end;
    }
    const first = fields.find(({ start }) => kept.has(start))?.start;
    const pieces: string[] = [];
    const added = this.#header.all.filter((field) => field.source === null).length;
    let addedLeft = added;
    for (const field of this.#header.all) {
      if (field.source === null) {
        addedLeft--;
        pieces.push(`${field.name}: ${field.folded}\r\n`);
        continue;
      }
      const stray = strays.get(field.source.start);
      // A first line that is no field ("From " of an mbox) stays first only when nothing was put before it.
      if (stray !== undefined && !(field.source.start === first && addedLeft < added)) pieces.push(stray);
      const own = text.slice(field.source.start, field.source.end);
      pieces.push(own.endsWith("\n") ? own : own + "\r\n");
    }
    const end = bodyStart > from ? latin1(text.slice(from)) : new Uint8Array(0);
    const rest = this.raw.subarray(Math.max(text.length, from));
    const blank = end.length === 0 && rest.length === 0 ? latin1("\r\n") : end;
    return concat([latin1(pieces.join("")), blank, rest]);
  }
}
