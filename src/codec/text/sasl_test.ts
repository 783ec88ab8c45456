import { strict as assert } from "node:assert";
import { latin1, utf8 } from "../../base/bytes.ts";
import { seededRandom } from "../../base/id.ts";
import {
  decodeBase64,
  decodeBase64Text,
  decodeInitialResponse,
  encodeBase64,
  formatPlain,
  parseLoginAnswer,
  parsePlain,
  parseSaslPlain,
} from "./sasl.ts";

Deno.test("parsePlain() reads the three fields", () => {
  const rows: [string, [string, string, string]][] = [
    ["\0tim\0tanstaaftanstaaf", ["", "tim", "tanstaaftanstaaf"]],
    ["Ursel\0Kurt\0xipj3plmq", ["Ursel", "Kurt", "xipj3plmq"]],
    ["\0jörg@a.test\0pässwörd €", ["", "jörg@a.test", "pässwörd €"]],
  ];
  for (const [message, [authzid, authcid, password]] of rows) {
    assert.deepEqual(parsePlain(utf8(message)), { authzid, authcid, password });
    assert.deepEqual(formatPlain({ authzid, authcid, password }), utf8(message));
  }
});

Deno.test("parsePlain() refuses other numbers of fields, empty ones and what is not UTF-8", () => {
  for (const bad of ["", "a", "\0a", "a\0b", "\0a\0", "\0\0b", "\0a\0b\0", "\0a\0b\0c", "\0a\0\xff"]) {
    assert.throws(() => parsePlain(latin1(bad)), SyntaxError, JSON.stringify(bad));
  }
});

Deno.test("parseLoginAnswer() wants text", () => {
  assert.equal(parseLoginAnswer(utf8("päss")), "päss");
  for (const bad of ["", "a\0", "\xe4"]) assert.throws(() => parseLoginAnswer(latin1(bad)), SyntaxError);
});

Deno.test("decodeBase64() takes only the one right form", () => {
  assert.deepEqual(decodeBase64(""), new Uint8Array(0));
  assert.deepEqual(decodeBase64("AGEAYg=="), latin1("\0a\0b"));
  const bad = [
    "A",
    "AA",
    "AA=",
    "AAA",
    "AB==",
    "AAB=",
    "AA==AA==",
    "AA-_",
    " AA==",
    "AA==\n",
    "A===",
    "=",
    "*",
    "Ä===",
  ];
  for (const text of bad) assert.throws(() => decodeBase64(text), SyntaxError, JSON.stringify(text));
  assert.throws(() => decodeBase64("A".repeat(16 * 1024 + 4)), SyntaxError);
});

Deno.test("decodeBase64() is the inverse of encodeBase64()", () => {
  const random = seededRandom(7);
  for (let length = 0; length < 200; length++) {
    const bytes = random.bytes(length);
    assert.deepEqual(decodeBase64(encodeBase64(bytes)), bytes);
  }
  assert.equal(encodeBase64("Username:"), "VXNlcm5hbWU6");
});

Deno.test("decodeInitialResponse() reads = as empty", () => {
  assert.deepEqual(decodeInitialResponse("="), new Uint8Array(0));
  assert.deepEqual(decodeInitialResponse("AA=="), new Uint8Array(1));
});

Deno.test("parseSaslPlain() reads name and password, and lets nobody act for another", () => {
  const want = { login: "a@b.test", password: "pä ss" };
  assert.deepEqual(parseSaslPlain(encodeBase64("\0a@b.test\0pä ss")), want);
  assert.deepEqual(parseSaslPlain(encodeBase64("a@b.test\0a@b.test\0pä ss")), want);
  for (const text of ["", "a", "\0a", "c@b.test\0a@b.test\0p", "\0a\0b\0c"]) {
    assert.throws(() => parseSaslPlain(encodeBase64(text)), SyntaxError, text);
  }
});

Deno.test("decodeBase64Text() takes strict base64 of UTF-8 only", () => {
  assert.equal(decodeBase64Text(encodeBase64("ä")), "ä");
  for (const text of ["a", "!!!!", "ab=c", "a===", "/w=="]) {
    assert.throws(() => decodeBase64Text(text), SyntaxError, text);
  }
});
