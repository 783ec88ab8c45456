import { LF } from "../../base/bytes.ts";

/**
 * The header, the empty line and the first `lines` lines of the body, for TOP (RFC 1939 §7); null when `bytes`, the
 * beginning of a message, is too short to tell.
 */
export function cutTop(bytes: Uint8Array, lines: number, complete: boolean): Uint8Array | null {
  let at = headerEnd(bytes);
  for (let i = 0; i < lines && at >= 0; i++) {
    const lf = bytes.indexOf(LF, at);
    at = lf < 0 ? -1 : lf + 1;
  }
  if (at >= 0) return bytes.subarray(0, at);
  return complete ? bytes : null;
}

/** The place after the empty line; lines that end with LF alone count too. -1 when there is none. */
function headerEnd(bytes: Uint8Array): number {
  for (let start = 0; start < bytes.length;) {
    const lf = bytes.indexOf(LF, start);
    if (lf < 0) return -1;
    if (lf === start || (lf === start + 1 && bytes[start] === 13)) return lf + 1;
    start = lf + 1;
  }
  return -1;
}
