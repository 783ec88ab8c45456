import { partText } from "./decode_text.ts";
import type { MimePart } from "./summary.ts";

/** RFC 8970 §3.1: no more than 200 characters, and never more than 256. */
const PREVIEW_CHARS = 200;
/** Encoded octets looked at: quoted replies push the text down, and HTML has much that nobody reads. */
const TEXT_BYTES = 1536;
const HTML_BYTES = 16 * 1024;
/** Parts looked at until a text is found. */
const MAX_PARTS = 50;

/** The beginning of the text as a person would read it, on one line; empty when there is none (RFC 8970). */
export function previewOf(raw: Uint8Array, root: MimePart): string {
  const part = mainText(root);
  if (part === null) return "";
  const html = part.subtype === "html";
  const text = partText(raw, part, html ? HTML_BYTES : TEXT_BYTES);
  const own = html ? text : withoutQuotes(text);
  return clip(own === "" ? text : own);
}

/** The first plain text that is no attachment, else the first HTML. */
function mainText(root: MimePart): MimePart | null {
  let html: MimePart | null = null;
  const waiting = [root];
  for (let seen = 0; seen < MAX_PARTS; seen++) {
    const part = waiting.pop();
    if (part === undefined) break;
    if (part.type === "text" && part.disposition?.toLowerCase() !== "attachment") {
      if (part.subtype !== "html") return part;
      html ??= part;
      // A text after the HTML of the same alternative would be odd; one elsewhere is a footer.
      if (part !== root) continue;
    }
    for (let i = Math.min(part.children.length, MAX_PARTS) - 1; i >= 0; i--) waiting.push(part.children[i]);
  }
  return html;
}

/** The lines that do not begin with `>`. */
function withoutQuotes(text: string): string {
  if (!/^>/m.test(text)) return text;
  return text.replace(/^>.*$/gm, "").trim();
}

/** White space squeezed, controls dropped, cut after whole characters. */
function clip(text: string): string {
  const squeezed = text.slice(0, 8 * PREVIEW_CHARS)
    .replace(/[\s\u00a0\u00ad\u200b-\u200f\u2028\u2029\ufeff\u0000-\u001f\u007f]+/g, " ").trim();
  if (squeezed.length <= PREVIEW_CHARS) return squeezed.replace(/[\ud800-\udbff]$/, "");
  return squeezed.slice(0, PREVIEW_CHARS).replace(/[\ud800-\udbff]$/, "").trimEnd();
}
