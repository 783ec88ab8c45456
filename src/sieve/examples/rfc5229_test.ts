import { strict as assert } from "node:assert";
import { mail, MESSAGE_A, testExamples } from "../testing/examples.ts";
import { complaints, tell, tryScript } from "../testing/try_script.ts";

const REQUIRE = 'require ["variables", "fileinto", "encoded-character"];';

/** §3 and §3.1: what a string becomes; the variable "company" holds "ACME". */
const STRINGS: readonly [text: string, want: string][] = [
  ["&%${}!", "&%${}!"],
  ["${doh!}", "${doh!}"],
  ["x${full}", "x"],
  ["${company}", "ACME"],
  ["${BAD${Company}", "${BADACME"],
  ["${President, ${Company} Inc.}", "${President, ACME Inc.}"],
  ["x${fo\\o}", "xbar"],
  ["${fo\\\\o}", "${fo\\o}"],
  ["\\${foo}", "bar"],
  ["\\\\${foo}", "\\bar"],
];

for (const [text, want] of STRINGS) {
  Deno.test(`RFC 5229 §3 "${text}"`, () => {
    const script = `${REQUIRE} set "company" "ACME"; set "foo" "bar"; fileinto "${text}";`;
    assert.equal(tell(tryScript(script, MESSAGE_A)), `fileinto "${want}"`);
  });
}

/** §4.1: what is assigned. */
const MODIFIERS: readonly [modifiers: string, value: string, want: string][] = [
  ["", "${a}", "juMBlEd lETteRS"],
  [":length", "${a}", "15"],
  [":lower", "${a}", "jumbled letters"],
  [":upperfirst", "${a}", "JuMBlEd lETteRS"],
  [":upperfirst :lower", "${a}", "Jumbled letters"],
  [":quotewildcard", "Rock*", "Rock\\*"],
];

for (const [modifiers, value, want] of MODIFIERS) {
  Deno.test(`RFC 5229 §4.1 set ${modifiers}`, () => {
    const script = `${REQUIRE} set "a" "juMBlEd lETteRS"; set ${modifiers} "b" "${value}"; fileinto "\${b}";`;
    assert.equal(tell(tryScript(script, MESSAGE_A)), `fileinto "${want}"`);
  });
}

testExamples("RFC 5229", [
  {
    at: "§3.1 a dollar of a variable",
    script: `${REQUIRE} set "dollar" "$"; set "text" "regarding \${dollar}{beep}"; fileinto "\${text}";`,
    runs: [[MESSAGE_A, 'fileinto "regarding ${beep}"']],
  },
  {
    at: "§3.1 encoded characters come first",
    script: `require ["encoded-character", "variables"];
set "name" "Ethelbert";
if header :contains "Subject" "dear\${hex:20 24 7b 4e}ame}" { discard; }`,
    runs: [[mail("Subject: Dear Ethelbert"), "discard"], [MESSAGE_A, "-"]],
  },
  {
    at: "§3.1 as printed",
    script: 'require ["encoded-character", "variables"];\nset "name" "Ethelbert"\nif true { }',
    refused: '";" is missing before this, to end "set"',
    because: "the standard's own text forgets the semicolon",
  },
  {
    at: "§3.2 List-ID",
    script: `require ["fileinto", "variables"];
if header :matches "List-ID" "*<*@*" { fileinto "INBOX.lists.\${2}"; stop; }`,
    runs: [[mail("List-ID: ACME users <acme-users@lists.example>"), 'fileinto "INBOX.lists.acme-users"']],
  },
  {
    at: "§3.2 Subject",
    script: `require ["fileinto", "variables"];
if header :matches "Subject" "[*] *" { fileinto "INBOX.lists.\${1}:\${2}"; stop; }`,
    runs: [[
      mail("Subject: [acme-users] [fwd] version 1.0 is out"),
      'fileinto "INBOX.lists.acme-users:[fwd] version 1.0 is out"',
    ]],
  },
  {
    at: "§3.2 as printed",
    script: 'require ["fileinto", "variables"];\nfileinfo "INBOX.lists";',
    refused: 'there is no command "fileinfo"',
    because: "the standard's own text misspells fileinto",
  },
  {
    at: "§3.2 two asterisks",
    script: `require ["fileinto", "variables"];
if address :matches ["To", "Cc"] ["coyote@**.com", "wile@**.com"] { fileinto "\${0}|\${1}|\${2}"; stop; }`,
    runs: [[mail("To: coyote@ACME.Example.COM"), 'fileinto "coyote@ACME.Example.COM||ACME.Example"']],
  },
  {
    at: "§3.2 the second test is never asked",
    script: `require ["fileinto", "variables"];
if anyof (true, address :domain :matches "To" "*.com") { fileinto "x\${1}"; stop; }`,
    runs: [[mail("To: coyote@acme.com"), 'fileinto "x"']],
  },
  {
    at: "§4 a text of many lines",
    script: `require ["variables", "fileinto"];
set "honorific"  "Mr";
set "first_name" "Wile";
set "last_name"  "Coyote";
set "vacation" text:
Dear \${HONORIFIC} \${last_name},
I'm out, please leave a message after the meep.
.
;
if string :contains "\${vacation}" "Dear Mr Coyote," { discard; }`,
    runs: [[MESSAGE_A, "discard"]],
  },
  {
    at: "§5 white space stays",
    script: `require "variables"; set "state" "\${state} pending";
if string :matches " \${state} " "* pending *" { discard; }`,
    runs: [[MESSAGE_A, "discard"]],
  },
]);

Deno.test("RFC 5229 §4: names that cannot be set, and unknown modifiers, are refused", () => {
  for (
    const text of [
      'set "1" "x";',
      'set "a.b" "x";',
      'set "a b" "x";',
      'set :reverse "a" "x";',
      'set "${a}" "x";',
    ]
  ) {
    assert.equal(complaints('require "variables"; ' + text).length, 1, text);
  }
  assert.equal(complaints('require "variables"; set :lower :upper "a" "b";').length, 1);
  assert.equal(complaints('require ["variables", "fileinto"]; fileinto "${unknown.name}";').length, 1);
});
