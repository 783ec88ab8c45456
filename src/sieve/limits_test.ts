import { strict as assert } from "node:assert";
import { compile } from "./compile.ts";
import type { Extension } from "./extension.ts";
import { SIEVE_LIMITS } from "./limits.ts";
import { complaints, tell, tryScript } from "./testing/try_script.ts";

/** Far above what is needed on a busy machine, far below what anything quadratic would take. */
const MOST_MS = 10_000;
/** Runs that are short enough are made again. */
const REPEATED_MS = 100;
const MIB = 1024 * 1024;

/** Hostile scripts and messages: each ends in time, by itself or by a bound. */
const HOSTILE: readonly [name: string, script: string, message: string | Uint8Array][] = [
  [
    "stars over a megabyte",
    'if header :matches "x" "*a*a*a*b" { discard; }',
    `X: ${"a".repeat(MIB - 10)}\n\n`,
  ],
  [
    "a hundred stars",
    `if header :matches "x" "${"*a".repeat(100)}*b" { discard; }`,
    `X: ${"a".repeat(MIB - 10)}\n\n`,
  ],
  [
    "stars and question marks",
    `if header :matches "x" "*${"a?".repeat(500)}b*" { discard; }`,
    `X: ${"a".repeat(MIB - 10)}\n\n`,
  ],
  [
    "a part that nearly fits",
    `if header :contains "x" "${"a".repeat(5000)}b" { discard; }`,
    `X: ${"a".repeat(MIB - 10)}\n\n`,
  ],
  [
    "repetitions inside repetitions",
    'require "regex"; if header :regex "x" "^(((a*)*)*)*b$" { discard; }',
    `X: ${"a".repeat(MIB - 10)}\n\n`,
  ],
  [
    "every way at once",
    'require ["regex", "variables"]; if header :regex "x" "(a|a|aa)*(a?){20}c" { discard; }',
    `X: ${"a".repeat(MIB - 10)}\n\n`,
  ],
  [
    "many tests of a long header",
    'if header :contains "x" "b" { discard; }\n'.repeat(3000),
    `X: ${"a".repeat(MIB - 10)}\n\n`,
  ],
  [
    "many keys",
    `if header :contains "x" [${'"nothing", '.repeat(9000)}"b"] { discard; }`,
    `X: ${"a".repeat(MIB - 10)}\n\n`,
  ],
  [
    "fields without end",
    'if header :contains "x" "b" { discard; }\n'.repeat(500),
    "X: a\n".repeat(100_000) + "\n",
  ],
  [
    "addresses without end",
    'if address :contains "to" "b@c" { discard; }\n'.repeat(500),
    `To: ${"a@example.org, ".repeat(60_000)}\n\n`,
  ],
  [
    "a variable that doubles",
    'require "variables"; set "a" "xxxxxxxxxx";\n' + 'set "a" "${a}${a}${a}${a}";\n'.repeat(2000),
    "A: b\n\n",
  ],
  [
    "loops inside loops",
    'require ["foreverypart", "mime"]; foreverypart { foreverypart { foreverypart { if header :mime "a" "b" { discard; } } } }',
    "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n" + nested(90),
  ],
  [
    "a body of megabytes",
    'require "body";' + 'if body :contains "zzz" { discard; }\n'.repeat(200),
    "A: b\n\n" + "x y ".repeat(2 * MIB),
  ],
  [
    "many tests of a body that is no text",
    'require ["body", "regex"];' +
    'if body :raw :contains "zzz" { discard; }\nif body :raw :regex "z[a-z]z" { discard; }\n'.repeat(100),
    binary(),
  ],
  [
    "letters of all the world",
    'require ["body", "comparator-i;unicode-casemap"];' +
    'if body :raw :matches :comparator "i;unicode-casemap" "*a?b*" { discard; }\n'.repeat(100),
    "A: b\n\n" + "\u00e4\u0416\u4e2d".repeat(300_000),
  ],
  [
    "headers without end",
    'require "editheader";' + 'addheader "a" "b";'.repeat(99),
    "A: b\n".repeat(1000) + "\n",
  ],
];

/** Three million octets of all sorts. */
function binary(): Uint8Array {
  const bytes = Uint8Array.from({ length: 3 * MIB }, (_, i) => i * 7919 % 256);
  bytes.set(new TextEncoder().encode("A: b\r\n\r\n"));
  return bytes;
}

function nested(depth: number): string {
  let out = "";
  for (let i = 0; i < depth; i++) {
    out += `--b${i || ""}\nContent-Type: multipart/mixed; boundary=b${i + 1}\n\n`;
  }
  return out;
}

