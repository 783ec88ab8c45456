import { strict as assert } from "node:assert";
import { formatDiagnostic } from "./diagnostic.ts";
import { formatSieve } from "./formatter.ts";
import { parseSieve } from "./parser.ts";

const LIMITS = { nesting: 32, nodes: 10_000, listStrings: 1000 };

/** Scripts, and what they are in the one style that is written. */
const GOOD: readonly [name: string, source: string, formatted: string][] = [
  ["nothing", "", ""],
  ["a byte order mark", "\ufeffkeep;", "keep;\n"],
  ["a command", "  keep  ;", "keep;\n"],
  ["any line end", "keep;\r\nstop;\nkeep;", "keep;\nstop;\nkeep;\n"],
  ["names keep their case", 'KEEP; ReDirect :Copy "a";', 'KEEP;\nReDirect :Copy "a";\n'],
  ["numbers", "a 0 1 1k 2M 3G 1024 1536 4294967296;", "a 0 1 1K 2M 3G 1K 1536 4G;\n"],
  ["lists", 'a [ "b" , "c" ] "d";', 'a ["b", "c"] "d";\n'],
  ["escapes", String.raw`a "\a\"\\\n";`, String.raw`a "a\"\\n";` + "\n"],
  ["a string of two lines", 'a "b\nc\r\nd";', 'a "b\nc\nd";\n'],
  ["text:", "a text:\nb\n..c\n.\n;", "a text:\nb\n..c\n.\n;\n"],
  ["text: with a comment", "a TEXT: # hello\n.\n;", "a text:\n.\n;\n"],
  ["text as a tag", "a :text;", "a :text;\n"],
  ["blocks", "if true{keep;}else{}", "if true {\n    keep;\n}\nelse {\n}\n"],
  ["a list of one test", "if allof ( true ) { }", "if allof (true) {\n}\n"],
  [
    "nested tests",
    'if not anyof (a "b", allof (c, d :e 1)) { }',
    'if not anyof (a "b", allof (c, d :e 1)) {\n}\n',
  ],
  [
    "comments",
    "# one\nkeep; # two\n/* three\n   four */ stop;\nif true { # five\n}\n# six",
    "# one\nkeep;\n# two\n/* three\n   four */\nstop;\nif true {\n    # five\n}\n# six\n",
  ],
];

for (const [name, source, formatted] of GOOD) {
  Deno.test(`Sieve reads and writes ${name}`, () => {
    const { tree, errors } = parseSieve(source, LIMITS);
    assert.deepEqual(errors, []);
    const text = formatSieve(tree);
    assert.equal(text.replaceAll("\r\n", "\n"), formatted);
    const again = parseSieve(text, LIMITS);
    assert.equal(formatSieve(again.tree), text);
  });
}

/** What is wrong, with its place, and that reading goes on behind it. */
const BAD: readonly [source: string, want: string[]][] = [
  ["keep", ['line 1, column 5: the script ends here, but ";" is missing after "keep"']],
  ["keep stop;", []],
  ['a "b"\nc;', ['line 2, column 1: ";" is missing before this, to end "a"']],
  ["keep; } stop;", ['line 1, column 7: this "}" closes nothing: there is no "{" before it']],
  ["if true { keep;", ['line 1, column 9: this "{" is not closed with "}"']],
  ['a "b', ["line 1, column 3: this string is not closed with a quotation mark"]],
  ["a text:\nb\n", ['line 1, column 3: this "text:" is not ended by a line with a single dot']],
  ["keep; /* a", ['line 1, column 7: this comment is not closed with "*/"']],
  ['a ["b" "c"]; d 1x; e \u00a7\u00a7; keep;', [
    'line 1, column 8: "," or "]" is wanted here, not the string "c"',
    'line 1, column 16: "1x" is not a number: after the digits only K, M or G may follow',
    'line 1, column 22: "\u00a7\u00a7" has no meaning here',
  ]],
  ["a [];", ['line 1, column 4: a string is wanted here, not "]"']],
  ["a ();", ['line 1, column 4: a test is wanted here, not ")"']],
  ["if anyof (true { }", [
    'line 1, column 16: "," or ")" is wanted here, not "{" (for the "(" of line 1, column 10)',
  ]],
  ["a 99999999999999999999;", ["line 1, column 3: the number 99999999999999999999 is too large"]],
  ['a "b\0c";', ["line 1, column 3: a string must not hold the character NUL"]],
  ['a "b\\\0', ["line 1, column 3: a string must not hold the character NUL"]],
  ['"a"; :b; 3;', [
    'line 1, column 1: a command is wanted here, not the string "a"',
    'line 1, column 6: a command is wanted here, not ":b"',
    'line 1, column 10: a command is wanted here, not "3"',
  ]],
  ["a".repeat(60) + " 1x;", [
    'line 1, column 62: "1x" is not a number: after the digits only K, M or G may follow',
  ]],
];

for (const [source, want] of BAD) {
  Deno.test(`Sieve refuses ${JSON.stringify(source)}`, () => {
    assert.deepEqual(parseSieve(source, LIMITS).errors.map(formatDiagnostic), want);
  });
}

Deno.test("Sieve: every beginning of a script is read, with an error or without", () => {
  const source =
    '# c\nif anyof (not header :is ["a", "b"] text:\nx\n.\n, size :over 10K) {\n  a "b\\"c" /* d */;\n} else { keep; }';
  for (let length = 0; length <= source.length; length++) {
    const { errors } = parseSieve(source.slice(0, length), LIMITS);
    assert.ok(errors.length <= 2, source.slice(0, length));
  }
});

Deno.test("Sieve: after twenty errors nothing more is said, and bounds end the reading", () => {
  assert.equal(parseSieve("1;".repeat(500), LIMITS).errors.length, 20);
  assert.match(
    parseSieve("if true {".repeat(5), { ...LIMITS, nesting: 3 }).errors[0].message,
    /deeper than 3 levels/,
  );
  assert.match(parseSieve("keep;keep;keep;", { ...LIMITS, nodes: 2 }).errors[0].message, /more than 2/);
  assert.match(
    parseSieve('a ["b","c"];', { ...LIMITS, listStrings: 1 }).errors[0].message,
    /more than 1 strings/,
  );
});
