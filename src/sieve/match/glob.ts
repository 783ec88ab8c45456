/** A `:matches` pattern taken apart at its asterisks (RFC 5228 §2.7.1). */
export interface Glob {
  /** The pieces between asterisks, in order; one alone is a pattern without asterisks. */
  pieces: GlobPiece[];
}

/** A piece of a pattern: characters, and places where any single character stands. */
export interface GlobPiece {
  /** Its characters; at a `?` stands a space, which means nothing. */
  text: string;
  /** Where any character may stand. */
  any: readonly number[];
}

/** Where wildcards of a pattern found their text: pairs of offsets, in the pattern's order. */
export type GlobCaptures = [from: number, to: number][];

/** Reads a pattern: `*` and `?` are wildcards, a backslash makes the next character plain; `keyOf` is the comparator's. */
export function readGlob(pattern: string, keyOf: (text: string) => string): Glob {
  const pieces: GlobPiece[] = [];
  let text = "", plain = "", any: number[] = [];
  const flush = () => {
    text += keyOf(plain);
    plain = "";
  };
  for (let at = 0; at < pattern.length; at++) {
    const char = pattern[at];
    if (char === "*") {
      flush();
      pieces.push({ text, any });
      text = "";
      any = [];
    } else if (char === "?") {
      flush();
      any.push(text.length);
      text += " ";
    } else plain += char === "\\" && at + 1 < pattern.length ? pattern[++at] : char;
  }
  flush();
  pieces.push({ text, any });
  return { pieces };
}

/**
 * Matches a whole value; null when it does not. Wildcards take as little as they can, from left to right (RFC 5229
 * §3.2). Each piece is looked for once, right of the one before, which is enough: nothing is ever tried twice. So the
 * time is that of the searches, and only pieces with `?` inside cost more than the value's length: `work` is told of
 * every comparison that such a one makes.
 */
export function matchGlob(
  glob: Glob,
  value: string,
  work: (comparisons: number) => void,
): GlobCaptures | null {
  const { pieces } = glob, captures: GlobCaptures = [];
  const first = pieces[0], last = pieces[pieces.length - 1];
  if (!fits(first, value, 0)) return null;
  capture(first, 0, captures);
  let at = first.text.length;
  if (pieces.length === 1) return at === value.length ? captures : null;
  const end = value.length - last.text.length;
  for (let i = 1; i < pieces.length - 1; i++) {
    const found = find(pieces[i], value, at, end, work);
    if (found < 0) return null;
    captures.push([at, found]);
    capture(pieces[i], found, captures);
    at = found + pieces[i].text.length;
  }
  if (end < at || !fits(last, value, end)) return null;
  captures.push([at, end]);
  capture(last, end, captures);
  return captures;
}

function capture({ any }: GlobPiece, at: number, captures: GlobCaptures): void {
  for (const place of any) captures.push([at + place, at + place + 1]);
}

/** Whether a piece stands at a place of the value. */
function fits({ text, any }: GlobPiece, value: string, at: number): boolean {
  if (at < 0 || at + text.length > value.length) return false;
  if (any.length === 0) return value.startsWith(text, at);
  for (let i = 0, next = 0; i < text.length; i++) {
    if (any[next] === i) next++;
    else if (text.charCodeAt(i) !== value.charCodeAt(at + i)) return false;
  }
  return true;
}

/** The first place from `at` where a piece stands and ends by `end`; -1 when there is none. */
function find(piece: GlobPiece, value: string, at: number, end: number, work: (n: number) => void): number {
  const latest = end - piece.text.length;
  if (piece.any.length === 0) {
    const found = value.indexOf(piece.text, at);
    return found >= 0 && found <= latest ? found : -1;
  }
  if (piece.any.length === piece.text.length) return at <= latest ? at : -1;
  for (; at <= latest; at++) {
    work(piece.text.length);
    if (fits(piece, value, at)) return at;
  }
  return -1;
}
