import { strict as assert } from "node:assert";
import { fromLatin1, latin1, utf8 } from "../../base/bytes.ts";
import { parsePop3Command } from "./command.ts";
import { cutTop } from "./top.ts";

const GOOD: [line: string, want: unknown][] = [
  ["USER alice@a.test", { verb: "USER", name: "alice@a.test" }],
  ["PASS  two words ", { verb: "PASS", password: " two words " }],
  ["PASS pässword", { verb: "PASS", password: "pässword" }],
  ["auth plain", { verb: "AUTH", mechanism: "PLAIN", initial: null }],
  ["AUTH PLAIN AGEAYg==", { verb: "AUTH", mechanism: "PLAIN", initial: "AGEAYg==" }],
  ["AUTH PLAIN =", { verb: "AUTH", mechanism: "PLAIN", initial: "" }],
  ["AUTH", { verb: "AUTH", mechanism: null, initial: null }],
  ["LIST", { verb: "LIST", message: null }],
  ["list 3 ", { verb: "LIST", message: 3 }],
  ["UIDL 12", { verb: "UIDL", message: 12 }],
  ["RETR 1", { verb: "RETR", message: 1 }],
  ["DELE 1", { verb: "DELE", message: 1 }],
  ["TOP 1 0", { verb: "TOP", message: 1, lines: 0 }],
  ["LANG", { verb: "LANG", range: null }],
  ["LANG *", { verb: "LANG", range: "*" }],
  ["LANG en-GB", { verb: "LANG", range: "en-GB" }],
  ["CAPA", { verb: "CAPA" }],
  ["STLS", { verb: "STLS" }],
  ["UTF8", { verb: "UTF8" }],
  ["STAT", { verb: "STAT" }],
  ["NOOP", { verb: "NOOP" }],
  ["RSET", { verb: "RSET" }],
  ["QUIT", { verb: "QUIT" }],
];

for (const [line, want] of GOOD) {
  Deno.test(`parsePop3Command() reads ${line}`, () => assert.deepEqual(parsePop3Command(utf8(line)), want));
}

const BAD = [
  "",
  "XTND",
  "APOP a b",
  "USER",
  "PASS",
  "RETR",
  "RETR x",
  "RETR -1",
  "RETR 1 2",
  "RETR 12345678901",
  "TOP 1",
  "TOP 1 x",
  "STAT 1",
  "AUTH PLAIN !",
  "NOOP\0",
  "LIST\r1",
  "USER \xff",
  "LIST \xe4",
];

for (const line of BAD) {
  Deno.test(`parsePop3Command() refuses ${JSON.stringify(line)}`, () => {
    assert.equal(parsePop3Command(latin1(line)).verb, "BAD");
  });
}

const MESSAGE = "A: 1\r\nB: 2\r\n\r\none\r\ntwo\r\nthree";

const TOPS: [lines: number, want: string][] = [
  [0, "A: 1\r\nB: 2\r\n\r\n"],
  [1, "A: 1\r\nB: 2\r\n\r\none\r\n"],
  [2, "A: 1\r\nB: 2\r\n\r\none\r\ntwo\r\n"],
  [3, MESSAGE],
  [999, MESSAGE],
];

for (const [lines, want] of TOPS) {
  Deno.test(`cutTop() of ${lines} lines`, () => {
    assert.equal(fromLatin1(cutTop(latin1(MESSAGE), lines, true)!), want);
  });
}

Deno.test("cutTop() asks for more until it can tell", () => {
  const bytes = latin1(MESSAGE), want = TOPS[1][1];
  for (let end = 0; end < bytes.length; end++) {
    const top = cutTop(bytes.subarray(0, end), 1, false);
    assert.equal(top ? fromLatin1(top) : null, end < want.length ? null : want);
  }
});

Deno.test("cutTop() knows empty lines that end with LF alone", () => {
  assert.equal(fromLatin1(cutTop(latin1("A: 1\n\nx\ny\n"), 1, true)!), "A: 1\n\nx\n");
});
