/**
 * Reads the tokens of structured header fields (RFC 5322 §3.2, RFC 2045 §5.1) from latin-1 text. It is as forgiving as
 * real mail needs: 8-bit octets count as letters (RFC 6532), comments may stand anywhere, folds are white space.
 */

const ATEXT = 1;
const TOKEN = 2;

/** What each octet may be part of. */
const CLASS = new Uint8Array(256);
for (let code = 0x80; code < 256; code++) CLASS[code] = ATEXT | TOKEN;
for (const char of "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!#$%&'*+-^_`{|}~") {
  CLASS[char.charCodeAt(0)] = ATEXT | TOKEN;
}
for (const char of "/=?") CLASS[char.charCodeAt(0)] = ATEXT;
CLASS[".".charCodeAt(0)] = TOKEN;

/** Whether the octet is an RFC 5322 atext octet or 8-bit. */
function isAtext(code: number): boolean {
  return (CLASS[code & 0xff] & ATEXT) !== 0;
}

/** A cursor over one field's value. Token methods leave the cursor after trailing white space and comments. */
export class HeaderLexer {
  at = 0;
  /** The text of the last comment passed, without its parentheses; names hide there in old mail. */
  comment = "";
  /** The words of a phrase that could not be read to its end. */
  words = "";
  /** Set when a quoted string or a comment has no end. */
  broken = false;

  constructor(readonly text: string) {}

  /** The next octet, or -1 at the end. */
  peek(): number {
    return this.at < this.text.length ? this.text.charCodeAt(this.at) : -1;
  }

  /** Steps over `code` if it is next. */
  accept(code: number): boolean {
    if (this.peek() !== code) return false;
    this.at++;
    return true;
  }

  /** Skips spaces, folds and comments. */
  skipSpace(): void {
    const { text } = this;
    for (; this.at < text.length; this.at++) {
      const code = text.charCodeAt(this.at);
      if (code === 0x28) this.#skipComment();
      else if (code !== 0x20 && code !== 0x09 && code !== 0x0d && code !== 0x0a) return;
    }
  }

  /** From an opening parenthesis to its end; leaves the cursor on the last octet of the comment. */
  #skipComment(): void {
    const { text } = this;
    let depth = 0, start = this.at + 1, out = "";
    for (; this.at < text.length; this.at++) {
      const code = text.charCodeAt(this.at);
      if (code === 0x28) depth++;
      else if (code === 0x29) {
        if (--depth === 0) {
          this.comment = out + text.slice(start, this.at);
          return;
        }
      } else if (code === 0x5c) {
        out += text.slice(start, this.at);
        start = ++this.at;
      } else if (code === 0x0a) {
        out += text.slice(start, text.charCodeAt(this.at - 1) === 0x0d ? this.at - 1 : this.at);
        start = this.at + 1;
      }
    }
    this.broken = true;
  }

  #run(mask: number, dots: boolean): string {
    const { text } = this, start = this.at;
    let at = start;
    for (; at < text.length; at++) {
      const code = text.charCodeAt(at);
      if ((CLASS[code & 0xff] & mask) === 0 && !(dots && code === 0x2e)) break;
    }
    this.at = at;
    return text.slice(start, at);
  }

  /** An atom, or the empty string when there is none. */
  atom(): string {
    const atom = this.#run(ATEXT, false);
    this.skipSpace();
    return atom;
  }

  /** A MIME token (RFC 2045 §5.1), or the empty string. */
  token(): string {
    const token = this.#run(TOKEN, false);
    this.skipSpace();
    return token;
  }

  /** A quoted string without its quotes and escapes; the cursor is on the opening quote. Null when it never ends. */
  quoted(): string | null {
    const { text } = this;
    let out = "", start = ++this.at;
    for (; this.at < text.length; this.at++) {
      const code = text.charCodeAt(this.at);
      if (code === 0x22) {
        out += text.slice(start, this.at++);
        this.skipSpace();
        return out;
      } else if (code === 0x5c) {
        out += text.slice(start, this.at);
        start = ++this.at;
      } else if (code === 0x0a) {
        out += text.slice(start, text.charCodeAt(this.at - 1) === 0x0d ? this.at - 1 : this.at);
        start = this.at + 1;
      }
    }
    this.broken = true;
    return null;
  }

  /**
   * Words joined by dots, with white space allowed around the dots (RFC 5322 §4.4 obs-local-part) and dots in a row or
   * at the ends, which some providers gave out as addresses; null when there is none.
   */
  localPart(): string | null {
    let out = "";
    for (;;) {
      if (this.peek() === 0x22) {
        const quoted = this.quoted();
        if (quoted === null) return null;
        out += quoted;
      } else {
        out += this.#run(ATEXT, false);
        this.skipSpace();
      }
      if (!this.accept(0x2e)) return out === "" ? null : out;
      out += ".";
      this.skipSpace();
    }
  }

  /** Atoms joined by single dots, white space allowed around them; null when there is none or a dot dangles. */
  dotAtom(): string | null {
    let out = "";
    for (;;) {
      const atom = this.#run(ATEXT, false);
      if (atom === "") return null;
      out += atom;
      this.skipSpace();
      if (!this.accept(0x2e)) return out;
      out += ".";
      this.skipSpace();
    }
  }

  /**
   * Words of a display name, joined by single spaces; null when there is none or a quoted string never ends: `words`
   * then holds what came before it.
   */
  phrase(): string | null {
    this.words = "";
    if (this.peek() === 0x2e) return null;
    let out = "";
    for (let first = true;; first = false) {
      const code = this.peek();
      if (code === 0x22) {
        const quoted = this.quoted();
        if (quoted === null) {
          this.words = out;
          return null;
        }
        out += first ? quoted : " " + quoted;
      } else if (code >= 0 && (isAtext(code) || code === 0x2e)) {
        const word = this.#run(ATEXT, true);
        this.skipSpace();
        out += first ? word : " " + word;
      } else return first ? null : out;
    }
  }

  /** A domain or a domain literal after `@`; null when there is none. */
  domain(): string | null {
    this.skipSpace();
    if (this.peek() !== 0x5b) return this.dotAtom();
    const end = this.text.indexOf("]", this.at);
    if (end < 0) {
      this.at = this.text.length;
      this.broken = true;
      return null;
    }
    const literal = this.text.slice(this.at, end + 1).replace(/[\r\n]/g, "");
    this.at = end + 1;
    this.skipSpace();
    return literal;
  }
}
