import { strict as assert } from "node:assert";
import { compile } from "../compile.ts";
import type { Host } from "../host.ts";
import { mail, MESSAGE_A, testExamples } from "../testing/examples.ts";
import { complaints, tell, tryScript } from "../testing/try_script.ts";

/** A host with these scripts, by `location name`. */
function scripts(stored: Readonly<Record<string, string>>): { host: Partial<Host> } {
  const includedScript = (location: string, name: string) => {
    const source = stored[`${location} ${name}`];
    return source === undefined ? null : compile(source);
  };
  return { host: { includedScript } };
}

/** The repository of RFC 6609 §3.2. */
const REPOSITORY = scripts({
  "personal always_allow": `if address :is "from" "boss@example.com" { keep; }
elsif address :is "from" "ceo@example.com" { keep; }`,
  "personal spam_tests": `require ["reject"];
if header :contains "Subject" "XXXX" { reject "Subject XXXX is unacceptable."; }
elsif address :is "from" "money@example.com" { reject "Mail from this sender is unwelcome."; }`,
  "personal mailing_lists": `require ["fileinto"];
if header :is "List-ID" "sieve.ietf.org" { fileinto "lists.sieve"; }
elsif header :is "List-ID" "ietf-imapext.imc.org" { fileinto "lists.imapext"; }`,
  "global spam_tests": `require ["reject"];
if anyof (header :contains "Subject" "$$", header :contains "Subject" "Make money") { reject "No thank you."; }`,
  "personal subject_tests": `require ["include", "variables"];
global ["test", "test_mailbox"];
if header :contains "Subject" "\${test}" { set "test_mailbox" "spam-\${test}"; }`,
});

testExamples("RFC 6609", [
  {
    at: "§3.2 four scripts and a global one",
    script: `require ["include"];
include :personal "always_allow";
include :global "spam_tests";
include :personal "spam_tests";
include :personal "mailing_lists";`,
    runs: [
      [mail("From: boss@example.com"), "keep", REPOSITORY],
      [mail("Subject: Make money fast"), 'reject "No thank you."', REPOSITORY],
      [mail("Subject: XXXX"), 'reject "Subject XXXX is unacceptable."', REPOSITORY],
      [mail("List-ID: ietf-imapext.imc.org"), 'fileinto "lists.imapext"', REPOSITORY],
      [MESSAGE_A, "-", REPOSITORY],
    ],
  },
  {
    at: "§3.4.1 as printed",
    script: 'require ["include", "variables", "relational"]; if string :count "eq" "${test_mailbox}" "1" { }',
    runs: [[MESSAGE_A, "-"]],
  },
  {
    at: "§3.4.1 global variables",
    script: `require ["fileinto", "include", "variables", "relational"];
global "test";
global "test_mailbox";
set "test" "$$";
include "subject_tests";
set "test" "Make money";
include "subject_tests";
if string :count "eq" "\${test_mailbox}" "1" { fileinto "\${test_mailbox}"; stop; }`,
    runs: [
      [mail("Subject: Make money $$"), 'fileinto "spam-Make money"', REPOSITORY],
      [mail("Subject: $$"), 'fileinto "spam-$$"', REPOSITORY],
      [mail("Subject: x"), "-", REPOSITORY],
    ],
  },
  {
    at: "§3.4.2 the namespace",
    script: `require ["variables", "include", "vacation"];
global "i_am_on_vacation";
set "global.i_am_on_vacation" "1";
if string :is "\${i_am_on_vacation}" "1" { vacation "It's true, I am on vacation."; }`,
    runs: [[mail("To: owner@example.com"), "vacation to sender@example.org; -"]],
  },
]);

/** Scripts that include each other, and what becomes of it. */
const INCLUDED: readonly [name: string, main: string, stored: Record<string, string>, want: string][] = [
  ["a missing script is an error", 'include "a";', {}, 'error: there is no personal script "a" to include'],
  ["unless it is optional", 'include :optional "a"; discard;', {}, "discard"],
  ["stop ends all", 'include "a"; discard;', { "personal a": "keep; stop;" }, "keep"],
  [
    "return ends one",
    'include "a"; discard;',
    { "personal a": 'require "include"; return; keep;' },
    "discard",
  ],
  ["return in the first script is stop", "keep; return; discard;", {}, "keep"],
  [
    "once",
    'include :once "a"; include :once "a";',
    { "personal a": 'require "fileinto"; fileinto "x"; ' },
    'fileinto "x"',
  ],
  [
    "once does not go round",
    'include "a"; discard;',
    { "personal a": 'require "include"; include :once "a"; include :once "b";', "personal b": "keep;" },
    "keep; discard",
  ],
  [
    "round and round is an error",
    'include "a";',
    { "personal a": 'require "include"; include "a";' },
    "error: scripts include each other more than 10 levels deep",
  ],
  [
    "its errors are told",
    'include "a";',
    { "personal a": "bogus;" },
    'error: the included script "a" has errors: line 1, column 1: there is no command "bogus"',
  ],
  ["it requires for itself", 'include "a"; fileinto "x";', { "personal a": "keep;" }, 'keep; fileinto "x"'],
  ["variables are its own", 'set "v" "1"; include "a"; fileinto "x${v}";', {
    "personal a": 'require "variables"; set "v" "2";',
  }, 'fileinto "x1"'],
];

for (const [name, main, stored, want] of INCLUDED) {
  Deno.test(`RFC 6609: ${name}`, () => {
    const outcome = tryScript(
      `require ["include", "fileinto", "variables"];${main}`,
      MESSAGE_A,
      scripts(stored),
    );
    assert.equal(tell(outcome), want);
  });
}

Deno.test("RFC 6609: an error inside tells the script", () => {
  const stored = scripts({ "personal a": 'require "ihave";\n  error "no";' });
  const { error } = tryScript('require "include"; include "a";', MESSAGE_A, stored);
  assert.deepEqual(error, { script: "a", line: 2, column: 3, message: "no" });
});

Deno.test("RFC 6609 §3.2, §4: names are constant and safe, and global needs variables", () => {
  assert.equal(complaints('require ["include", "variables"]; include "a${b}";').length, 1);
  assert.equal(complaints('require "include"; include "./../..//etc/passwd";').length, 1);
  assert.equal(complaints('require "include"; global "a";').length, 1);
  assert.equal(complaints('require ["include", "variables"]; global ["1", "a.b"];').length, 2);
  const used = 'require ["include", "variables"]; set "a" "x"; global "a";';
  assert.equal(
    tell(tryScript(used, MESSAGE_A)),
    'error: the variable "a" is in use already and cannot be global',
  );
});

Deno.test("RFC 6609 §3.5: inside foreverypart the part is the whole message", () => {
  const message =
    "MIME-Version: 1.0\nSubject: outer\nContent-Type: multipart/mixed; boundary=b\n\n--b\nX-Part: 1\n\na\n--b--\n";
  const main =
    'require ["include", "foreverypart"]; foreverypart { include "a"; } if exists "subject" { discard; }';
  const stored = scripts({ "personal a": 'require "fileinto"; if exists "x-part" { fileinto "part"; }' });
  assert.equal(tell(tryScript(main, message, stored)), 'fileinto "part"; discard');
});
