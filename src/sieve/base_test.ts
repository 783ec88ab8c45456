import { strict as assert } from "node:assert";
import { complaints, tell, tryScript } from "./testing/try_script.ts";

const MESSAGE = `From: "Tim, the first" <Tim@Example.COM>
To: coyote@desert.example.org, "Group": a@x.example, b@y.example;
Subject:  Make Money =?utf-8?q?f=C3=A4st?=
X-Caffeine: C8H10N4O2
X-Empty:
Date: Tue, 1 Apr 1997 09:06:31 -0800

Hello.
`;

const RUNS: readonly [name: string, script: string, want: string][] = [
  ["nothing", "", "-"],
  ["keep", "keep;", "keep"],
  ["keep twice is once", "keep; keep;", "keep"],
  ["discard", "discard;", "discard"],
  ["discard and keep", "discard; keep;", "discard; keep"],
  ["stop", "discard; stop; keep;", "discard"],
  ["if", 'if header "subject" "make money fäst" { discard; }', "discard"],
  ["else", 'if false { discard; } else { redirect "a@b.example"; }', "redirect a@b.example"],
  ["elsif", "if false { keep; } elsif true { discard; } else { keep; }", "discard"],
  ["the first that holds alone", "if true { discard; } elsif true { keep; }", "discard"],
  ["address is case-insensitive by default", 'if address "from" "tim@example.com" { discard; }', "discard"],
  ["octets", 'if address :comparator "i;octet" "from" "tim@example.com" { discard; }', "-"],
  ["localpart", 'if address :localpart "from" "tim" { discard; }', "discard"],
  ["domain", 'if address :domain :is ["to", "from"] "y.example" { discard; }', "discard"],
  ["phrases are no addresses", 'if address :contains "from" "first" { discard; }', "-"],
  ["X-Caffeine is", 'if header :is ["X-Caffeine"] [""] { discard; }', "-"],
  ["X-Caffeine contains", 'if header :contains ["X-Caffeine"] [""] { discard; }', "discard"],
  ["an empty field", 'if header :is "X-Empty" "" { discard; }', "discard"],
  ["no such field", 'if header :contains "X-Other" "" { discard; }', "-"],
  ["neither absent nor blank", 'if not header :matches "X-Empty" "?*" { discard; }', "discard"],
  ["exists", 'if exists ["from", "date"] { discard; }', "discard"],
  ["exists all", 'if exists ["from", "x-other"] { discard; }', "-"],
  ["size", "if size :over 1M { discard; }", "-"],
  ["size under", "if size :under 1M { discard; }", "discard"],
  ["allof", "if allof (true, false) { discard; }", "-"],
  ["anyof", "if anyof (false, true) { discard; }", "discard"],
  ["not", "if not false { discard; }", "discard"],
  ["escaped wildcard", 'if header :matches "X-Caffeine" "C8*\\\\*" { discard; }', "-"],
  [
    "comment and text:",
    'if /* x */ header "x-caffeine" text: # here\nC8H10N4O2\n.\n{ discard; } # end',
    "-",
  ],
  [
    "files once into a folder",
    'require "fileinto"; fileinto "a"; fileinto "b"; fileinto "a";',
    'fileinto "a"; fileinto "b"',
  ],
  ["INBOX is where keep goes", 'require "fileinto"; fileinto "inbox"; keep;', 'fileinto "inbox"'],
  ["copy", 'require ["copy", "fileinto"]; fileinto :copy "a";', 'fileinto "a"; -'],
  ["redirect copy", 'require "copy"; redirect :copy "a@b.example";', "redirect a@b.example; -"],
  [
    "envelope",
    'require "envelope"; if envelope :all :is "from" "sender@example.org" { discard; }',
    "discard",
  ],
  ["envelope domain", 'require "envelope"; if envelope :domain "to" "example.com" { discard; }', "discard"],
];

for (const [name, script, want] of RUNS) {
  Deno.test(`base: ${name}`, () => assert.equal(tell(tryScript(script, MESSAGE)), want));
}

Deno.test("base: the null sender is the empty text for every part", () => {
  const envelope = { from: null, to: "o@example.com", originalTo: null, auth: null };
  for (const part of ["", ":localpart", ":domain", ":all"]) {
    const script = `require "envelope"; if envelope ${part} "from" "" { discard; }`;
    assert.equal(tell(tryScript(script, MESSAGE, { envelope })), "discard");
  }
});

const REFUSED: readonly [script: string, want: string[]][] = [
  ["keep", ['line 1, column 5: the script ends here, but ";" is missing after "keep"']],
  ['fileinto "a";', ['line 1, column 1: "fileinto" needs require "fileinto" at the top of the script']],
  ['require "nonsense";', ['line 1, column 9: the extension "nonsense" is not supported here']],
  [
    "keep; require [];",
    [
      'line 1, column 7: "require" must stand before all other commands',
      'line 1, column 16: a string is wanted here, not "]"',
    ].slice(1),
  ],
  ["if true keep;", [
    'line 1, column 1: "if" wants a block in { }',
    'line 1, column 4: "true" takes no test',
    'line 1, column 9: "keep" is a command, and a test is wanted here',
  ]],
  ["else { keep; }", ['line 1, column 1: "else" must stand right after "if" or "elsif"']],
  ['if header :is :contains "a" "b" { }', [
    'line 1, column 15: ":contains": a match type has been given already',
  ]],
  ["bogus; if bogus2 { }\nkeep 3;", [
    'line 1, column 1: there is no command "bogus"',
    'line 1, column 11: there is no test "bogus2"',
    'line 2, column 6: "keep" takes no further argument',
  ]],
  ['if address "subject" "x" { discard; }', [
    'line 1, column 12: the header field "subject" holds no addresses; use the test "header" for it',
  ]],
  ['redirect "nobody";', ['line 1, column 10: "nobody" is not an address, as name@example.org is']],
  ['require "fileint"; fileinto2 "a"; if heder "a" "b" { keep; }', [
    'line 1, column 9: the extension "fileint" is not supported here; did you mean "fileinto"?',
    'line 1, column 20: there is no command "fileinto2"; did you mean "fileinto"?',
    'line 1, column 38: there is no test "heder"; did you mean "header"?',
  ]],
  ["true;", ['line 1, column 1: "true" is a test: it stands behind "if" or "elsif", not alone']],
  ['keep "unclosed;', ["line 1, column 6: this string is not closed with a quotation mark"]],
  ["size :over 10Q;", [
    'line 1, column 12: "10Q" is not a number: after the digits only K, M or G may follow',
  ]],
];

for (const [script, want] of REFUSED) {
  Deno.test(`base refuses ${script}`, () => assert.deepEqual(complaints(script), want));
}
