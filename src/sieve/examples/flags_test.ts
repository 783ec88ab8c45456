import { strict as assert } from "node:assert";
import { mail, MESSAGE_A, testExamples } from "../testing/examples.ts";
import { complaints, tell, tryScript } from "../testing/try_script.ts";

const REQUIRE =
  'require ["fileinto", "imap4flags", "variables", "relational", "comparator-i;ascii-numeric"];\n';

testExamples("RFC 5232", [
  {
    at: "§3.1 setflag",
    script: 'require "imap4flags"; if size :over 500K { setflag "\\\\Deleted"; }',
    runs: [[MESSAGE_A, "-"], [mail("X: 1") + "x".repeat(600_000), "- flags \\Deleted"]],
  },
  {
    at: "§3.1 flags in a variable",
    script: `${REQUIRE}if header :contains "from" "boss@frobnitzm.example.edu" {
  setflag "flagvar" "\\\\Flagged";
  fileinto :flags "\${flagvar}" "INBOX.From Boss";
}`,
    runs: [[mail("From: boss@frobnitzm.example.edu"), 'fileinto "INBOX.From Boss" flags \\Flagged']],
  },
  ...[
    'addflag "flagvar" "\\\\Deleted"; addflag "flagvar" "\\\\Answered";',
    'addflag "flagvar" ["\\\\Deleted", "\\\\Answered"];',
    'addflag "flagvar" "\\\\Deleted \\\\Answered";',
  ].map((script) => ({
    at: `§3.2 ${script}`,
    script: `${REQUIRE}${script} keep :flags "\${flagvar}";`,
    runs: [[MESSAGE_A, "keep flags \\Deleted \\Answered"] as const],
  })),
  {
    at: "§3.3 removeflag",
    script: `${REQUIRE}if header :contains "Disposition-Notification-To" "mel@example.com" {
  addflag "flagvar" "$MDNRequired";
}
if header :contains "from" "imap@cac.washington.example.edu" {
  removeflag "flagvar" "$MDNRequired";
  fileinto :flags "\${flagvar}" "INBOX.imap-list";
}`,
    runs: [[
      mail("From: imap@cac.washington.example.edu", "Disposition-Notification-To: mel@example.com"),
      'fileinto "INBOX.imap-list" flags ',
    ]],
  },
]);

/** §4: tests of the internal variable "A B" and of MyVar. */
const TESTS: readonly [test: string, want: boolean][] = [
  ['hasflag :is "b A"', true],
  ['hasflag ["b","A"]', true],
  ['hasflag :contains "MyVar" "Junk"', true],
  ['hasflag :contains "MyVar" "forward"', true],
  ['hasflag :contains "MyVar" ["label", "forward"]', true],
  ['hasflag :contains "MyVar" ["junk", "forward"]', true],
  ['hasflag :contains "MyVar" "junk forward"', true],
  ['hasflag :contains "MyVar" "forward junk"', true],
  ['hasflag :contains "MyVar" "label"', false],
  ['hasflag :contains "MyVar" ["label1", "label2"]', false],
  ['hasflag :count "ge" :comparator "i;ascii-numeric" "MyFlags" "2"', true],
  ['hasflag :count "ge" :comparator "i;ascii-numeric" "MyFlags" "3"', false],
];

for (const [test, want] of TESTS) {
  Deno.test(`RFC 5232 §4 ${test}`, () => {
    const script = `${REQUIRE}setflag "A B"; setflag "MyFlags" "A B";
      setflag "MyVar" "NonJunk Junk gnus-forward $Forwarded NotJunk JunkRecorded $Junk $NotJunk";
      if ${test} { discard; stop; }`;
    assert.equal(tell(tryScript(script, MESSAGE_A)) === "discard", want);
  });
}

const EXTENDED = `require ["fileinto", "imap4flags", "variables"];
if size :over 1M {
  addflag "MyFlags" "Big";
  if header :is "From" "boss@company.example.com" { addflag "MyFlags" "\\\\Flagged"; }
  fileinto :flags "\${MyFlags}" "Big messages";
}
if header :is "From" "grandma@example.net" {
  addflag "MyFlags" ["\\\\Answered", "$MDNSent"];
  fileinto :flags "\${MyFlags}" "GrandMa";
}
if header :is "Sender" "owner-ietf-mta-filters@example.org" {
  set "MyFlags" "\\\\Flagged $Work";
  keep :flags "\${MyFlags}";
}
elsif ANYOF { keep :flags "\${MyFlags}"; }
elsif anyof (not address :all :contains ["To", "Cc"] "me@company.example.com",
             header :matches "subject" ["*make*money*fast*", "*university*dipl*mas*"]) {
  REMOVE "MyFlags" "\\\\Flagged";
  fileinto :flags "\${MyFlags}" "spam";
}
else { fileinto :flags "\${MyFlags}" "personal"; }`;
const COMPANY = 'address :domain :is ["From", "To"] "company.example.com"';
const big = (from: string) => mail(`From: ${from}`, "Cc: me@company.example.com") + "x".repeat(1_100_000);

testExamples("RFC 5232 §9", [
  {
    at: "as printed",
    script: EXTENDED.replace("ANYOF", `anyof ${COMPANY}`).replace("REMOVE", "remove"),
    refused: 'there is no command "remove"',
    because: "the standard's own text writes remove for removeflag, and anyof without parentheses",
  },
  {
    at: "as meant",
    script: EXTENDED.replace("ANYOF", COMPANY).replace("REMOVE", "removeflag"),
    runs: [
      [
        big("boss@company.example.com"),
        'fileinto "Big messages" flags Big \\Flagged; keep flags Big \\Flagged',
      ],
      [
        big("grandma@example.net"),
        'fileinto "Big messages" flags Big; fileinto "GrandMa" flags Big \\Answered $MDNSent; ' +
        'fileinto "personal" flags Big \\Answered $MDNSent',
      ],
      [mail("Sender: owner-ietf-mta-filters@example.org"), "keep flags \\Flagged $Work"],
      [mail("Subject: make money fast"), 'fileinto "spam" flags '],
    ],
  },
]);

Deno.test("flags: what is none is left out, doubles too, and the last list wins", () => {
  const script =
    'require "imap4flags"; setflag ["a", "", "\\\\seen A", "\\\\Recent \\\\bogus sch\u00f6n"]; keep; keep :flags "x";';
  assert.equal(tell(tryScript(script.replace('keep; keep :flags "x";', ""), MESSAGE_A)), "- flags a \\Seen");
  assert.equal(tell(tryScript(script, MESSAGE_A)), "keep flags x");
  assert.equal(complaints('require "imap4flags"; setflag "var" "x";').length, 1);
});
