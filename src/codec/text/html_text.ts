/** The named entities that mail uses; others stay as written. */
const ENTITIES = new Map(Object.entries({
  amp: "&",
  lt: "<",
  gt: ">",
  quot: '"',
  apos: "'",
  nbsp: "\u00a0",
  copy: "©",
  reg: "®",
  trade: "™",
  euro: "€",
  pound: "£",
  yen: "¥",
  cent: "¢",
  sect: "§",
  para: "¶",
  deg: "°",
  plusmn: "±",
  middot: "·",
  laquo: "«",
  raquo: "»",
  lsquo: "‘",
  rsquo: "’",
  ldquo: "“",
  rdquo: "”",
  sbquo: "‚",
  bdquo: "„",
  lsaquo: "‹",
  rsaquo: "›",
  ndash: "–",
  mdash: "—",
  hellip: "…",
  bull: "•",
  shy: "\u00ad",
  zwnj: "\u200c",
  zwj: "\u200d",
  ensp: "\u2002",
  emsp: "\u2003",
  thinsp: "\u2009",
  iexcl: "¡",
  iquest: "¿",
  times: "×",
  divide: "÷",
  frac12: "½",
  frac14: "¼",
  frac34: "¾",
  larr: "←",
  rarr: "→",
  uarr: "↑",
  darr: "↓",
  Agrave: "À",
  Aacute: "Á",
  Acirc: "Â",
  Atilde: "Ã",
  Auml: "Ä",
  Aring: "Å",
  AElig: "Æ",
  Ccedil: "Ç",
  Egrave: "È",
  Eacute: "É",
  Ecirc: "Ê",
  Euml: "Ë",
  Igrave: "Ì",
  Iacute: "Í",
  Icirc: "Î",
  Iuml: "Ï",
  ETH: "Ð",
  Ntilde: "Ñ",
  Ograve: "Ò",
  Oacute: "Ó",
  Ocirc: "Ô",
  Otilde: "Õ",
  Ouml: "Ö",
  Oslash: "Ø",
  Ugrave: "Ù",
  Uacute: "Ú",
  Ucirc: "Û",
  Uuml: "Ü",
  Yacute: "Ý",
  THORN: "Þ",
  szlig: "ß",
  agrave: "à",
  aacute: "á",
  acirc: "â",
  atilde: "ã",
  auml: "ä",
  aring: "å",
  aelig: "æ",
  ccedil: "ç",
  egrave: "è",
  eacute: "é",
  ecirc: "ê",
  euml: "ë",
  igrave: "ì",
  iacute: "í",
  icirc: "î",
  iuml: "ï",
  eth: "ð",
  ntilde: "ñ",
  ograve: "ò",
  oacute: "ó",
  ocirc: "ô",
  otilde: "õ",
  ouml: "ö",
  oslash: "ø",
  ugrave: "ù",
  uacute: "ú",
  ucirc: "û",
  uuml: "ü",
  yacute: "ý",
  thorn: "þ",
  yuml: "ÿ",
  OElig: "Œ",
  oelig: "œ",
  Scaron: "Š",
  scaron: "š",
  Yuml: "Ÿ",
}));

/** Elements whose content nobody reads. */
const HIDDEN = new Set(["script", "style", "head", "title", "template", "noscript"]);
/** Elements inside a line of text: they separate no words. */
const INLINE = new Set([
  "a",
  "abbr",
  "acronym",
  "b",
  "bdo",
  "big",
  "cite",
  "code",
  "del",
  "dfn",
  "em",
  "font",
  "i",
  "ins",
  "kbd",
  "mark",
  "o:p",
  "q",
  "s",
  "samp",
  "small",
  "span",
  "strike",
  "strong",
  "sub",
  "sup",
  "tt",
  "u",
  "var",
  "wbr",
]);

const TAG = /^<(\/?)([A-Za-z][^\s/>]*)/;

/**
 * The readable text of HTML, for search and previews: no tags, comments, scripts or styles; entities decoded; a line
 * break where a block begins or ends. Never throws, and runs in time linear in the input.
 */
export function htmlText(html: string): string {
  const out: string[] = [];
  let at = 0;
  while (at < html.length) {
    const open = html.indexOf("<", at);
    if (open < 0) break;
    if (open > at) out.push(html.slice(at, open));
    const match = TAG.exec(html.slice(open, open + 40));
    if (match === null) {
      at = skipOther(html, open);
      if (at === open + 1) out.push("<");
      continue;
    }
    const name = match[2].toLowerCase();
    at = tagEnd(html, open);
    if (!INLINE.has(name)) out.push("\n");
    if (match[1] === "" && HIDDEN.has(name)) {
      const end = indexOfClosing(html, name, at);
      if (end < 0) {
        // A `head` that never ends hides nothing; a script or a style does.
        if (name !== "head") at = html.length;
      } else at = end;
    }
  }
  if (at < html.length) out.push(html.slice(at));
  return decodeEntities(out.join(""));
}

/** Past a comment, a declaration or an instruction; `open + 1` when the bracket is only text. */
function skipOther(html: string, open: number): number {
  if (html.startsWith("<!--", open)) {
    const end = html.indexOf("-->", open + 4);
    return end < 0 ? html.length : end + 3;
  }
  if (html[open + 1] === "!" || html[open + 1] === "?" || html[open + 1] === "/") {
    const end = html.indexOf(">", open);
    return end < 0 ? html.length : end + 1;
  }
  return open + 1;
}

/** After the `>` that ends a tag; quoted attribute values may hold one. */
function tagEnd(html: string, open: number): number {
  for (let at = open + 1; at < html.length; at++) {
    const char = html[at];
    if (char === ">") return at + 1;
    if (char === '"' || char === "'") {
      const close = html.indexOf(char, at + 1);
      const bracket = html.indexOf(">", at + 1);
      if (close < 0 || bracket < 0) return bracket < 0 ? html.length : bracket + 1;
      if (html[at - 1] === "=" || /\s/.test(html[at - 1])) at = close;
    }
  }
  return html.length;
}

/** The offset of `</name`; -1 when there is none. */
function indexOfClosing(html: string, name: string, from: number): number {
  for (let at = html.indexOf("</", from); at >= 0; at = html.indexOf("</", at + 2)) {
    if (html.slice(at + 2, at + 2 + name.length).toLowerCase() === name) return at;
  }
  return -1;
}

/** Replaces `&amp;`, `&#8364;` and `&#x20AC;`. */
export function decodeEntities(text: string): string {
  if (!text.includes("&")) return text;
  return text.replace(
    /&(?:#(\d{1,7})|#[xX]([0-9A-Fa-f]{1,6})|([A-Za-z][A-Za-z0-9]{1,8}));?/g,
    (whole, dec, hex, name) => {
      if (name !== undefined) return ENTITIES.get(name) ?? whole;
      const code = dec !== undefined ? Number(dec) : parseInt(hex, 16);
      if (code === 0 || code > 0x10ffff || code >= 0xd800 && code <= 0xdfff) return "\ufffd";
      return String.fromCodePoint(code);
    },
  );
}
