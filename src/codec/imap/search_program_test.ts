import { strict as assert } from "node:assert";
import { fromLatin1, latin1, utf8 } from "../../base/bytes.ts";
import { Arguments } from "./arguments.ts";
import {
  BadCharset,
  mentionsModSeq,
  type ParsedKey,
  parseSearchProgram,
  parseSearchReturn,
  resolveKey,
  type SearchOptions,
} from "./search_program.ts";
import { resolveSequenceSet } from "./sequence_set.ts";

/** Arguments of a text in which `<…>` stands for a literal. */
function read(text: string): Arguments {
  const pieces = text.split(/<([^>]*)>/);
  return new Arguments({
    text: pieces.filter((_, i) => i % 2 === 0),
    literals: pieces.filter((_, i) => i % 2 === 1).map(latin1),
  }, { utf8: false });
}

const parse = (text: string, options?: SearchOptions) => parseSearchProgram(read(text), options);
const set = (from: number, to: number) => ({ saved: false, ranges: [[from, to] as [number, number]] });
const seen = (on: boolean): ParsedKey => ({ key: "flag", flag: "\\Seen", set: on });
const all: ParsedKey = { key: "all" };

Deno.test("parseSearchProgram(): every key", () => {
  const rows: [string, ParsedKey][] = [
    ["ALL", all],
    ["all", all],
    ["SEEN", seen(true)],
    ["unseen", seen(false)],
    ["UNDRAFT", { key: "flag", flag: "\\Draft", set: false }],
    ["ANSWERED", { key: "flag", flag: "\\Answered", set: true }],
    ["UNFLAGGED", { key: "flag", flag: "\\Flagged", set: false }],
    ["DELETED", { key: "flag", flag: "\\Deleted", set: true }],
    ["KEYWORD $Junk", { key: "flag", flag: "$Junk", set: true }],
    ["UNKEYWORD x", { key: "flag", flag: "x", set: false }],
    ["RECENT", { key: "recent", set: true }],
    ["OLD", { key: "recent", set: false }],
    ["NEW", { key: "and", of: [{ key: "recent", set: true }, seen(false)] }],
    ["FROM smith", { key: "header", name: "from", value: "smith" }],
    ['SUBJECT ""', { key: "header", name: "subject", value: "" }],
    ["TO <a b>", { key: "header", name: "to", value: "a b" }],
    ["CC a", { key: "header", name: "cc", value: "a" }],
    ["BCC a", { key: "header", name: "bcc", value: "a" }],
    ['HEADER X-Foo "bar"', { key: "header", name: "x-foo", value: "bar" }],
    ['BODY "a b"', { key: "body", value: "a b" }],
    [`TEXT "${fromLatin1(utf8("jörg"))}"`, { key: "text", value: "jörg" }],
    ["LARGER 5000000000", { key: "size", op: "larger", bytes: 5e9 }],
    ["SMALLER 0", { key: "size", op: "smaller", bytes: 0 }],
    ["BEFORE 2-Jan-1970", { key: "date", of: "internal", op: "before", day: 1 }],
    ['ON "1-Jan-1970"', { key: "date", of: "internal", op: "on", day: 0 }],
    ["SINCE 1-Feb-1970", { key: "date", of: "internal", op: "since", day: 31 }],
    ["SENTBEFORE 2-Jan-1970", { key: "date", of: "sent", op: "before", day: 1 }],
    ["SENTON 2-Jan-1970", { key: "date", of: "sent", op: "on", day: 1 }],
    ["SENTSINCE 2-Jan-1970", { key: "date", of: "sent", op: "since", day: 1 }],
    ["SAVEDBEFORE 2-Jan-1970", { key: "date", of: "saved", op: "before", day: 1 }],
    ["SAVEDON 2-Jan-1970", { key: "date", of: "saved", op: "on", day: 1 }],
    ["SAVEDSINCE 2-Jan-1970", { key: "date", of: "saved", op: "since", day: 1 }],
    ["SAVEDATESUPPORTED", all],
    ["OLDER 60", { key: "within", op: "older", seconds: 60 }],
    ["YOUNGER 1", { key: "within", op: "younger", seconds: 1 }],
    ["EMAILID M6d99ac3275bb4e", { key: "emailid", id: "M6d99ac3275bb4e" }],
    ["THREADID T1", { key: "threadid", id: "T1" }],
    ["MODSEQ 620162338", { key: "modseq", modSeq: 620162338 }],
    ['MODSEQ "/flags/\\\\draft" all 620162338', { key: "modseq", modSeq: 620162338 }],
    ["1:*", { key: "seq", set: set(1, 0) }],
    ["*", { key: "seq", set: set(0, 0) }],
    ["$", { key: "seq", set: { saved: true, ranges: [] } }],
    ["UID 3:4", { key: "uid", set: set(3, 4) }],
    ["UID $", { key: "uid", set: { saved: true, ranges: [] } }],
    ["NOT SEEN", { key: "not", of: seen(true) }],
    ["OR SEEN NOT ALL", { key: "or", of: [seen(true), { key: "not", of: all }] }],
    ["(SEEN)", seen(true)],
    ["(SEEN ALL) UNSEEN", { key: "and", of: [{ key: "and", of: [seen(true), all] }, seen(false)] }],
    ["OR (ALL SEEN) 7", {
      key: "or",
      of: [{ key: "and", of: [all, seen(true)] }, { key: "seq", set: set(7, 7) }],
    }],
  ];
  for (const [text, key] of rows) assert.deepEqual(parse(text), { charset: null, key }, text);
});

