import { strict as assert } from "node:assert";
import { fromLatin1, latin1 } from "../../base/bytes.ts";
import { separateBareText } from "./bare_text.ts";

const ROWS: [raw: string, want: string][] = [
  ["hello\r\n", "\r\nhello\r\n"],
  ["hello\r\n\r\nmore\r\n", "\r\nhello\r\n\r\nmore\r\n"],
  ["see https://a.test/\r\n", "\r\nsee https://a.test/\r\n"],
  [" hello\r\n", "\r\n hello\r\n"],
  ["", ""],
  ["\r\nhello\r\n", "\r\nhello\r\n"],
  ["\nhello\n", "\nhello\n"],
  ["Subject: x\r\n", "Subject: x\r\n"],
  ["From a@b.test Thu Aug 22 12:36:23 2002\r\nSubject: x\r\n\r\nhi\r\n", ""],
  ["junk\r\nSubject: x\r\n\r\nhi\r\n", ""],
];

for (const [raw, want] of ROWS) {
  Deno.test(`separateBareText() of ${JSON.stringify(raw)}`, () => {
    assert.equal(fromLatin1(separateBareText(latin1(raw))), want || raw);
  });
}
