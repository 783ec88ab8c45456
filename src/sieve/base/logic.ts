import type { TestDefinition } from "../extension.ts";
import { runTest } from "../interpret.ts";

/** All of the tests hold; they are asked from left to right, no more than needed (RFC 5228 §5.2, RFC 5463 §4). */
export const ALLOF: TestDefinition = {
  name: "allof",
  tests: "list",
  test: (call, run) => call.tests.every((test) => runTest(test, run)),
};

/** One of the tests holds (RFC 5228 §5.3). */
export const ANYOF: TestDefinition = {
  name: "anyof",
  tests: "list",
  test: (call, run) => call.tests.some((test) => runTest(test, run)),
};

/** The test does not hold (RFC 5228 §5.8). */
export const NOT: TestDefinition = {
  name: "not",
  tests: "one",
  test: (call, run) => !runTest(call.tests[0], run),
};

/** Always and never (RFC 5228 §5.10, §5.6). */
export const TRUE: TestDefinition = { name: "true", test: () => true };
export const FALSE: TestDefinition = { name: "false", test: () => false };
