import { strict as assert } from "node:assert";
import { latin1 } from "../../base/bytes.ts";
import { briefOf, idKey } from "./brief.ts";
import { readEnvelope } from "./envelope.ts";
import { readHeader } from "./header.ts";

const brief = (text: string) => {
  const header = readHeader(latin1(text.replaceAll("\n", "\r\n")));
  return briefOf(header, readEnvelope(header), "base");
};

Deno.test("briefOf() has fields decoded, folded, and with runs of blanks as they are and squeezed", () => {
  const rows: [string, (string | null)[]][] = [
    ["\n", ["", "", "", "", "", ""]],
    ["FROM: Ann <a@X.test>\n\n", ["ann <a@x.test>", "", "", "", "", ""]],
    ["To: a@x.test,\n\tb@x.test\nTo: c@x.test\n\n", [
      "",
      "a@x.test,\tb@x.test\u0001a@x.test, b@x.test\u0001c@x.test",
      "",
      "",
      "",
      "",
    ]],
    ["Subject: =?utf-8?q?=C3=9Cber?= Es\nMessage-Id: <A@b>\n\n", ["", "", "", "", "u\u0308ber es", "<a@b>"]],
    ["Cc: a\u0001b\nBcc: x\0\n\n", ["", "", "a\ufffdb", "x\ufffd", "", ""]],
    [`Subject: ${"long ".repeat(500)}\n\n`, ["", "", "", "", null, ""]],
    ["From: <ann (at)@ (home) x.test>\n\n", [
      "<ann (at)@ (home) x.test>\u0001ann@x.test",
      "",
      "",
      "",
      "",
      "",
    ]],
    ["Sender: no\nReply-To: no\nX-From: no\n\n", ["", "", "", "", "", ""]],
  ];
  for (const [text, want] of rows) assert.deepEqual(brief(text).fields, want, text);
});

Deno.test("briefOf() has what SORT and THREAD compare (RFC 5256 §2, §3; RFC 5957 §3)", () => {
  const text =
    'From: "Ann B" <ann@x.test>\nTo: bob@x.test\nMessage-ID: <"a"@b>\nReferences: <r1@b> <r2@b>\n' +
    "In-Reply-To: <other@b>\n\n";
  assert.deepEqual({ ...brief(text), fields: [] }, {
    subject: "BASE",
    fromBox: "ANN",
    toBox: "BOB",
    ccBox: "",
    fromShown: "ANN B",
    toShown: "BOB@X.TEST",
    idKey: idKey("a@b"),
    refKeys: [idKey("r1@b"), idKey("r2@b")],
    fields: [],
  });
  assert.deepEqual(brief("In-Reply-To: <o@b> <p@b>\n\n").refKeys, [idKey("o@b")]);
  assert.equal(brief("\n").idKey, null);
  // An addr-spec has no encoded-words, whatever it looks like (RFC 2047 §5); a name has.
  const odd = brief("From: =?utf-8?q?Zoe?=@x.test\nTo: =?utf-8?q?Zoe?= <a@x.test>\n\n");
  assert.deepEqual(
    [odd.fromBox, odd.fromShown, odd.toShown],
    ["=?UTF-8?Q?ZOE?=", "=?UTF-8?Q?ZOE?=@X.TEST", "ZOE"],
  );
});

Deno.test("idKey() tells a million ids apart, within what a column holds", () => {
  const seen = new Set<number>();
  for (let i = 0; i < 1_000_000; i++) {
    const key = idKey(`<m1.${i}@bench.example>`);
    assert.ok(Number.isSafeInteger(key) && key > 0);
    seen.add(key);
  }
  assert.ok(seen.size >= 999_999);
});
