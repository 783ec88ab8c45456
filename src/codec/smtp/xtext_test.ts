import { strict as assert } from "node:assert";
import { seededRandom } from "../../base/id.ts";
import { decodeXtext, encodeXtext } from "./xtext.ts";

Deno.test("encodeXtext() hides what RFC 3461 §4 asks to hide", () => {
  assert.equal(encodeXtext("a+b=c d"), "a+2Bb+3Dc+20d");
  assert.equal(encodeXtext("bob@a.test"), "bob@a.test");
  assert.equal(encodeXtext("ü"), "+C3+BC");
});

for (const text of ["a+b", "a=b", "a b", "+", "+2", "+2b", "a\x01", "+0D+0A", "+FF"]) {
  Deno.test(`decodeXtext() refuses ${JSON.stringify(text)}`, () => {
    assert.throws(() => decodeXtext(text), SyntaxError);
  });
}

Deno.test("decodeXtext() undoes encodeXtext()", () => {
  const random = seededRandom(7);
  for (let round = 0; round < 300; round++) {
    let text = "";
    for (const byte of random.bytes(1 + random.bytes(1)[0] % 40)) {
      text += String.fromCodePoint(32 + byte * 7 % 0x400);
    }
    text = text.replace(/\x7f/g, "");
    assert.equal(decodeXtext(encodeXtext(text)), text);
  }
});
