import { strict as assert } from "node:assert";
import { findingsOf } from "./tidy.ts";

const ROWS: { name: string; path: string; text: string; want: string[] }[] = [
  {
    name: "a tidy file",
    path: "src/net/a.ts",
    text: "/** Says what. */\nexport function a() {}\n",
    want: [],
  },
  {
    name: "an export without comment",
    path: "src/net/a.ts",
    text: "export type A = 1;\n",
    want: ["1: no doc comment on A"],
  },
  {
    name: "a group of constants under one comment",
    path: "src/net/a.ts",
    text: "/** Both. */\nexport const A = 1;\nexport const B = 2;\n",
    want: [],
  },
  {
    name: "clock and random",
    path: "src/net/a.ts",
    text: "const t = Date.now();\nconst r = crypto.getRandomValues(new Uint8Array(1));\n",
    want: ["1: clock outside src/base/clock.ts", "2: random outside src/base/id.ts"],
  },
  { name: "a clock in a test", path: "src/net/a_test.ts", text: "const t = Date.now();\n", want: [] },
  {
    name: "console",
    path: "src/net/a.ts",
    text: "console.log(1);\n",
    want: ["1: console outside src/cli and serve"],
  },
  {
    name: "an unfinished mark",
    path: "src/net/a.ts",
    text: "// TO" + "DO later\n",
    want: ["1: unfinished mark"],
  },
  {
    name: "too many lines",
    path: "src/net/a.ts",
    text: "\n".repeat(401),
    want: ["401: 401 lines; split it by command or by noun (400 at most)"],
  },
  {
    name: "a test that runs alone",
    path: "src/net/a_test.ts",
    text: "Deno.test.only('x', () => {});\n",
    want: ["1: test switched off"],
  },
];

for (const { name, path, text, want } of ROWS) {
  Deno.test(`findingsOf() judges ${name}`, () => {
    assert.deepEqual(findingsOf(path, text).map(({ line, message }) => `${line}: ${message}`), want);
  });
}
