import { strict as assert } from "node:assert";
import { fromLatin1, latin1, utf8 } from "../../base/bytes.ts";
import { Arguments, commandParts } from "./arguments.ts";

/** Arguments of a text in which `<…>` stands for a literal. */
function read(text: string, options = { utf8: false }): Arguments {
  const pieces = text.split(/<([^>]*)>/);
  return new Arguments({
    text: pieces.filter((_, i) => i % 2 === 0),
    literals: pieces.filter((_, i) => i % 2 === 1).map(latin1),
  }, options);
}

/** What `reader` reads when it must read everything. */
function all<T>(text: string, reader: (args: Arguments) => T, options?: { utf8: boolean }): T {
  const args = read(text, options);
  const value = reader(args);
  args.end();
  return value;
}

/** Wire octets of UTF-8 text. */
const wire = (text: string) => fromLatin1(utf8(text));

interface Case {
  name: string;
  reader: (args: Arguments) => unknown;
  utf8?: boolean;
  good: [string, unknown][];
  bad: string[];
}

const cases: Case[] = [
  {
    name: "tag()",
    reader: (a) => a.tag(),
    good: [["a1", "a1"], ["A.b-]", "A.b-]"], ["$", "$"]],
    bad: ["", " a", "+", "a+b", "*", "(", '"a"', "{", "a\\", "\x80", "\t"],
  },
  {
    name: "command()",
    reader: (a) => a.command(),
    good: [["noop", "NOOP"], ["uid Fetch", "UID FETCH"]],
    bad: ["", "UID", "uid  fetch", "UID ", "NOOP\n", "NO\0OP", "NOOP\r", "\x80"],
  },
  {
    name: "atom()",
    reader: (a) => a.atom(),
    good: [["abc", "abc"], ["$Label1", "$Label1"], ["a+b", "a+b"], ["}", "}"]],
    bad: ["", "a]", "a%", "a*", 'a"', "a\\", "a{", "(", "a b", "ä", "a<x>", "<x>"],
  },
  {
    name: "astring()",
    reader: (a) => a.astring(),
    good: [
      ["a]b", "a]b"],
      ['"a b"', "a b"],
      ['""', ""],
      ['"\\"\\\\"', '"\\'],
      ["<>", ""],
      ["<a\r\nb>", "a\r\nb"],
      ['"\xe4"', "\xe4"],
    ],
    bad: ["", '"', '"a', '"a\\b"', '"a\\"', '"a\rb"', '"a\nb"', '"a\0b"', "a%", '"a"b', "<a>b", "ä", 'a"b"'],
  },
  {
    name: "nstring()",
    reader: (a) => a.nstring(),
    good: [["NIL", null], ["nil", null], ['"NIL"', "NIL"], ["<nil>", "nil"]],
    bad: ["", "NILS", "abc", "NIL<a>"],
  },
  {
    name: "text()",
    reader: (a) => a.text(),
    good: [["abc", "abc"], [`"${wire("pässwörd €")}"`, "pässwörd €"], [`<${wire("ü\uFEFF")}>`, "ü\uFEFF"]],
    bad: ['"\xe4"', "<\xff>", '"\xc0\x80"', '"\xed\xa0\x80"'],
  },
  {
    name: "text() with UTF8=ACCEPT",
    reader: (a) => a.astring(),
    utf8: true,
    good: [[`"${wire("ä")}"`, wire("ä")], ["<\xe4>", "\xe4"]],
    bad: ['"\xe4"'],
  },
  {
    name: "number()",
    reader: (a) => a.number(),
    good: [["0", 0], ["4294967295", 4294967295], ["007", 7]],
    bad: ["", "-1", "4294967296", "1.5", "1e3", "9".repeat(400), "0x1", "+1"],
  },
  {
    name: "nzNumber()",
    reader: (a) => a.nzNumber(),
    good: [["1", 1], ["4294967295", 4294967295]],
    bad: ["0", "00", "4294967296"],
  },
  {
    name: "number64()",
    reader: (a) => a.number64(),
    good: [
      ["0", 0],
      ["9007199254740991", Number.MAX_SAFE_INTEGER],
      ["9223372036854775807", Number.MAX_SAFE_INTEGER],
    ],
    bad: ["", "9223372036854775808", "18446744073709551616", "1".repeat(100), "-1"],
  },
  {
    name: "mailbox()",
    reader: (a) => a.mailbox(),
    good: [
      ["inBox", "INBOX"],
      ['"iNbOx"', "INBOX"],
      ["<inbox>", "INBOX"],
      ["inbox/Sub", "INBOX/Sub"],
      ["inboxes", "inboxes"],
      ["a/inbox", "a/inbox"],
      ["Entw&APw-rfe", "Entwürfe"],
      ['"R&-D"', "R&D"],
      ["a&AwE-", "á"], // a + combining accent, made NFC
      ['""', ""],
    ],
    bad: ["a*", "a%", '"\xe4"', "R&D", "&AGE-", "<\xc3\xa4>", `"${wire("ä")}"`],
  },
  {
    name: "mailbox() with UTF8=ACCEPT",
    reader: (a) => a.mailbox(),
    utf8: true,
    good: [[`"${wire("Entwürfe")}"`, "Entwürfe"], ["R&D", "R&D"], ["&APw-", "&APw-"], [
      `<${wire("a\u0301")}>`,
      "á",
    ]],
    bad: ['"\xe4"', "<\xe4>", wire("ä")],
  },
  {
    name: "listMailbox()",
    reader: (a) => a.listMailbox(),
    good: [["*", "*"], ["%", "%"], ["inbox", "INBOX"], ["a/%]", "a/%]"], ['"a *"', "a *"], [
      "Entw&APw-*",
      "Entwü*",
    ]],
    bad: ["", "(", '"\xe4"', "a{", "&*-"],
  },
  {
    name: "sequenceSet()",
    reader: (a) => a.sequenceSet(),
    good: [["1:*", { saved: false, ranges: [[1, 0]] }], ["$", { saved: true, ranges: [] }]],
    bad: ["", "x", "1,,2", "1:2x", "0"],
  },
  {
    name: "flag()",
    reader: (a) => a.flag(),
    good: [["\\seen", "\\Seen"], ["\\DELETED", "\\Deleted"], ["$Junk", "$Junk"], ["Seen", "Seen"]],
    bad: ["\\Recent", "\\*", "\\", "\\Foo", "", '"x"', "\\ Seen"],
  },
  {
    name: "flagList()",
    reader: (a) => a.flagList(),
    good: [["()", []], ["(\\Seen)", ["\\Seen"]], ["(\\Seen $a b)", ["\\Seen", "$a", "b"]]],
    bad: ["", "(", "\\Seen", "(\\Seen", "( )", "(a )", "( a)", "(a  b)", "((a))"],
  },
  {
    name: "flags()",
    reader: (a) => a.flags(),
    good: [["()", []], ["\\Seen a", ["\\Seen", "a"]], ["(a)", ["a"]]],
    bad: ["", " ", "a ", "a  b", "a (b)"],
  },
  {
    name: "date()",
    reader: (a) => a.date(),
    good: [
      ["1-Jan-1970", 0],
      ['"02-jAN-1970"', 1],
      ["29-Feb-2024", 19782],
      ["31-Dec-1969", -1],
      ["01-Jan-0001", -719162],
    ],
    bad: [
      "",
      "29-Feb-2023",
      "0-Jan-2020",
      "32-Jan-2020",
      "1-Foo-2020",
      "1-Jan-20",
      "1-1-2020",
      '"1-Jan-2020',
      " 1-Jan-2020",
    ],
  },
  {
    name: "dateTime()",
    reader: (a) => a.dateTime(),
    good: [
      ['"01-Jan-1970 00:00:00 +0000"', 0],
      ['" 1-Jan-1970 00:00:01 +0000"', 1000],
      ['"17-Jul-1996 02:44:25 -0700"', Date.UTC(1996, 6, 17, 9, 44, 25)],
      ['"17-Jul-1996 02:44:25 +0530"', Date.UTC(1996, 6, 16, 21, 14, 25)],
      ['"31-Dec-2016 23:59:60 +0000"', Date.UTC(2017, 0, 1)],
    ],
    bad: [
      '"1-Jan-1970 00:00:00 +0000"',
      '"01-Jan-1970 24:00:00 +0000"',
      '"01-Jan-1970 00:60:00 +0000"',
      '"01-Jan-1970 00:00:61 +0000"',
      '"01-Jan-1970 00:00:00 0000"',
      '"01-Jan-1970 00:00:00 +2400"',
      '"01-Jan-1970 00:00:00 GMT"',
      '"31-Jun-2020 00:00:00 +0000"',
      "01-Jan-1970 00:00:00 +0000",
      '""',
    ],
  },
  {
    name: "literalOrString()",
    reader: (a) => {
      const { bytes, literal, binary } = a.literalOrString();
      return [fromLatin1(bytes), literal, binary];
    },
    good: [["<abc>", ["abc", true, false]], ["~<a\0>", ["a\0", true, true]], ['"abc"', [
      "abc",
      false,
      false,
    ]]],
    bad: ["", "abc", "~", "~abc", "~<a>b", "~~<a>"],
  },
];

