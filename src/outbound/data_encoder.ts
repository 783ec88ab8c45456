import { fromLatin1, latin1 } from "../base/bytes.ts";

/** Turns a message, page by page, into what follows DATA. */
export interface DataEncoder {
  /** Encodes one page; the result may share its memory. */
  push(page: Uint8Array): Uint8Array;
  /** What is left, with the final dot. */
  end(): Uint8Array;
}

/**
 * Stuffs dots (RFC 5321 §4.5.2), turns a bare CR or LF into CRLF (§2.3.8: neither may be sent, and a next hop that
 * takes one for a line end would see commands inside the message) and ends with CRLF "." CRLF. Holds a page at most.
 */
export function createDataEncoder(): DataEncoder {
  /** A CR that ended the last page: it may be half of a CRLF. */
  let carry = "";
  let atLineStart = true;

  function encode(text: string): string {
    if (text === "") return "";
    let out = /\r(?!\n)|(?<!\r)\n/.test(text) ? text.replace(/\r\n|\r|\n/g, "\r\n") : text;
    if (out.includes("\n.")) out = out.replace(/\n\./g, "\n..");
    if (atLineStart && out[0] === ".") out = "." + out;
    atLineStart = out.endsWith("\n");
    return out;
  }

  return {
    push(page) {
      if (page.length === 0) return page;
      const before = fromLatin1(page);
      let text = carry + before;
      carry = "";
      if (text.endsWith("\r")) {
        carry = "\r";
        text = text.slice(0, -1);
      }
      const out = encode(text);
      return out === before ? page : latin1(out);
    },
    end() {
      const rest = encode(carry);
      carry = "";
      return latin1(rest + (atLineStart ? ".\r\n" : "\r\n.\r\n"));
    },
  };
}
