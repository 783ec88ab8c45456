import { utf8 } from "../../base/bytes.ts";

/** RFC 2045 §6.7: no encoded line is longer, its soft line break included. */
const LINE = 76;

/** Text with CRLF line ends as quoted-printable UTF-8 (RFC 2045 §6.7). */
export function encodeQuotedPrintable(text: string): string {
  return text.split("\r\n").map(encodeLine).join("\r\n");
}

function encodeLine(line: string): string {
  let out = "", column = 0;
  const put = (word: string) => {
    if (column + word.length >= LINE) {
      out += "=\r\n";
      column = 0;
    }
    out += word;
    column += word.length;
  };
  const characters = [...line.toWellFormed()];
  characters.forEach((char, i) => {
    const isLast = i === characters.length - 1;
    const isPlain = char >= "!" && char <= "~" && char !== "=" || (char === " " || char === "\t") && !isLast;
    // The octets of one character stay on one line.
    put(isPlain ? char : encodeOctets(char));
  });
  return out;
}

function encodeOctets(char: string): string {
  return [...utf8(char)].map((octet) => "=" + octet.toString(16).toUpperCase().padStart(2, "0")).join("");
}
