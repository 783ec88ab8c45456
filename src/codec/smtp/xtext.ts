/** `xtext` of RFC 3461 §4: printable ASCII as it is, everything else, `+` and `=` as `+HH`. */

/** Writes text (its UTF-8 bytes) as xtext. */
export function encodeXtext(text: string): string {
  if (/^[!-*,-<>-~]*$/.test(text)) return text;
  let out = "";
  for (const byte of new TextEncoder().encode(text)) {
    const plain = byte > 32 && byte < 127 && byte !== 43 && byte !== 61;
    out += plain ? String.fromCharCode(byte) : "+" + byte.toString(16).toUpperCase().padStart(2, "0");
  }
  return out;
}

/**
 * Reads xtext. Characters above ASCII pass (RFC 6533 §3 `utf-8-addr-unitext`). Throws `SyntaxError` for a stray `+`,
 * `=`, a space or a control character, also for one that is hidden as `+HH`: it would end up in headers of reports.
 */
export function decodeXtext(xtext: string): string {
  if (!/^(?:[!-*,-<>-~\u0080-\u{10ffff}]|\+[0-9A-F]{2})*$/u.test(xtext)) {
    throw new SyntaxError("malformed xtext");
  }
  if (!xtext.includes("+")) return xtext;
  const encoded = xtext.replace(/%/g, "%25").replace(/\+([0-9A-F]{2})/g, "%$1");
  let text: string;
  try {
    text = decodeURIComponent(encoded);
  } catch {
    throw new SyntaxError("xtext is not UTF-8");
  }
  if (/[\x00-\x1f\x7f]/.test(text)) throw new SyntaxError("control character in xtext");
  return text;
}
