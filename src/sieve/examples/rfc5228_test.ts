import { mail, MESSAGE_A, MESSAGE_B, testExamples } from "../testing/examples.ts";

const FILTER = `require ["fileinto"];
if header :is "Sender" "owner-ietf-mta-filters@imc.org"
        {
        fileinto "filter";  # move to "filter" mailbox
        }
elsif address :DOMAIN :is ["From", "To"] "example.com"
        {
        keep;               # keep in "In" mailbox
        }
elsif anyof (NOT address :all :contains
               ["To", "Cc", "Bcc"] "me@example.com",
             header :matches "subject"
               ["*make*money*fast*", "*university*dipl*mas*"])
        {
        fileinto "spam";   # move to "spam" mailbox
        }
else
        {
        fileinto "personal";
        }
`;

testExamples("RFC 5228", [
  {
    at: "§2.3 hash comment",
    script: "if size :over 100k { # this is a comment\ndiscard;\n}",
    runs: [[MESSAGE_A, "-"]],
  },
  {
    at: "§2.3 bracketed comment",
    script:
      "if size :over 100K { /* this is a comment\nthis is still a comment */ discard /* this is a comment\n*/ ;\n}",
    runs: [[MESSAGE_A, "-"]],
  },
  {
    at: "§2.4.2.4 message B holds $$$",
    script: `require "encoded-character";
if header :contains "Subject" "$\${hex:24 24}" { discard; }`,
    runs: [[MESSAGE_A, "-"], [MESSAGE_B, "discard"]],
  },
  {
    at: "§2.5.1 a list of tests",
    script: `if anyof (not exists ["From", "Date"], header :contains "from" "fool@example.com") { discard; }`,
    runs: [[MESSAGE_A, "-"], [mail("From: a@b.example"), "discard"], [
      mail("Date: x", "From: fool@example.com"),
      "discard",
    ]],
  },
  {
    at: "§2.7.3 octets",
    script: 'if header :contains :comparator "i;octet" "Subject" "MAKE MONEY FAST" { discard; }',
    runs: [[mail("Subject: You can MAKE MONEY FAST"), "discard"], [
      mail("Subject: You can Make Money Fast"),
      "-",
    ]],
  },
  { at: "§2.10.2 the implicit keep", script: "if size :over 500K { discard; }", runs: [[MESSAGE_A, "-"]] },
  {
    at: "§3.1 both messages are dropped",
    script: `require "fileinto";
if header :contains "from" "coyote" { discard; }
elsif header :contains ["subject"] ["$$$"] { discard; }
else { fileinto "INBOX"; }`,
    runs: [[MESSAGE_A, "discard"], [MESSAGE_B, "discard"], [mail("Subject: x"), 'fileinto "INBOX"']],
  },
  {
    at: "§3.1 redirects",
    script: `if header :contains ["From"] ["coyote"] { redirect "acm@example.com"; }
elsif header :contains "Subject" "$$$" { redirect "postmaster@example.com"; }
else { redirect "field@example.com"; }`,
    runs: [
      [MESSAGE_A, "redirect acm@example.com"],
      [MESSAGE_B, "redirect postmaster@example.com"],
      [mail("Subject: x"), "redirect field@example.com"],
    ],
  },
  { at: "§3.2 one require", script: 'require ["fileinto", "reject"];', runs: [[MESSAGE_A, "-"]] },
  { at: "§3.2 two requires", script: 'require "fileinto";\nrequire "vacation";', runs: [[MESSAGE_A, "-"]] },
  {
    at: "§4.1 harassment",
    script: 'require "fileinto";\nif header :contains ["from"] "coyote" {\n fileinto "INBOX.harassment";\n}',
    runs: [[MESSAGE_A, 'fileinto "INBOX.harassment"'], [MESSAGE_B, "-"]],
  },
  {
    at: "§4.2 redirecting all mail",
    script: 'redirect "bart@example.com";',
    runs: [[MESSAGE_A, "redirect bart@example.com"]],
  },
  { at: "§4.3 keep", script: "if size :under 1M { keep; } else { discard; }", runs: [[MESSAGE_A, "keep"]] },
  { at: "§4.3 the same", script: "if not size :under 1M { discard; }", runs: [[MESSAGE_A, "-"]] },
  {
    at: "§4.4 an idiot",
    script: 'if header :contains ["from"] ["idiot@example.com"] { discard; }',
    runs: [[mail("From: idiot@example.com"), "discard"], [MESSAGE_A, "-"]],
  },
  {
    at: "§5.1 address",
    script: 'if address :is :all "from" "tim@example.com" { discard; }',
    runs: [[mail("From: Tim <tim@example.com>"), "discard"], [mail("From: tim@example.org"), "-"]],
  },
  {
    at: "§5.4 envelope",
    script: 'require "envelope";\nif envelope :all :is "from" "tim@example.com" { discard; }',
    runs: [[MESSAGE_A, "-"], [MESSAGE_A, "discard", {
      envelope: { from: "tim@example.com", to: "o@example.com", originalTo: null, auth: null },
    }]],
  },
  {
    at: "§5.5 exists",
    script: 'if not exists ["From","Date"] { discard; }',
    runs: [[MESSAGE_A, "-"], [mail("From: a@b.example"), "discard"]],
  },
  {
    at: "§5.7 X-Caffeine is nothing",
    script: 'if header :is ["X-Caffeine"] [""] { discard; }',
    runs: [[mail("X-Caffeine: C8H10N4O2"), "-"]],
  },
  {
    at: "§5.7 X-Caffeine contains nothing",
    script: 'if header :contains ["X-Caffeine"] [""] { discard; }',
    runs: [[mail("X-Caffeine: C8H10N4O2"), "discard"]],
  },
  {
    at: "§5.7 absent or blank",
    script: 'if not header :matches "Cc" "?*" { discard; }',
    runs: [[MESSAGE_A, "discard"], [mail("Cc:  "), "discard"], [mail("Cc: a@b.example"), "-"]],
  },
  {
    at: "§9 the extended example",
    script: FILTER,
    runs: [
      [mail("Sender: owner-ietf-mta-filters@imc.org"), 'fileinto "filter"'],
      [mail("From: a@example.com", "To: x@y.example"), "keep"],
      [mail("From: a@b.example", "To: other@b.example"), 'fileinto "spam"'],
      [MESSAGE_A, 'fileinto "spam"'],
      // To me, as the text means it, is also "to people in my company": only Cc and Bcc get so far.
      [mail("From: a@b.example", "Cc: me@example.com"), 'fileinto "personal"'],
      [mail("From: a@b.example", "Cc: me@example.com", "Subject: MAKE the money  fast!"), 'fileinto "spam"'],
    ],
  },
]);

/** RFC 5228 §2.4.2.4's table: what strings become, and which are errors. */
const ENCODED: readonly [text: string, want: string | null][] = [
  ["$${hex:40}", "$@"],
  ["${hex: 40 }", "@"],
  ["${HEX: 40}", "@"],
  ["${hex:40", "${hex:40"],
  ["${hex:400}", "${hex:400}"],
  ["${hex:4${hex:30}}", "${hex:40}"],
  ["${unicode:40}", "@"],
  ["${ unicode:40}", "${ unicode:40}"],
  ["${UNICODE:40}", "@"],
  ["${UnICoDE:0000040}", "@"],
  ["${Unicode:40}", "@"],
  ["${Unicode:Cool}", "${Unicode:Cool}"],
  ["${unicode:200000}", null],
  ["${Unicode:DF01}", null],
];

testExamples(
  "RFC 5228 §2.4.2.4",
  ENCODED.map(([text, want]) => ({
    at: text,
    script: `require ["encoded-character", "fileinto"]; fileinto "${text}";`,
    ...(want === null
      ? { refused: "is not the number of a Unicode character" }
      : { runs: [[MESSAGE_A, `fileinto "${want}"`] as const] }),
  })),
);