for (const { name, reader, utf8 = false, good, bad } of cases) {
  Deno.test(`Arguments.${name}`, () => {
    for (const [text, want] of good) assert.deepEqual(all(text, reader, { utf8 }), want, text);
    for (const text of bad) assert.throws(() => all(text, reader, { utf8 }), SyntaxError, text);
  });
}

Deno.test("Arguments: a whole command", () => {
  const args = read('a1 append Sent (\\Seen) "01-Jan-1970 00:00:00 +0000" <Subject: x>');
  assert.equal(args.tag(), "a1");
  args.space();
  assert.equal(args.command(), "APPEND");
  args.space();
  assert.equal(args.mailbox(), "Sent");
  args.space();
  assert.equal(args.peek(), "(");
  assert.deepEqual(args.flags(), ["\\Seen"]);
  args.space();
  assert.equal(args.dateTime(), 0);
  args.space();
  assert.equal(args.peek(), "{");
  assert.equal(args.atEnd(), false);
  assert.equal(fromLatin1(args.literalOrString().bytes), "Subject: x");
  assert.equal(args.peek(), "");
  assert.equal(args.atEnd(), true);
  args.end();
});

Deno.test("Arguments: the tag of a command with bare line ends can still be read", () => {
  for (const text of ["a NOOP\nb NOOP", "a LOGIN <x> \rb"]) {
    const args = read(text);
    assert.equal(args.tag(), "a");
    args.space();
    assert.throws(() => args.command(), SyntaxError);
  }
});

Deno.test("Arguments: errors tell the offset over literals", () => {
  const args = read("a X <abc>?");
  args.tag();
  args.space();
  args.command();
  args.space();
  args.astring();
  assert.throws(() => args.space(), /expected a space at 7/);
});

Deno.test("Arguments.acceptWord() takes whole words", () => {
  const args = new Arguments(commandParts("returning RETURN (x)"), { utf8: false });
  assert.equal(args.acceptWord("RETURN"), false);
  assert.equal(args.atom(), "returning");
  args.space();
  assert.equal(args.acceptWord("RETURN"), true);
  args.space();
  assert.deepEqual(args.list(() => args.atom()), ["x"]);
  args.end();
});

Deno.test("Arguments.astringBytes() gives octets of each form", () => {
  for (const text of ["abc", '"abc"', "<abc>"]) {
    assert.deepEqual(all(text, (a) => a.astringBytes()), latin1("abc"));
  }
});
