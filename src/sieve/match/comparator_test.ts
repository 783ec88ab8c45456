import { strict as assert } from "node:assert";
import { tell, tryScript } from "../testing/try_script.ts";
import { ASCII_CASEMAP, type Comparator, OCTET } from "./comparator.ts";
import { ASCII_NUMERIC } from "./numeric.ts";
import { UNICODE_CASEMAP } from "./unicode.ts";

/** Two texts and their order: below, at or above zero. */
const ORDERS: readonly [comparator: Comparator, a: string, b: string, order: number][] = [
  [OCTET, "a", "a", 0],
  [OCTET, "A", "a", -1],
  [OCTET, "\u{10000}", "\uffff", 1],
  [OCTET, "ab", "a", 1],
  [ASCII_CASEMAP, "aBc", "AbC", 0],
  [ASCII_CASEMAP, "\u00e4", "\u00c4", 1],
  [ASCII_CASEMAP, "a", "_", -1],
  [ASCII_NUMERIC, "10", "9", 1],
  [ASCII_NUMERIC, "0010", "10", 0],
  [ASCII_NUMERIC, "10 points", "10", 0],
  [ASCII_NUMERIC, "x", "99999999999999999999", 1],
  [ASCII_NUMERIC, "x", "", 0],
  [ASCII_NUMERIC, "-1", "0", 1],
  [ASCII_NUMERIC, "99999999999999999999", "99999999999999999998", 1],
  [UNICODE_CASEMAP, "\u00e4", "\u00c4", 0],
  [UNICODE_CASEMAP, "a\u0308", "\u00c4", 0],
  [UNICODE_CASEMAP, "a", "b", -1],
];

for (const [comparator, a, b, order] of ORDERS) {
  Deno.test(`${comparator.name}: ${JSON.stringify(a)} and ${JSON.stringify(b)}`, () => {
    const found = comparator.order(comparator.key(a), comparator.key(b));
    assert.equal(Math.sign(found), order);
    assert.equal(Math.sign(comparator.order(comparator.key(b), comparator.key(a))), order === 0 ? 0 : -order);
  });
}

Deno.test("a piece of a key is the piece of the text that it stands for", () => {
  const text = "a\u00e4\u{1f600}z";
  for (const comparator of [OCTET, ASCII_CASEMAP]) {
    const from = comparator.key("a").length, to = comparator.key("a\u00e4\u{1f600}").length;
    assert.equal(comparator.piece(text, from, to), "\u00e4\u{1f600}", comparator.name);
  }
});

/** `?` is an octet for octet comparators, and a character for the Unicode one (RFC 5228 §2.7.1). */
Deno.test("wildcards take what is a character to the comparator", () => {
  const message = "Subject: =?utf-8?q?b=C3=A4r_=F0=9F=98=80?=\n\nx\n";
  const folder = (comparator: string, pattern: string) =>
    tell(tryScript(
      `require ["fileinto", "variables", "comparator-i;unicode-casemap"];
       if header :matches :comparator "${comparator}" "subject" "${pattern}" { fileinto "\${1}|\${2}"; }`,
      message,
    ));
  assert.equal(folder("i;unicode-casemap", "B?R ?"), 'fileinto "\u00e4|\u{1f600}"');
  assert.equal(folder("i;ascii-casemap", "B?R*"), "-");
  assert.equal(folder("i;ascii-casemap", "B*R *"), 'fileinto "\u00e4|\u{1f600}"');
  assert.equal(folder("i;octet", "b??r*"), 'fileinto "\ufffd|\ufffd"');
});

Deno.test("octets that are no UTF-8 are found in a raw body (RFC 5228 §2.4.2.4)", () => {
  const script = 'require ["body", "encoded-character"]; if body :raw :contains "${hex:e4 ff}" { discard; }';
  assert.equal(tell(tryScript(script, "A: b\n\nx\n")), "-");
  const bytes = Uint8Array.from("A: b\r\n\r\nx\xe4\xffy\r\n", (char) => char.charCodeAt(0));
  assert.equal(tell(tryScript(script, bytes)), "discard");
  const split =
    'require ["body", "encoded-character"]; if body :raw :contains "${hex:c3}${hex:a4}" { discard; }';
  assert.equal(tell(tryScript(split, "A: b\n\n\u00e4\n")), "discard");
});
