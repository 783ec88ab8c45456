import { strict as assert } from "node:assert";
import { concat, fromLatin1, latin1 } from "../../base/bytes.ts";
import { Collector } from "./collector.ts";
import { DotReader, hasBareLineEnd } from "./dot_reader.ts";
import { dotStuff, normalizeLineEnds } from "./dot_writer.ts";

interface Result {
  done: boolean;
  message: string;
  rest: string;
  bareLineEnd: boolean;
  lineTooLong: boolean;
}

function read(input: string, step: number, maxLineBytes = 1000): Result {
  const collector = new Collector(1e9);
  const reader = new DotReader(collector, maxLineBytes);
  const bytes = latin1(input);
  let rest = "";
  for (let at = 0; at < bytes.length; at += step) {
    const piece = bytes.subarray(at, at + step);
    if (reader.done) {
      rest += fromLatin1(piece);
      continue;
    }
    const after = reader.push(piece);
    if (after) rest += fromLatin1(after);
  }
  const { done, bareLineEnd, lineTooLong } = reader;
  return { done, message: fromLatin1(collector.take()), rest, bareLineEnd, lineTooLong };
}

const CASES: { name: string; input: string; want: Partial<Result> }[] = [
  { name: "an empty message", input: ".\r\nQUIT\r\n", want: { done: true, message: "", rest: "QUIT\r\n" } },
  { name: "a line", input: "a\r\n.\r\n", want: { done: true, message: "a\r\n", rest: "" } },
  {
    name: "a stuffed dot",
    input: "..\r\n..a\r\n.b\r\n.\r\n",
    want: { done: true, message: ".\r\n.a\r\nb\r\n" },
  },
  { name: "a lone CRLF", input: "\r\n.\r\n", want: { done: true, message: "\r\n" } },
  { name: "dots inside a line", input: "a.b\r\nc.\r\n.\r\n", want: { done: true, message: "a.b\r\nc.\r\n" } },
  { name: "a message that goes on", input: "a\r\n.b\r\n", want: { done: false } },
  {
    name: "LF . LF",
    input: "a\n.\nb\r\n.\r\n",
    want: { done: true, message: "a\n.\nb\r\n", bareLineEnd: true },
  },
  { name: "LF . CRLF", input: "a\n.\r\nb\r\n.\r\nX", want: { done: true, bareLineEnd: true, rest: "X" } },
  { name: "CRLF . LF", input: "a\r\n.\nb\r\n.\r\n", want: { done: true, bareLineEnd: true, rest: "" } },
  { name: "CRLF . CR", input: "a\r\n.\rb\r\n.\r\n", want: { done: true, bareLineEnd: true, rest: "" } },
  { name: "CR . CR", input: "a\r.\rb\r\n.\r\n", want: { done: true, bareLineEnd: true } },
  { name: "CR CRLF", input: "a\r\r\n.\r\n", want: { done: true, bareLineEnd: true } },
  { name: "LF first", input: "\na\r\n.\r\n", want: { done: true, bareLineEnd: true } },
  { name: "NUL", input: "a\0b\r\n.\r\n", want: { done: true, message: "a\0b\r\n", bareLineEnd: false } },
  {
    name: "a line as long as allowed",
    input: "x".repeat(1000) + "\r\n.\r\n",
    want: { done: true, lineTooLong: false },
  },
  {
    name: "a line that is too long",
    input: "x".repeat(1001) + "\r\n.\r\n",
    want: { done: true, lineTooLong: true },
  },
  {
    name: "a line that is too long and ends with LF alone",
    input: "x".repeat(1002) + "\na\r\n.\r\n",
    want: { done: true, lineTooLong: true, bareLineEnd: true },
  },
  {
    name: "a long line between short ones",
    input: "a\r\n".repeat(500) + "x".repeat(1001) + "\r\n" + "a\r\n".repeat(500) + ".\r\n",
    want: { done: true, lineTooLong: true },
  },
  {
    name: "many lines of the longest length",
    input: ("x".repeat(1000) + "\r\n").repeat(5) + ".\r\n",
    want: { done: true, lineTooLong: false },
  },
];

for (const { name, input, want } of CASES) {
  Deno.test(`DotReader reads ${name}, in one piece and in small ones`, () => {
    const whole = read(input, input.length);
    for (const key of Object.keys(want) as (keyof Result)[]) assert.equal(whole[key], want[key], key);
    assert.equal(whole.bareLineEnd, want.bareLineEnd ?? false);
    assert.equal(whole.lineTooLong, want.lineTooLong ?? false);
    for (const step of [1, 2, 3, 5, 7]) assert.deepEqual(read(input, step), whole, `steps of ${step}`);
  });
}

Deno.test("DotReader counts past the limit and keeps nothing", () => {
  const collector = new Collector(10);
  const reader = new DotReader(collector, 1000);
  reader.push(latin1("0123456789\r\nmore\r\n"));
  assert.equal(collector.tooBig, true);
  const rest = reader.push(latin1("again\r\n.\r\nQUIT\r\n"));
  assert.equal(fromLatin1(rest!), "QUIT\r\n");
  assert.equal(collector.sizeBytes, 25);
  assert.equal(collector.take().length, 0);
});

Deno.test("Collector gives back what it got, in pieces of any size", () => {
  for (const size of [1, 100, 16_384, 70_000]) {
    const collector = new Collector(1e7);
    const pieces: Uint8Array[] = [];
    for (let i = 0; i < 5; i++) {
      const piece = new Uint8Array(size + i).fill(i + 1);
      pieces.push(piece);
      collector.append(piece);
    }
    assert.deepEqual(collector.take(), concat(pieces));
  }
});

Deno.test("hasBareLineEnd() sees every kind", () => {
  for (const text of ["\n", "\r", "a\nb", "a\rb", "\r\r\n", "\n\r\n", "a\r\n\r"]) {
    assert.equal(hasBareLineEnd(latin1(text)), true, JSON.stringify(text));
  }
  for (const text of ["", "a", "\r\n", "a\r\n\r\nb"]) assert.equal(hasBareLineEnd(latin1(text)), false, text);
});

const STUFFED: [message: string, wire: string][] = [
  ["", ".\r\n"],
  ["a\r\n", "a\r\n.\r\n"],
  ["a", "a\r\n.\r\n"],
  [".", "..\r\n.\r\n"],
  [".\r\n.\r\n", "..\r\n..\r\n.\r\n"],
  ["a\r\n..b\r\nc.\r\n", "a\r\n...b\r\nc.\r\n.\r\n"],
  ["a\n.\nb", "a\n..\nb\r\n.\r\n"],
];

for (const [message, wire] of STUFFED) {
  Deno.test(`dotStuff() of ${JSON.stringify(message)}`, () => {
    assert.equal(dotStuff(latin1(message)).map(fromLatin1).join(""), wire);
  });
}

Deno.test("dotStuff() hands a message without dots on uncopied", () => {
  const message = latin1("a\r\nb\r\n");
  assert.equal(dotStuff(message)[0], message);
});

Deno.test("normalizeLineEnds() leaves no bare CR or LF", () => {
  assert.equal(fromLatin1(normalizeLineEnds(latin1("a\nb\rc\r\nd\n\n"))), "a\r\nb\r\nc\r\nd\r\n\r\n");
  const clean = latin1("a\r\n");
  assert.equal(normalizeLineEnds(clean), clean);
});