for (const [name, script, message] of HOSTILE) {
  Deno.test(`limits: ${name}`, () => {
    const started = performance.now();
    const outcome = tryScript(script, message);
    const ms = performance.now() - started;
    assert.ok(ms < MOST_MS, `${ms.toFixed()} ms, ${outcome.steps} steps`);
    assert.ok(outcome.steps <= SIEVE_LIMITS.steps + 2 * MIB, String(outcome.steps));
    assert.ok(outcome.actions.length > 0);
    if (ms > REPEATED_MS) return;
    const again = tryScript(script, message);
    assert.deepEqual(
      [again.steps, tell(again)],
      [outcome.steps, tell(outcome)],
      "a run is the same every time",
    );
  });
}

/** Scripts beyond a bound, and what is said of it. */
const BEYOND: readonly [name: string, script: string, want: RegExp][] = [
  ["blocks", "if true { ".repeat(33) + "}".repeat(33), /nested deeper than 32 levels/],
  ["tests", "if " + "not ".repeat(40) + "true { }", /nested deeper than 32 levels/],
  ["nodes", "keep;".repeat(50_001), /more than 50000 commands/],
  ["strings", `if exists [${'"a",'.repeat(10_000)}"a"] { }`, /more than 10000 strings/],
  ["bytes", "#" + "x".repeat(300_000), /262144 are allowed/],
  ["a regular expression", 'require "regex"; if header :regex "a" "((a{255}){255}){255}" { }', /too large/],
];

for (const [name, script, want] of BEYOND) {
  Deno.test(`limits: too many ${name}`, () => assert.match(complaints(script)[0], want));
}

Deno.test("limits: fifteen levels are allowed (RFC 5228 §2.10.7)", () => {
  assert.deepEqual(
    complaints(
      "if true { ".repeat(15) + "if " + "not anyof(".repeat(7) + "true" + ")".repeat(7) + "{}" +
        "}".repeat(15),
    ),
    [],
  );
});

/** What a run may not do, and what is said of it. */
const OVERDONE: readonly [name: string, script: string, want: RegExp][] = [
  [
    "redirects",
    Array.from({ length: 11 }, (_, i) => `redirect "a${i}@b.example";`).join(""),
    /more than 10 addresses/,
  ],
  [
    "actions",
    'require "fileinto";' + Array.from({ length: 101 }, (_, i) => `fileinto "${i}";`).join(""),
    /more than 100 actions/,
  ],
  [
    "variables",
    'require "variables";' + Array.from({ length: 257 }, (_, i) => `set "v${i}" "";`).join(""),
    /more than 256 variables/,
  ],
  [
    "added headers",
    'require "editheader";' + 'addheader "a" "b";'.repeat(101),
    /more than 100 header fields/,
  ],
];

for (const [name, script, want] of OVERDONE) {
  Deno.test(`limits: too many ${name} end the run`, () => {
    const outcome = tryScript(script, "A: b\n\n");
    assert.match(tell(outcome), want);
    assert.deepEqual(outcome.actions, [{ type: "keep", implicit: true, flags: null, message: null }]);
  });
}

Deno.test("limits: long values are cut, not refused (RFC 5229 §6)", () => {
  const script = 'require ["variables", "fileinto"]; set "a" "' + "\u{1f600}".repeat(9000) +
    '"; set :length "n" "${a}"; fileinto "${n}";';
  assert.equal(tell(tryScript(script, "A: b\n\n")), 'fileinto "8192"');
});

Deno.test("an extension from outside adds a command, a test and a tag", () => {
  const extension: Extension = {
    name: "vnd.example.colour",
    tests: [{
      name: "colour",
      parameters: [{ name: "a colour", kind: "text" }],
      test: (call, run) => run.text(call, 0) === "red",
    }],
    commands: [{ name: "paint", run: (_call, run) => void run.notes.push("painted") }],
    tags: [{ of: ["keep"], tag: { name: "blue", apply: (draft) => draft.flags = ["$Blue"] } }],
  };
  const extensions = [extension];
  const script = 'require "vnd.example.colour"; if colour "red" { paint; keep :blue; }';
  const outcome = tryScript(script, "A: b\n\n", { compile: { extensions } });
  assert.equal(tell(outcome), "keep flags $Blue");
  assert.deepEqual(outcome.notes, ["painted"]);
  assert.match(complaints(script)[0], /"vnd.example.colour" is not supported/);
  assert.equal(
    compile(script, { extensions, enabled: ["fileinto"] }).errors[0].message.includes("not supported"),
    true,
  );
  assert.throws(
    () => compile("keep;", { extensions: [{ name: "x", commands: [{ name: "keep", run: () => {} }] }] }),
    RangeError,
  );
});
