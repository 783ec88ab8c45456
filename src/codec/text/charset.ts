const decoders = new Map<string, TextDecoder | null>();
const strictUtf8 = new TextDecoder("utf-8", { fatal: true });
const windows1252 = new TextDecoder("windows-1252");

/** Names that the Encoding Standard's table lacks and mail has. */
const ALIASES = new Map([
  ["ansi_x3.4-1968", "windows-1252"],
  ["iso-646-us", "windows-1252"],
  ["utf8mb4", "utf-8"],
  ["unicode-1-1-utf-8", "utf-8"],
  ["cp1250", "windows-1250"],
  ["cp1251", "windows-1251"],
  ["cp1252", "windows-1252"],
  ["cp932", "shift_jis"],
  ["cp936", "gbk"],
  ["cp949", "euc-kr"],
  ["cp950", "big5"],
  ["gb_2312-80", "gbk"],
  ["ks_c_5601", "euc-kr"],
  ["iso-8859-8-e", "iso-8859-8"],
]);

/** How many labels are remembered: mail invents them, and a map must not grow for ever. */
const KNOWN_LABELS = 200;

function decoderFor(label: string): TextDecoder | null {
  const known = decoders.get(label);
  if (known !== undefined) return known;
  let decoder: TextDecoder | null = null;
  try {
    const name = label.replace(/^["']|["']$/g, "").replace(/\*.*$/, "");
    decoder = new TextDecoder(ALIASES.get(name) ?? name);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
  }
  if (decoders.size >= KNOWN_LABELS) decoders.clear();
  decoders.set(label, decoder);
  return decoder;
}

/**
 * Text of bytes in the charset that a Content-Type or an encoded-word names, by the labels of the Encoding Standard.
 * us-ascii, an unknown name and none at all: UTF-8 when the bytes are, else windows-1252. Never throws.
 */
export function decodeCharset(bytes: Uint8Array, label: string | null): string {
  const name = label?.trim().toLowerCase() ?? "";
  if (name !== "" && name !== "us-ascii" && name !== "ascii") {
    const decoder = decoderFor(name);
    if (decoder !== null) return decoder.decode(bytes);
  }
  return guessText(bytes);
}

/** Text of bytes that say nothing of their charset: UTF-8 when they are, else windows-1252. */
export function guessText(bytes: Uint8Array): string {
  try {
    return strictUtf8.decode(bytes);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return windows1252.decode(bytes);
  }
}
