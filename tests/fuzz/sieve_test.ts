import { strict as assert } from "node:assert";
import { fromUtf8, utf8 } from "../../src/base/bytes.ts";
import type { Random } from "../../src/base/id.ts";
import { formatSieve } from "../../src/codec/sieve/formatter.ts";
import { parseSieve } from "../../src/codec/sieve/parser.ts";
import { compile, extensionNames } from "../../src/sieve/compile.ts";
import { SIEVE_LIMITS } from "../../src/sieve/limits.ts";
import { EMPTY_HOST } from "../../src/sieve/host.ts";
import type { Outcome } from "../../src/sieve/outcome.ts";
import { run } from "../../src/sieve/run.ts";
import { randomScript } from "../support/sieve_scripts.ts";
import { fuzz, mutate } from "./rounds.ts";

const NAMES = extensionNames();

/** Positions and sentences that can be shown to a person. */
function checkErrors(
  errors: readonly { line: number; column: number; message: string }[],
  source: string,
): void {
  const lines = source.split("\n").length;
  for (const { line, column, message } of errors) {
    assert.ok(line >= 1 && line <= lines && column >= 1, `${line}:${column}`);
    assert.ok(message.length > 5 && message.length < 1000, message);
    assert.ok(!/[\x00-\x1f]/.test(message), JSON.stringify(message));
  }
}

/** What the script does; null when it is refused. */
function tryAll(source: string, message: Uint8Array): Outcome | null {
  const { tree, errors } = parseSieve(source, SIEVE_LIMITS);
  checkErrors(errors, source);
  if (errors.length === 0) {
    const once = formatSieve(tree);
    const again = parseSieve(once, SIEVE_LIMITS);
    assert.deepEqual(again.errors, []);
    assert.equal(formatSieve(again.tree), once, "formatting again changes nothing");
  }
  const compiled = compile(source);
  checkErrors(compiled.errors, source);
  assert.equal(compiled.script === null, compiled.errors.length > 0);
  assert.ok(compiled.errors.length >= Math.min(errors.length, 1));
  if (compiled.script === null) return null;
  const outcome = run(compiled.script, {
    message,
    envelope: { from: "a@example.org", to: "b+c@example.org", originalTo: null, auth: null },
    owner: { address: "b@example.org", aliases: [], name: "" },
    nowMs: 0,
    zoneMinutes: 0,
    environment: { name: "x" },
    spamPercent: 40,
    virusLevel: null,
    host: { ...EMPTY_HOST, includedScript: () => compiled },
    limits: { steps: 20_000 },
  });
  assert.ok(outcome.steps <= 20_000 + message.length + source.length, "steps are bounded");
  assert.ok(outcome.actions.length >= 1, "a message never goes without an action");
  if (outcome.error) checkErrors([outcome.error], source);
  return outcome;
}

/** What hostile or careless people write: pieces of scripts in any order. */
function nonsense(random: Random): string {
  const pieces = [
    "if",
    "{",
    "}",
    "(",
    ")",
    "[",
    "]",
    ";",
    ",",
    '"',
    "a",
    ":is",
    ":count",
    "text:\n",
    ".\n",
    "/*",
    "*/",
    "#",
    "\n",
    "\\",
    "1K",
    "99999999999999999999",
    "not",
    "anyof",
    "header",
    "require",
    "${",
    "\0",
    "\ud800",
    "\u00fc",
    "9".repeat(400),
  ];
  const length = random.bytes(1)[0] % 60;
  return Array.from(random.bytes(length), (octet) => pieces[octet % pieces.length]).join(" ");
}

fuzz("Sieve: good scripts run and are formatted stably", 1, (random) => {
  const source = randomScript(random, NAMES);
  const { errors } = compile(source);
  assert.deepEqual(errors, [], source);
  const message = utf8("From: a@example.org\r\nTo: b@example.org\r\nSubject: [x] hello\r\n\r\nbody\r\n");
  const outcome = tryAll(source, message);
  const formatted = tryAll(formatSieve(parseSieve(source, SIEVE_LIMITS).tree), message);
  assert.deepEqual(formatted?.actions, outcome?.actions, "a formatted script does the same");
});

fuzz("Sieve: spoiled scripts are refused or run, never more", 1, (random) => {
  tryAll(fromUtf8(mutate(random, utf8(randomScript(random, NAMES)), 6)), random.bytes(200));
});

fuzz("Sieve: nonsense is refused", 1, (random) => void tryAll(nonsense(random), random.bytes(50)));
