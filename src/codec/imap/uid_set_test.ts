import { strict as assert } from "node:assert";
import { seededRandom } from "../../base/id.ts";
import {
  formatUidSet,
  uidCount,
  uidHas,
  uidIntersect,
  uidList,
  uidNormalize,
  uidSet,
  uidSubtract,
  uidUnion,
} from "./uid_set.ts";

Deno.test("UID sets agree with sets of numbers", () => {
  const random = seededRandom(11);
  for (let round = 0; round < 1000; round++) {
    const bytes = random.bytes(24);
    const a = new Set([...bytes.subarray(0, bytes[22] % 12)].map((n) => 1 + n % 30));
    const b = new Set([...bytes.subarray(12, 12 + bytes[23] % 10)].map((n) => 1 + n % 30));
    const as = uidSet(a), bs = uidSet(b);
    assert.deepEqual([...uidList(as)], [...a].sort((x, y) => x - y));
    assert.equal(uidCount(as), a.size);
    for (let n = 0; n <= 31; n++) assert.equal(uidHas(as, n), a.has(n));
    assert.deepEqual(uidUnion(as, bs), uidSet(a.union(b)));
    assert.deepEqual(uidIntersect(as, bs), uidSet(a.intersection(b)));
    assert.deepEqual(uidSubtract(as, bs), uidSet(a.difference(b)));
  }
});

Deno.test("uidNormalize() joins pairs that overlap or touch", () => {
  assert.deepEqual(uidNormalize([[5, 9], [1, 6]]), [1, 9]);
  assert.deepEqual(uidNormalize([[3, 4], [1, 2], [7, 7]]), [1, 4, 7, 7]);
  assert.deepEqual(uidNormalize([]), []);
});

Deno.test("formatUidSet() writes runs", () => {
  assert.equal(formatUidSet(uidSet([9, 1, 2, 3, 5, 11, 10])), "1:3,5,9:11");
  assert.equal(formatUidSet([]), "");
});
