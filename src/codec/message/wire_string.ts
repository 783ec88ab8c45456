/** An IMAP string of latin-1 text: quoted when every octet may stand there, else a literal (RFC 9051 §4.3). */
export function formatString(text: string): string {
  if (!/[^\x20-\x21\x23-\x5b\x5d-\x7e]/.test(text)) return `"${text}"`;
  if (/[\0\r\n\x80-\xff]/.test(text)) {
    if (text.includes("\0")) text = text.replaceAll("\0", "\xef\xbf\xbd");
    return `{${text.length}}\r\n${text}`;
  }
  return `"${text.replace(/["\\]/g, "\\$&")}"`;
}

/** An IMAP nstring: `NIL` for what is missing. */
export function formatNstring(text: string | null | undefined): string {
  return text === null || text === undefined ? "NIL" : formatString(text);
}
