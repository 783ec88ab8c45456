import { strict as assert } from "node:assert";
import { concat, fromLatin1, latin1 } from "../../base/bytes.ts";
import {
  fieldName,
  fieldValue,
  findField,
  foldedValue,
  hasField,
  readHeader,
  removeFields,
} from "./header.ts";

function fieldsOf(text: string): [string, string][] {
  const header = readHeader(latin1(text));
  return header.fields.map((field) => [fieldName(header, field), fieldValue(header, field)]);
}

const TABLE: [text: string, fields: [string, string][]][] = [
  ["A: b\r\n\r\nbody: no", [["A", "b"]]],
  ["A: b\nC:d\n\nbody", [["A", "b"], ["C", "d"]]],
  ["A:\r\n b\r\n\tc \r\n\r\n", [["A", " b\tc "]]],
  ["A : b\r\n", [["A", "b"]]],
  ["no colon\r\n not a fold of a field\r\nA: b", [["A", "b"]]],
  [" fold of nothing\r\nA: b\r\n", [["A", "b"]]],
  [": b\r\nA: c\r\n", [["", "b"], ["A", "c"]]],
  ["A: \0\r\n", [["A", "\xef\xbf\xbd"]]],
  ["A: b\rc\r\n", [["A", "b\rc"]]],
  ["\r\nA: b", []],
  ["", []],
];

Deno.test("readHeader() splits fields", () => {
  for (const [text, fields] of TABLE) assert.deepEqual(fieldsOf(text), fields, JSON.stringify(text));
});

Deno.test("readHeader() tells where the body starts", () => {
  const rows: [string, number, number][] = [
    ["A: b\r\n\r\nbody", 8, 2],
    ["A: b\n\nbody", 6, 2],
    ["\r\nbody", 2, 1],
    ["A: b", 4, 0],
    ["A: b\r\n \r\n\r\nx", 11, 3],
    ["", 0, 0],
  ];
  for (const [text, bodyStart, lines] of rows) {
    const header = readHeader(latin1(text));
    assert.deepEqual([header.bodyStart, header.lines], [bodyStart, lines], JSON.stringify(text));
  }
});

Deno.test("readHeader() looks at no more than its budget but finds the body", () => {
  const text = "A: b\r\nLong: " + "x".repeat(100) + "\r\nC: d\r\n\r\nbody";
  const header = readHeader(latin1(text), 0, 20);
  assert.deepEqual(header.fields.map((field) => fieldName(header, field)), ["A"]);
  assert.equal(header.text.length, 20);
  assert.equal(header.bodyStart, text.indexOf("body"));
});

Deno.test("findField() ignores case; foldedValue() keeps folds", () => {
  const header = readHeader(latin1("Subject: a\r\n b\r\nTo: c\r\n\r\n"));
  const field = findField(header, "SUBJECT");
  assert.ok(field);
  assert.equal(foldedValue(header, field), "a\r\n b");
  assert.ok(hasField(header, "to"));
  assert.ok(!hasField(header, "t"));
});

Deno.test("removeFields() takes whole fields and nothing else", () => {
  const raw = latin1("Bcc: a\r\n b\r\nTo: c\r\nBCC : d\r\n\r\nBcc: body");
  assert.equal(fromLatin1(concat(removeFields(raw, readHeader(raw), ["bcc"]))), "To: c\r\n\r\nBcc: body");
  assert.deepEqual(removeFields(raw, readHeader(raw), ["x"]), [raw]);
});
