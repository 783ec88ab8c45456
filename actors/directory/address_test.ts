import { strict as assert } from "node:assert";
import { Fault } from "../../src/base/fault.ts";
import { seededRandom } from "../../src/base/id.ts";
import { formatAddress, normaliseDomain, parseAddress, splitTag } from "./address.ts";

Deno.test("parseAddress() brings every way of writing an address to one form", () => {
  const table: [input: string, want: string][] = [
    ["Alice@Example.TEST", "alice@example.test"],
    ["alice@example.test.", "alice@example.test"],
    ['"Alice"@a.test', "alice@a.test"],
    ['"john doe"@a.test', '"john doe"@a.test'],
    ['"a\\"b@c"@a.test', '"a\\"b@c"@a.test'],
    ['"\\a\\b"@a.test', "ab@a.test"],
    ["john+tag@a.test", "john+tag@a.test"],
    ["JOSE\u0301@a.test", "jos\u00e9@a.test"],
    ["user@Bücher.test", "user@xn--bcher-kva.test"],
    ["user@xn--BCHER-kva.test", "user@xn--bcher-kva.test"],
    ["a!#$%&'*/=?^_`{|}~-@a.test", "a!#$%&'*/=?^_`{|}~-@a.test"],
  ];
  for (const [input, want] of table) assert.equal(formatAddress(parseAddress(input)), want, input);
});

Deno.test("parseAddress() refuses what is not an address", () => {
  const bad = [
    "",
    "alice",
    "@a.test",
    "alice@",
    "a..b@a.test",
    ".a@a.test",
    "a b@a.test",
    '""@a.test',
    '"a@a.test',
    '"a\nb"@a.test',
    "a@b c.test",
    "a@-b.test",
    "a@b..test",
    "a@[192.0.2.1]",
    `${"x".repeat(65)}@a.test`,
    `${"é".repeat(33)}@a.test`,
    `a@${"x".repeat(64)}.test`,
    `a@${"x.".repeat(130)}test`,
  ];
  for (const text of bad) {
    assert.throws(
      () => parseAddress(text),
      (error) => error instanceof Fault && error.code === "invalid",
      text,
    );
  }
});

Deno.test("formatAddress() and parseAddress() are inverse for any local part", () => {
  const random = seededRandom(7);
  for (let round = 0; round < 500; round++) {
    const bytes = random.bytes(1 + round % 20);
    const local = [...bytes].map((byte) => String.fromCharCode(32 + byte % 95)).join("").toLowerCase();
    const text = formatAddress({ local, domain: "a.test" });
    assert.deepEqual(parseAddress(text), { local, domain: "a.test" }, text);
  }
});

Deno.test("splitTag() takes the first separator and never leaves an empty user", () => {
  assert.deepEqual(splitTag("john+a+b"), { base: "john", tag: "a+b" });
  assert.deepEqual(splitTag("john+"), { base: "john", tag: "" });
  assert.equal(splitTag("+a"), null);
  assert.equal(splitTag("john"), null);
});

Deno.test("normaliseDomain() drops the root dot and takes single labels", () => {
  assert.equal(normaliseDomain("LOCALHOST."), "localhost");
  assert.equal(normaliseDomain("_x.A.test"), "_x.a.test");
});
