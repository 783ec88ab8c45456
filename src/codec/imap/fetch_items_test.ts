import { strict as assert } from "node:assert";
import type { SectionSpec } from "../message/section.ts";
import { Arguments, commandParts } from "./arguments.ts";
import { type FetchAttribute, formatSection, parseFetchItems } from "./fetch_items.ts";

function parse(text: string): FetchAttribute[] {
  const args = new Arguments(commandParts(text), { utf8: false });
  const items = parseFetchItems(args);
  args.end();
  return items;
}

Deno.test("parseFetchItems(): items without sections and macros", () => {
  const rows: [string, string[]][] = [
    ["uid", ["UID"]],
    ["(UID FLAGS)", ["UID", "FLAGS"]],
    ["(flags FLAGS uid)", ["FLAGS", "UID"]],
    ["all", ["FLAGS", "INTERNALDATE", "RFC822.SIZE", "ENVELOPE"]],
    ["FAST", ["FLAGS", "INTERNALDATE", "RFC822.SIZE"]],
    ["FULL", ["FLAGS", "INTERNALDATE", "RFC822.SIZE", "ENVELOPE", "BODY"]],
    ["(BODY BODYSTRUCTURE MODSEQ EMAILID THREADID SAVEDATE)", [
      "BODY",
      "BODYSTRUCTURE",
      "MODSEQ",
      "EMAILID",
      "THREADID",
      "SAVEDATE",
    ]],
    ["(PREVIEW UID)", ["PREVIEW", "UID"]],
    ["(PREVIEW (LAZY) UID)", ["PREVIEW", "UID"]],
    ["PREVIEW (lazy)", ["PREVIEW"]],
    ["PREVIEW", ["PREVIEW"]],
  ];
  for (const [text, want] of rows) assert.deepEqual(parse(text), want.map((name) => ({ name })), text);
});

const sections: [text: string, label: string, peek: boolean, spec: SectionSpec][] = [
  ["BODY[]", "BODY[]", false, { part: [], kind: "all" }],
  ["body.peek[]", "BODY[]", true, { part: [], kind: "all" }],
  ["BODY[1.2]", "BODY[1.2]", false, { part: [1, 2], kind: "all" }],
  ["BODY[HEADER]", "BODY[HEADER]", false, { part: [], kind: "header" }],
  ["BODY[text]", "BODY[TEXT]", false, { part: [], kind: "text" }],
  ["BODY[4.1.MIME]", "BODY[4.1.MIME]", false, { part: [4, 1], kind: "mime" }],
  ["BODY.PEEK[2.HEADER]", "BODY[2.HEADER]", true, { part: [2], kind: "header" }],
  ["BODY[]<0.2048>", "BODY[]<0>", false, { part: [], kind: "all", partial: { offset: 0, count: 2048 } }],
  [
    "BODY.PEEK[HEADER.FIELDS (DATE from)]",
    "BODY[HEADER.FIELDS (DATE from)]",
    true,
    { part: [], kind: "fields", fields: ["DATE", "from"] },
  ],
  [
    'BODY[1.header.fields.not ("X-a" NIL)]<5.1>',
    'BODY[1.HEADER.FIELDS.NOT (X-a "NIL")]<5>',
    false,
    { part: [1], kind: "fields-not", fields: ["X-a", "NIL"], partial: { offset: 5, count: 1 } },
  ],
  ["RFC822", "RFC822", false, { part: [], kind: "all" }],
  ["rfc822.header", "RFC822.HEADER", true, { part: [], kind: "header" }],
  ["RFC822.TEXT", "RFC822.TEXT", false, { part: [], kind: "text" }],
  ["BINARY[1]", "BINARY[1]", false, { part: [1], kind: "binary" }],
  ["BINARY[]", "BINARY[]", false, { part: [], kind: "binary" }],
  [
    "BINARY.PEEK[1.2]<3.4>",
    "BINARY[1.2]<3>",
    true,
    { part: [1, 2], kind: "binary", partial: { offset: 3, count: 4 } },
  ],
  ["BINARY.SIZE[2]", "BINARY.SIZE[2]", true, { part: [2], kind: "binary-size" }],
];

Deno.test("parseFetchItems(): sections and their response labels", () => {
  for (const [text, label, peek, spec] of sections) {
    const want: FetchAttribute = { name: "SECTION", label, peek, spec };
    assert.deepEqual(parse(text), [want], text);
    assert.deepEqual(parse(`(UID ${text} ${text})`), [{ name: "UID" }, want], text);
  }
});

Deno.test("parseFetchItems(): what stands in a label parses to the same section", () => {
  for (const [text, label, , spec] of sections) {
    if (!label.startsWith("BODY[")) continue;
    assert.equal(`BODY[${formatSection(spec)}]`, label.replace(/<.*/, ""), text);
    const again = parse(label.replace(/<.*/, ""))[0];
    const { partial: _, ...whole } = spec;
    assert.deepEqual(again, { name: "SECTION", label: label.replace(/<.*/, ""), peek: false, spec: whole });
  }
});

Deno.test("parseFetchItems() refuses anything else", () => {
  const bad = [
    "",
    "()",
    "(ALL)",
    "(UID FAST)",
    "FOO",
    "UID FLAGS",
    "(UID  FLAGS)",
    "(UID",
    "BODY[",
    "BODY[FOO]",
    "BODY[MIME]",
    "BODY[0]",
    "BODY[1.]",
    "BODY[1..2]",
    "BODY[1.0]",
    "BODY[HEADER.FIELDS]",
    "BODY[HEADER.FIELDS ()]",
    "BODY[HEADER.FIELDS (a:b)]",
    'BODY[HEADER.FIELDS ("a b")]',
    "BODY[]<0>",
    "BODY[]<0.0>",
    "BODY[]<.1>",
    "BODY[]<-1.1>",
    "BODY.PEEK",
    "BODYSTRUCTURE[]",
    "BINARY",
    "BINARY[TEXT]",
    "BINARY.SIZE[1]<0.1>",
    "RFC822[]",
    "PREVIEW (FOO)",
    `(${Array.from({ length: 600 }, (_, i) => `BODY[${i + 1}]`).join(" ")})`,
  ];
  for (const text of bad) assert.throws(() => parse(text), SyntaxError, text);
});
