import { strict as assert } from "node:assert";
import { addressText } from "./address_text.ts";

Deno.test("addresses are told as ENVELOPE has them where they stand otherwise", () => {
  const rows: [name: string, value: string, want: string | null][] = [
    ["from", "Ann <ann@x.test>, bob@x.test", null],
    ["from", "=?utf-8?q?=C3=89va?= <eva@x.test>", null],
    ["from", "<ann (in a comment)@ (and another) x.test>", "ann@x.test"],
    ["to", "ann@x.test (Ann B)", "Ann B <ann@x.test>"],
    ["cc", String.raw`"Ann \"Nan\" B" <ann@x.test>, bob@x.test`, 'Ann "Nan" B <ann@x.test>, bob@x.test'],
    ["bcc", '"ann b"@x.test', "ann b@x.test"],
    [
      "to",
      "them: ann @ x.test (=?utf-8?q?=C3=89va?=), bob@x.test;, <(nobody)>",
      "them, Éva <ann@x.test>, bob@x.test",
    ],
    ["subject", "ann @ x.test (Ann B)", null],
  ];
  for (const [name, value, want] of rows) assert.equal(addressText(name, value), want, value);
});
