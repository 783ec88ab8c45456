/** A string that was read: its value, or what is wrong with it, and where it ends. */
export interface StringRead {
  value: string;
  problem: string | null;
  end: number;
}

/** A quoted string (RFC 5228 §2.4.2) that starts with the quote at `start`. A backslash makes the next character plain. */
export function readQuoted(source: string, start: number): StringRead {
  let value = "", from = start + 1, at = from;
  for (; at < source.length; at++) {
    const char = source[at];
    if (char === '"') return { value: withCrlf(value + source.slice(from, at)), problem: null, end: at + 1 };
    const isEscape = char === "\\";
    if (char === "\0" || isEscape && source[at + 1] === "\0") {
      return { value: "", problem: "a string must not hold the character NUL", end: at + 1 };
    }
    if (!isEscape) continue;
    value += source.slice(from, at);
    from = ++at;
  }
  return { value: "", problem: "this string is not closed with a quotation mark", end: source.length };
}

/**
 * The rest of a `text:` string (RFC 5228 §2.4.2.1) whose word ends at `start`; null when what follows on the line says
 * that it is none. Ends with a line that is a single dot; two dots at the start of a line stand for one.
 */
export function readMultiline(source: string, start: number): StringRead | null {
  let at = start;
  while (source[at] === " " || source[at] === "\t") at++;
  if (source[at] === "#") { while (at < source.length && source[at] !== "\n") at++; }
  else if (source[at] === "\r") at++;
  if (source[at] !== "\n") return null;
  at++;
  const lines: string[] = [];
  while (at < source.length) {
    const next = source.indexOf("\n", at);
    const stop = next < 0 ? source.length : next;
    let line = source.slice(at, stop);
    if (line.endsWith("\r")) line = line.slice(0, -1);
    at = next < 0 ? source.length : next + 1;
    if (line === ".") return finished(lines, at);
    lines.push(line.startsWith("..") ? line.slice(1) : line);
  }
  return { value: "", problem: 'this "text:" is not ended by a line with a single dot', end: source.length };
}

function finished(lines: string[], end: number): StringRead {
  const value = lines.map((line) => line + "\r\n").join("");
  if (value.includes("\0")) return { value: "", problem: "a string must not hold the character NUL", end };
  return { value, problem: null, end };
}

/** Lines inside strings end with CRLF however the script was stored. */
function withCrlf(text: string): string {
  return text.includes("\n") ? text.replace(/\r?\n/g, "\r\n") : text;
}
