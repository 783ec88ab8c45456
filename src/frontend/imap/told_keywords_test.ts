import { strict as assert } from "node:assert";
import { LIMITS } from "../../base/limits.ts";
import { ToldKeywords } from "./told_keywords.ts";

const row = (keywords: string) => ({ keywords });

Deno.test("keywords are new once, in any list, and parts of others are others", () => {
  const told = new ToldKeywords(["work", "$Label1"]);
  assert.equal(told.learn([row(""), row("work"), row("$Label1 work")]), false);
  assert.equal(told.learn([row("or work")]), true);
  assert.equal(told.learn([row("or"), row("or work")]), false);
  assert.equal(told.learn([row("$Label"), row("$Label1")]), true);
  assert.deepEqual(told.names, ["work", "$Label1", "or", "$Label"]);
  assert.deepEqual(new ToldKeywords([]).names, []);
});

Deno.test("however many keywords come and go, the list stays bounded and the last ones are in it", () => {
  const told = new ToldKeywords(["first"]);
  for (let n = 0; n < 5 * LIMITS.keywords; n++) {
    assert.equal(told.learn([row(`k${n}`)]), true);
    assert.equal(told.learn([row(`k${n}`)]), false);
    assert.ok(told.names.length <= 2 * LIMITS.keywords && told.names.includes(`k${n}`));
  }
});
