/** Where SEARCH, SORT and THREAD answer otherwise than Dovecot 2.3 on purpose, and only there. */
export interface SearchDifference {
  /** Stands before the argument in docs/interop/imap.md. */
  name: string;
  /** Where the argument is from. */
  rfc: string;
  /** Leaves of SEARCH that may differ. */
  leaf: RegExp;
  /** Which server finds the message. */
  finds: "ours" | "theirs" | "either";
  /** Sort criteria, or THREAD, that may place the message otherwise. */
  sort: RegExp | null;
  /** Whether this message is such a one; `words` is what the leaf looks for, in lower case. */
  fits(text: string, words: string): boolean;
}

const NEVER = /^\b$/;

/** The argued list. */
export const SEARCH_DIFFERENCES: readonly SearchDifference[] = [
  {
    name: "no-date",
    rfc: "RFC 9051 §6.4.4",
    leaf: /^SENT/,
    finds: "theirs",
    sort: null,
    fits: (text) =>
      !/\b\d{1,2}[\s-]+(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[\s-]+\d{2,4}\s+(2[0-3]|[01]?\d):[0-5]\d/i
        .test(field(text, "date").at(-1) ?? ""),
  },
  {
    name: "date-range",
    rfc: "RFC 9051 §6.4.4",
    leaf: /^SENT/,
    finds: "either",
    sort: /DATE|THREAD/,
    fits(text) {
      const year = /\b[a-z]{3}[\s-]+(\d{4})\b/i.exec(field(text, "date").at(-1) ?? "")?.[1];
      return year !== undefined && (Number(year) < 1970 || Number(year) > new Date().getFullYear());
    },
  },
  {
    name: "date-of-ctime",
    rfc: "RFC 5256 §2.2",
    leaf: /^SENT/,
    finds: "either",
    sort: /DATE|THREAD/,
    fits: (text) =>
      /^[a-z]{3} [a-z]{3} [ \d]\d \d\d:\d\d:\d\d \d{4}$/i.test(field(text, "date").at(-1) ?? ""),
  },
  {
    name: "embedded-header",
    rfc: "RFC 9051 §6.4.4",
    leaf: /^BODY /,
    finds: "ours",
    sort: null,
    fits: (text, words) =>
      /message\/(rfc822|global|news)|multipart\/digest/i.test(text) && oneSpace(bodyOf(text)).includes(words),
  },
  {
    name: "unknown-encoding",
    rfc: "RFC 9051 §6.4.4",
    leaf: /^(BODY|TEXT) /,
    finds: "ours",
    sort: null,
    fits: (text, words) =>
      /^content-transfer-encoding:(?![ \t]*"?(7bit|8bit|binary|base64|quoted-printable)"?[ \t]*(\(.*\))?;?[ \t]*\r$)/im
        .test(text) && oneSpace(text).includes(words),
  },
  {
    name: "no-mime-version",
    rfc: "RFC 2045 §4",
    leaf: /^(BODY|TEXT) /,
    finds: "either",
    sort: null,
    fits: (text) => field(text, "mime-version").length === 0 && /^content-/im.test(headerOf(text)),
  },
  {
    name: "no-field",
    rfc: "RFC 9051 §6.4.4",
    leaf: /^TEXT /,
    finds: "theirs",
    sort: null,
    fits: (text, words) => {
      const odd = headerOf(text).split(/\r\n(?![ \t])/).filter((line) => !/^[!-9;-~]+[ \t]*:/.test(line));
      // A message/rfc822 in base64 has a header of such lines only.
      return oneSpace(odd.join(" ")).includes(words) ||
        /message\/rfc822(\r\n[^\r\n]+)*\r\ncontent-transfer-encoding: base64/i.test(text) &&
          oneSpace(text).includes(words);
    },
  },
  {
    name: "placeholder",
    rfc: "RFC 9051 §6.4.4",
    leaf: /^(FROM|TO|CC|BCC) /,
    finds: "theirs",
    sort: null,
    fits: (text, words) =>
      "missing_mailbox@missing_domain".includes(words) &&
      ["from", "to", "cc", "bcc"].some((name) =>
        /(^|[^\w.])(?![^,]*@[\w-]+\.[\w])[^,]/.test(field(text, name)[0] ?? "")
      ),
  },
  {
    name: "name-as-literal",
    rfc: "RFC 5957 §3",
    leaf: NEVER,
    finds: "either",
    sort: /DISPLAY/,
    fits: (text) => /^""[^<]*"/.test(field(text, "from").at(-1) ?? ""),
  },
  {
    name: "blanks",
    rfc: "RFC 5322 §2.2.3",
    leaf: /^(TEXT|SUBJECT|HEADER|BODY) .* /,
    finds: "ours",
    sort: null,
    fits: (text, words) => words.includes(" ") && oneSpace(text).includes(words),
  },
  {
    name: "address-text",
    rfc: "RFC 9051 §6.4.4",
    leaf: /^(FROM|TO|CC|BCC) /,
    finds: "ours",
    sort: null,
    fits: (text, words) =>
      ["from", "to", "cc", "bcc"].some((name) => oneSpace(field(text, name).join(" ")).includes(words)),
  },
  {
    name: "markup",
    rfc: "RFC 9051 §6.4.4",
    leaf: /^(BODY|TEXT) /,
    finds: "ours",
    sort: null,
    fits: (text, words) =>
      /<html|text\/html/i.test(text) && oneSpace(bodyOf(text).replace(/<[^>]*>/g, "")).includes(words),
  },
  {
    name: "control-octets",
    rfc: "RFC 9051 §6.4.4",
    leaf: /^(BODY|TEXT) \{\d+\+\}/,
    finds: "ours",
    sort: null,
    fits: (text) => /charset="?iso-8859-1\b/i.test(text) && /[\x80-\x9f]|=[89][0-9A-F]/i.test(bodyOf(text)),
  },
  {
    name: "charset-name",
    rfc: "RFC 2978 §2.3",
    leaf: /\{\d+\+\}/,
    finds: "theirs",
    sort: null,
    fits: (text) => /charset="?ks_c_5601-1987/i.test(text),
  },
  {
    name: "octets-without-charset",
    rfc: "RFC 9051 §6.4.4",
    leaf: /\{\d+\+\}/,
    finds: "either",
    sort: /SUBJECT|DISPLAY|THREAD|FROM|TO|CC/,
    fits: (text) => /[\x80-\xff]/.test(headerOf(text)) || lacksCharset(text),
  },
  {
    // Folding makes digits of ¹, ² and ³: what nobody named a charset for is none of these to Dovecot.
    name: "octets-without-charset",
    rfc: "RFC 9051 §6.4.4",
    leaf: /^(BODY|TEXT) "/,
    finds: "ours",
    sort: null,
    fits: (text, words) =>
      /^[a-z0-9]+$/.test(words) && lacksCharset(text) && !bodyOf(text).toLowerCase().includes(words),
  },
  {
    name: "repeated-subject",
    rfc: "RFC 5256 §3",
    leaf: NEVER,
    finds: "either",
    sort: /SUBJECT|THREAD/,
    fits: (text) => new Set(field(text, "subject")).size > 1,
  },
  {
    name: "empty-address",
    rfc: "RFC 5322 §4.4",
    leaf: NEVER,
    finds: "either",
    sort: /TO|CC|FROM/,
    fits: (text) => ["to", "cc", "from"].some((name) => /^\s*,/.test(field(text, name)[0] ?? "")),
  },
];

/** The argument for a leaf's finding a message on one server alone; undefined when there is none. */
export function argueLeaf(
  leaf: string,
  finder: "ours" | "theirs",
  text: string,
): SearchDifference | undefined {
  const words = leaf.replace(/^\w+ (?:[\w-]+ (?="))?/, "").replace(/^"|"$|^\{\d+\+\}\r\n/g, "").toLowerCase();
  return SEARCH_DIFFERENCES.find((one) =>
    one.leaf.test(leaf) && (one.finds === finder || one.finds === "either") && one.fits(text, words)
  );
}

/** The argument for another place in SORT or THREAD; undefined when there is none. */
export function argueSort(criteria: string, text: string): SearchDifference | undefined {
  return SEARCH_DIFFERENCES.find((one) => one.sort?.test(criteria) && one.fits(text, ""));
}

/** Octets beyond ASCII, as they are or encoded, in a message with a text whose Content-Type names no charset for them. */
function lacksCharset(text: string): boolean {
  if (!/[\x80-\xff]|=[89A-F][0-9A-F]/.test(text)) return false;
  const types = [...text.matchAll(/^content-type:.*(?:\r\n[ \t].*)*/gim)].map(([type]) => type);
  const names = (type: string) => /charset/i.test(type) && !/charset\s*=\s*"?us-ascii/i.test(type);
  return !types.some(names) || types.some((type) => /:\s*text\//i.test(type) && !names(type));
}

function headerOf(text: string): string {
  const end = text.indexOf("\r\n\r\n");
  return end < 0 ? text : text.slice(0, end);
}

function bodyOf(text: string): string {
  return text.slice(headerOf(text).length);
}

function field(text: string, name: string): string[] {
  const found = headerOf(text).matchAll(
    new RegExp(`^${name}[ \\t]*:((?:.|\\r\\n[ \\t])*)(?:\\r\\n|\\r?$)`, "gim"),
  );
  return [...found].map((match) => match[1].trim());
}

function oneSpace(text: string): string {
  return text.replace(/\s+/g, " ").toLowerCase();
}