Deno.test("parseSearchProgram() refuses anything else", () => {
  const bad = [
    "",
    " ALL",
    "ALL ",
    "ALL  SEEN",
    "FOO",
    "()",
    "(ALL",
    "ALL)",
    "NOT",
    "OR ALL",
    "FROM",
    "FROM ",
    "HEADER a",
    "KEYWORD \\Seen",
    'KEYWORD "x"',
    "LARGER x",
    "OLDER 0",
    "SINCE 30-Feb-2020",
    "UID",
    "UID x",
    "MODSEQ",
    'MODSEQ "/x" all 1',
    'MODSEQ "/flags/x" any 1',
    "1:0",
    "SUBJECT <\xff>",
    "CHARSET",
    "CHARSET UTF-8",
    "CHARSET UTF-8 ",
    "NOT ".repeat(60) + "ALL",
    "(".repeat(60) + "ALL" + ")".repeat(60),
    "OR ALL ".repeat(60) + "ALL",
  ];
  for (const text of bad) assert.throws(() => parse(text), SyntaxError, text);
});

Deno.test("parseSearchProgram(): charsets", () => {
  const value = (text: string) => {
    const { key } = parse(text);
    assert.ok(key.key === "body");
    return key.value;
  };
  assert.equal(value(`CHARSET UTF-8 BODY <${fromLatin1(utf8("ä€"))}>`), "ä€");
  assert.equal(value("charset iso-8859-1 BODY <\xe4>"), "ä");
  assert.equal(value('CHARSET "ISO-8859-15" BODY "\xa4"'), "€");
  assert.equal(value("CHARSET koi8-r BODY <\xc1>"), "а");
  assert.equal(parse("CHARSET utf-8 ALL").charset, "UTF-8");
  assert.throws(() => parse("CHARSET X-NONE ALL"), BadCharset);
  assert.throws(() => parse("CHARSET X-NONE ALL"), SyntaxError);
  assert.throws(() => parse("CHARSET Shift_JIS BODY <\xff\xff>"), (error) => !(error instanceof BadCharset));
  assert.throws(() => parse("CHARSET UTF-8 ALL", { noCharset: true }), SyntaxError);
});

Deno.test("parseSearchReturn()", () => {
  const rows: [string, string[] | null][] = [
    ["ALL", null],
    ["RETURN () ALL", []],
    ["return (min MAX) ALL", ["MIN", "MAX"]],
    ["RETURN (COUNT SAVE ALL PARTIAL 1:500) ALL", ["COUNT", "SAVE", "ALL", "PARTIAL 1:500"]],
    ["RETURN (PARTIAL -1:-100) ALL", ["PARTIAL -1:-100"]],
  ];
  for (const [text, want] of rows) {
    const args = read(text);
    assert.deepEqual(parseSearchReturn(args), want, text);
    assert.deepEqual(parseSearchProgram(args).key, all);
  }
  for (
    const text of [
      "RETURN",
      "RETURN ALL",
      "RETURN (FOO) ALL",
      "RETURN (PARTIAL 0:1) ALL",
      "RETURN (PARTIAL -1:1) ALL",
    ]
  ) {
    assert.throws(() => parseSearchReturn(read(text)), SyntaxError, text);
  }
});

Deno.test("resolveKey() turns every set into UIDs", () => {
  const { key } = parse("OR (2:* UID 5) NOT $ SEEN");
  const resolved = resolveKey(key, {
    seq: (s) => s.saved ? [70, 71] : resolveSequenceSet(s, 4).map((n) => n * 10),
    uid: (s) => resolveSequenceSet(s, 99),
  });
  assert.deepEqual(resolved, {
    key: "and",
    of: [
      {
        key: "or",
        of: [
          { key: "and", of: [{ key: "uids", set: [20, 40] }, { key: "uids", set: [5, 5] }] },
          { key: "not", of: { key: "uids", set: [70, 71] } },
        ],
      },
      seen(true),
    ],
  });
});

Deno.test("mentionsModSeq() looks inside", () => {
  assert.equal(mentionsModSeq(parse("OR SEEN (ALL NOT MODSEQ 3)").key), true);
  assert.equal(mentionsModSeq(parse("OR SEEN (ALL NOT OLDER 3)").key), false);
});
