import { strict as assert } from "node:assert";
import { formatRights, parseRights } from "./rights.ts";

const GOOD: [given: string, rights: string, told: string][] = [
  ["", "", ""],
  ["rl", "lr", "lr"],
  ["llrr", "lr", "lr"],
  ["lrswipkxtea", "lrswipkxtea", "lrswipkxteacd"],
  ["lrswida", "lrswitea", "lrswitead"],
  ["c", "kx", "kxc"],
  ["k", "k", "kc"],
  ["x", "x", "xc"],
  ["t", "t", "td"],
  ["e", "e", "ed"],
  ["cd", "kxte", "kxtecd"],
];

for (const [given, rights, told] of GOOD) {
  Deno.test(`rights ${given || "(none)"} are ${rights}, told as ${told}`, () => {
    assert.equal(parseRights(given), rights);
    assert.equal(formatRights(rights), told);
  });
}

for (const bad of ["z", "lrz", "L", "l r", "0", "+l", "é"]) {
  Deno.test(`rights ${bad} are refused`, () => {
    assert.throws(() => parseRights(bad), SyntaxError);
  });
}
