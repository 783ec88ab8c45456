import { strict as assert } from "node:assert";
import plugin, { layerProblem } from "./lint_layers.ts";

const FINE: [string, string][] = [
  ["src/codec/imap/search.ts", "src/codec/text/utf7.ts"],
  ["src/codec/imap/receiver.ts", "src/base/bytes.ts"],
  ["src/frontend/imap/fetch.ts", "src/frontend/context.ts"],
  ["src/frontend/imap/fetch.ts", "actors/mailbox/contract.ts"],
  ["src/frontend/imap/fetch.ts", "src/actor/actor.ts"],
  ["src/frontend/imap/fetch_test.ts", "src/actor/local.ts"],
  ["actors/mailbox/deliver.ts", "actors/queue/contract.ts"],
  ["actors/mailbox/deliver.ts", "src/storage/database.ts"],
  ["src/place/serve.ts", "src/frontend/imap/session.ts"],
  ["src/main.ts", "src/place/serve.ts"],
  ["src/cli/verbs/domain.ts", "actors/directory/contract.ts"],
];

const WRONG: [string, string][] = [
  ["src/base/log.ts", "src/storage/database.ts"],
  ["src/codec/imap/search.ts", "src/base/clock.ts"],
  ["src/codec/imap/search.ts", "src/net/connection.ts"],
  ["src/frontend/imap/fetch.ts", "src/storage/database.ts"],
  ["src/frontend/imap/fetch.ts", "src/frontend/smtp/session.ts"],
  ["src/frontend/context.ts", "src/frontend/imap/session.ts"],
  ["src/frontend/imap/fetch.ts", "actors/mailbox/fetch.ts"],
  ["src/frontend/imap/fetch.ts", "src/actor/host.ts"],
  ["actors/mailbox/deliver.ts", "actors/queue/submit.ts"],
  ["actors/mailbox/deliver.ts", "src/net/resolver.ts"],
  ["src/outbound/session.ts", "src/frontend/context.ts"],
  ["src/net/listener.ts", "src/place/serve.ts"],
  ["src/cli/run.ts", "src/main.ts"],
  ["src/place/serve.ts", "tests/support/harness.ts"],
];

Deno.test("layerProblem() knows the rules of every layer", () => {
  for (const [from, to] of FINE) assert.equal(layerProblem(from, to), null, `${from} → ${to}`);
  for (const [from, to] of WRONG) assert.notEqual(layerProblem(from, to), null, `${from} → ${to}`);
});

Deno.test("the lint plugin reports imports, re-exports and dynamic imports", () => {
  const source = [
    `import type { Database } from "../../storage/database.ts";`,
    `import { strict } from "node:assert";`,
    `export { run } from "../smtp/session.ts";`,
    `const later = () => import("../../actor/host.ts");`,
    `import { latin1 } from "../../base/bytes.ts";`,
  ].join("\n");
  const found = Deno.lint.runPlugin(plugin, "src/frontend/imap/fetch.ts", source);
  assert.deepEqual(found.map((one) => one.message).sort(), [
    "frontend may not import actor's host.ts",
    "frontend may not import storage",
    "frontend/imap does not know frontend/smtp",
  ]);
});
