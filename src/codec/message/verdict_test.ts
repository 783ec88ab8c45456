import { strict as assert } from "node:assert";
import { latin1 } from "../../base/bytes.ts";
import { readVerdict } from "./verdict.ts";

const FIELDS = { spam: "X-Spam-Score", spamFull: 10, virus: "X-Virus" };

Deno.test("readVerdict() reads what filters in front of the server write", () => {
  const rows: [string, number | null, number | null][] = [
    ["", null, null],
    ["X-Spam-Score: 5.0\r\n", 50, null],
    ["x-spam-score: -2.1 (bayes)\r\n", 0, null],
    ["X-Spam-Score: score=37 required=5\r\n", 100, null],
    ["X-Spam-Score: ***\r\n", 30, null],
    ["X-Spam-Score: none\r\n", null, null],
    ["X-Spam-Score: 3.7\r\nX-Spam-Score: 9\r\n", 37, null],
    ["X-Virus: clean\r\n", null, 1],
    ["X-Virus: Infected (Eicar)\r\n", null, 5],
    ["X-Virus: not infected\r\n", null, 1],
    ["X-Virus: 4\r\nX-Spam-Score: 0\r\n", 0, 4],
    ["X-Virus: who knows\r\n", null, null],
  ];
  for (const [head, spamPercent, virusLevel] of rows) {
    assert.deepEqual(readVerdict(latin1(`${head}From: a\r\n\r\nX-Spam-Score: 9\r\n`), FIELDS), {
      spamPercent,
      virusLevel,
    }, head);
  }
  const none = { spam: null, spamFull: 10, virus: null };
  assert.deepEqual(readVerdict(latin1("X-Spam-Score: 9\r\n\r\n"), none), {
    spamPercent: null,
    virusLevel: null,
  });
});
