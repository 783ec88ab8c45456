import { strict as assert } from "node:assert";
import { latin1 } from "../../base/bytes.ts";
import { decodeCharset } from "./charset.ts";
import { decodeWords } from "./encoded_word.ts";

const WORDS: [wire: string, text: string][] = [
  ["plain text", "plain text"],
  ["=?utf-8?q?Andr=C3=A9?= <x>", "André <x>"],
  ["=?ISO-8859-1?Q?a_b=20c?=", "a b c"],
  ["=?utf-8?B?R3LDvMOfZQ==?=", "Grüße"],
  ["(=?ISO-8859-1?Q?a?=\r\n =?ISO-8859-1?Q?b?=)", "(ab)"],
  ["=?ISO-8859-1?Q?a?= b =?ISO-8859-1?Q?c?=", "a b c"],
  ["=?utf-8?B?4pyT?==?utf-8?Q?=E2=9C?= =?utf-8?Q?=93?=", "✓✓"],
  ["=?utf-8*en?q?language?=", "language"],
  ["=?iso-2022-jp?B?GyRCRnxLXBsoQg==?=", "日本"],
  ["=?koi8-r?B?89DJ08/L?=", "Список"],
  ["=?x-unknown?q?caf=E9?=", "café"],
  ["raw utf-8 \xc3\xa9", "raw utf-8 é"],
  ["raw latin-1 \xe9", "raw latin-1 é"],
  ["=?utf-8?q?no end", "=?utf-8?q?no end"],
  ["=?utf-8?x?what?=", "=?utf-8?x?what?="],
  ["=?utf-8?b?!!!?= =?utf-8?b?Zg?=", "f"],
];

Deno.test("decodeWords() decodes RFC 2047 words and raw 8-bit", () => {
  for (const [wire, text] of WORDS) assert.equal(decodeWords(wire), text, wire);
});

const CHARSETS: [bytes: string, label: string | null, text: string][] = [
  ["abc", null, "abc"],
  ["\xc3\xa9", "us-ascii", "é"],
  ["\xe9", null, "é"],
  ["\xe9", '"ISO-8859-1"', "é"],
  ["\x80", "iso-8859-1", "€"],
  ["\xd0\xd2", "KOI8-R", "пр"],
  ["\x93\xfa", "cp932", "日"],
  ["\xc4\xe3", "gb2312", "你"],
  ["\xe9", "no-such-charset", "é"],
];

Deno.test("decodeCharset() knows labels and guesses the rest", () => {
  for (const [bytes, label, text] of CHARSETS) {
    assert.equal(decodeCharset(latin1(bytes), label), text, label ?? "none");
  }
  for (let i = 0; i < 500; i++) assert.equal(decodeCharset(latin1("x"), `invented-${i}`), "x");
});
