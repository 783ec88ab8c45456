import { strict as assert } from "node:assert";
import { readSummary } from "./steps.ts";

Deno.test("readSummary() reads the last summary of deno test", () => {
  const rows: [string, ReturnType<typeof readSummary>][] = [
    ["x\nok | 12 passed | 0 failed (3s)\n", { passed: 12, failed: 0, ignored: 0 }],
    [
      "ok | 1 passed | 0 failed (1ms)\n\x1b[31mFAILED\x1b[0m | 3 passed (2 steps) | 1 failed (1 step) | 2 ignored (3s)\n",
      {
        passed: 3,
        failed: 1,
        ignored: 2,
      },
    ],
    ["error: Module not found\n", null],
  ];
  for (const [text, want] of rows) assert.deepEqual(readSummary(text), want, text);
});
