import { strict as assert } from "node:assert";
import { formatReply, parseReply, parseReplyLine } from "./reply.ts";

Deno.test("formatReply() writes one line and several", () => {
  assert.equal(formatReply(250, "2.1.0", "ok"), "250 2.1.0 ok\r\n");
  assert.equal(formatReply(354, null, "go on"), "354 go on\r\n");
  assert.equal(
    formatReply(250, null, ["a.test", "SIZE 5", "HELP"]),
    "250-a.test\r\n250-SIZE 5\r\n250 HELP\r\n",
  );
  assert.equal(formatReply(550, "5.1.1", ["no", "really"]), "550-5.1.1 no\r\n550 5.1.1 really\r\n");
});

Deno.test("formatReply() never lets text out of its line", () => {
  assert.equal(formatReply(550, null, "a\r\n250 ok"), "550 a??250 ok\r\n");
  assert.equal(formatReply(550, null, "ü"), "550 ?\r\n");
});

const REPLIES: [text: string, want: unknown][] = [
  ["250 ok\r\n", { code: 250, enhanced: null, lines: ["ok"] }],
  ["250", { code: 250, enhanced: null, lines: [""] }],
  ["550 5.1.1 no such user", { code: 550, enhanced: "5.1.1", lines: ["no such user"] }],
  ["550-5.1.1 no\r\n550 5.1.1 really", { code: 550, enhanced: "5.1.1", lines: ["no", "really"] }],
  ["550 2.1.1 odd", { code: 550, enhanced: null, lines: ["2.1.1 odd"] }],
  ["421 4.4.2", { code: 421, enhanced: "4.4.2", lines: [""] }],
  ["250-a.test\r\n250 SIZE", { code: 250, enhanced: null, lines: ["a.test", "SIZE"] }],
];

for (const [text, want] of REPLIES) {
  Deno.test(`parseReply() reads ${JSON.stringify(text)}`, () => assert.deepEqual(parseReply(text), want));
}

for (const text of ["", "25 ok", "250ok", "250-more", "250-a\r\n251 b", "199 x", "999 x"]) {
  Deno.test(`parseReply() refuses ${JSON.stringify(text)}`, () => {
    assert.throws(() => parseReply(text), SyntaxError);
  });
}

Deno.test("parseReplyLine() tells whether more follows", () => {
  assert.equal(parseReplyLine("250-x").more, true);
  assert.equal(parseReplyLine("250 x").more, false);
});

Deno.test("parseReply() undoes formatReply()", () => {
  for (const lines of [["one"], ["one", "two"], ["", "x", ""]]) {
    assert.deepEqual(parseReply(formatReply(451, "4.3.0", lines)), { code: 451, enhanced: "4.3.0", lines });
  }
});
