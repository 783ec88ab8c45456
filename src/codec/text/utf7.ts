/**
 * Folder names in modified UTF-7, RFC 3501 §5.1.3: printable ASCII stands for itself, `&` is `&-`, everything else is
 * UTF-16 in a base64 with `,` for `/` and without padding, between `&` and `-`.
 */
const DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,";
const VALUES = new Map([...DIGITS].map((digit, value) => [digit, value]));

/** Wire form of a folder name. Half surrogate pairs become U+FFFD. */
export function encodeMailboxName(name: string): string {
  if (/^[ -%'-~]*$/.test(name)) return name;
  return name.toWellFormed().replace(/&|[^ -~]+/g, (run) => run === "&" ? "&-" : encodeRun(run));
}

function encodeRun(run: string): string {
  let out = "&", bits = 0, held = 0;
  for (let i = 0; i < run.length; i++) {
    held = held << 16 | run.charCodeAt(i);
    for (bits += 16; bits >= 6; bits -= 6) out += DIGITS[held >>> (bits - 6) & 63];
    held &= (1 << bits) - 1;
  }
  if (bits) out += DIGITS[held << (6 - bits) & 63];
  return out + "-";
}

/**
 * The name of a wire form. Strict, so that one name has one wire form: throws SyntaxError for octets outside printable
 * ASCII, broken or superfluous base64, encoded printable ASCII, and half surrogate pairs.
 */
export function decodeMailboxName(wire: string): string {
  if (/^[ -%'-~]*$/.test(wire)) return wire;
  if (!/^[ -~]*$/.test(wire)) throw new SyntaxError("folder name is not modified UTF-7");
  let out = "";
  for (let at = 0; at < wire.length;) {
    const shift = wire.indexOf("&", at);
    if (shift < 0) return out + wire.slice(at);
    const end = wire.indexOf("-", shift);
    if (end < 0) throw new SyntaxError("folder name: unended & sequence");
    out += wire.slice(at, shift) + (end === shift + 1 ? "&" : decodeRun(wire.slice(shift + 1, end)));
    at = end + 1;
    if (end > shift + 1 && wire[at] === "&" && wire[at + 1] !== "-") {
      throw new SyntaxError("folder name: superfluous shift");
    }
  }
  return out;
}

function decodeRun(base64: string): string {
  let out = "", bits = 0, held = 0;
  for (const digit of base64) {
    const value = VALUES.get(digit);
    if (value === undefined) throw new SyntaxError("folder name: bad base64");
    held = held << 6 | value;
    bits += 6;
    if (bits < 16) continue;
    bits -= 16;
    const unit = held >>> bits;
    if (unit >= 0x20 && unit <= 0x7e) throw new SyntaxError("folder name: encoded ASCII");
    out += String.fromCharCode(unit);
    held &= (1 << bits) - 1;
  }
  if (bits >= 6 || held) throw new SyntaxError("folder name: bits left over");
  if (!out.isWellFormed()) throw new SyntaxError("folder name: half a surrogate pair");
  return out;
}
