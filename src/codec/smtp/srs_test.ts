import { strict as assert } from "node:assert";
import { formatRewritten, parseRewritten, signedText, stampAge, stampOf } from "./srs.ts";

Deno.test("a rewritten sender is read back", () => {
  const sender = { hash: "abc234", stamp: "a7", domain: "far.test", local: "Bounce+x=y" };
  const text = formatRewritten(sender)!;
  assert.equal(text, "SRS0=abc234=a7=far.test=Bounce+x=y");
  assert.deepEqual(parseRewritten(text), sender);
  assert.deepEqual(parseRewritten(text.toLowerCase()), { ...sender, local: "bounce+x=y" });
  assert.equal(signedText(sender), "a7=far.test=bounce+x=y");
  for (
    const other of ["", "alice", "srs0", "SRS0=a=b", "SRS1=abc=a7=x=y", "SRS0=a!=a7=x=y", "SRS0=abc=a7==y"]
  ) {
    assert.equal(parseRewritten(other), null, other);
  }
  assert.equal(formatRewritten({ ...sender, local: "x".repeat(50) }), null);
  assert.equal(formatRewritten({ ...sender, local: "a b" }), null);
});

Deno.test("the age of a stamp counts over the turn of 1024 days", () => {
  for (let day = 20_000; day < 22_100; day += 13) {
    for (const age of [0, 1, 21, 1000]) assert.equal(stampAge(stampOf(day), day + age), age);
  }
});
