import { strict as assert } from "node:assert";
import { Buffer } from "node:buffer";
import { decodeBase64Text, parseSaslPlain } from "./sasl.ts";

const base64 = (text: string) => Buffer.from(text).toString("base64");

Deno.test("parseSaslPlain() reads name and password", () => {
  const want = { login: "a@b.test", password: "pä ss" };
  assert.deepEqual(parseSaslPlain(base64("\0a@b.test\0pä ss")), want);
  assert.deepEqual(parseSaslPlain(base64("a@b.test\0a@b.test\0pä ss")), want);
});

for (const text of ["", "a", "\0a", "c@b.test\0a@b.test\0p", "\0a\0b\0c"]) {
  Deno.test(`parseSaslPlain() refuses ${JSON.stringify(text)}`, () => {
    assert.throws(() => parseSaslPlain(base64(text)), SyntaxError);
  });
}

for (const text of ["a", "!!!!", "ab=c", "a===", "/w=="]) {
  Deno.test(`decodeBase64Text() refuses ${text}`, () => {
    assert.throws(() => decodeBase64Text(text), SyntaxError);
  });
}
