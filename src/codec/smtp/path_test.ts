import { strict as assert } from "node:assert";
import { domainOf, localPartOf, parseAddress } from "./path.ts";

const ADDRESSES: [text: string, want: string | null][] = [
  ["bob@a.test", "bob@a.test"],
  ["Bob@A.TEST", "Bob@a.test"],
  ['"bob"@a.test', "bob@a.test"],
  ['"a@b"@c.test', '"a@b"@c.test'],
  ["bob", null],
  ["bob@a.test>", null],
  ["bob@a.test> SIZE=1", null],
  ["@r.test:bob@a.test", null],
  ["", null],
];

for (const [text, want] of ADDRESSES) {
  Deno.test(`parseAddress() of ${JSON.stringify(text)}`, () => assert.equal(parseAddress(text), want));
}

Deno.test("domainOf() and localPartOf() split at the last @", () => {
  assert.equal(domainOf('"a@b"@c.test'), "c.test");
  assert.equal(localPartOf('"a@b"@c.test'), '"a@b"');
  assert.equal(domainOf("postmaster"), "");
  assert.equal(localPartOf("postmaster"), "postmaster");
});
