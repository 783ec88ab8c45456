import { mail, MESSAGE_A, testExamples } from "../testing/examples.ts";

const COUNTED = mail(
  "received: a",
  "received: b",
  "subject: example",
  "to: foo@example.com, baz@example.com",
  "cc: qux@example.com",
);
const NUMERIC = 'require ["relational", "comparator-i;ascii-numeric"];\n';
const count = (test: string) => `${NUMERIC}if ${test} { discard; }`;

testExamples("RFC 5231", [
  {
    at: "§6 addresses of two fields",
    script: count('address :count "ge" :comparator "i;ascii-numeric" ["to", "cc"] ["3"]'),
    runs: [[COUNTED, "discard"]],
  },
  {
    at: "§6 addresses of one field each",
    script: count(`anyof ( address :count "ge" :comparator "i;ascii-numeric" ["to"] ["3"],
      address :count "ge" :comparator "i;ascii-numeric" ["cc"] ["3"] )`),
    runs: [[COUNTED, "-"]],
  },
  {
    at: "§6 received",
    script: count('header :count "ge" :comparator "i;ascii-numeric" ["received"] ["3"]'),
    runs: [[COUNTED, "-"]],
  },
  {
    at: "§6 received and subject",
    script: count('header :count "ge" :comparator "i;ascii-numeric" ["received", "subject"] ["3"]'),
    runs: [[COUNTED, "discard"]],
  },
  {
    at: "§6 fields, not addresses",
    script: count('header :count "ge" :comparator "i;ascii-numeric" ["to", "cc"] ["3"]'),
    runs: [[COUNTED, "-"]],
  },
  {
    at: "§7 the extended example",
    script: `require ["relational", "comparator-i;ascii-numeric", "fileinto"];
if header :value "lt" :comparator "i;ascii-numeric" ["x-priority"] ["3"] { fileinto "Priority"; }
elsif address :count "gt" :comparator "i;ascii-numeric" ["to"] ["5"] { fileinto "SPAM"; }
elsif address :value "gt" :all :comparator "i;ascii-casemap" ["from"] ["M"] { fileinto "From N-Z"; }
else { fileinto "From A-M"; }
if allof ( address :count "eq" :comparator "i;ascii-numeric" ["to", "cc"] ["1"],
           address :all :comparator "i;ascii-casemap" ["to", "cc"] ["me@foo.example.com"] )
{ fileinto "Only me"; }`,
    runs: [
      [mail("X-Priority: 1 (Highest)"), 'fileinto "Priority"'],
      [mail("X-Priority: 3", "To: a@b.c, b@b.c, c@b.c, d@b.c, e@b.c, f@b.c"), 'fileinto "SPAM"'],
      [mail("From: nina@b.example", "To: me@foo.example.com"), 'fileinto "From N-Z"; fileinto "Only me"'],
      [mail("From: adam@b.example", "To: me@foo.example.com, x@b.c"), 'fileinto "From A-M"'],
    ],
  },
]);

const to = (address: string) => ({
  envelope: { from: "a@b.example", to: address, originalTo: null, auth: null },
});

testExamples("RFC 5233", [{
  at: "§4 detail behind a plus",
  script: `require ["envelope", "subaddress", "fileinto"];
if envelope :user "to" "postmaster" { fileinto "inbox.postmaster"; stop; }
if envelope :detail "to" "mta-filters" { fileinto "inbox.ietf-mta-filters"; }
if envelope :detail "to" "foo" { redirect "ken@example.net"; }`,
  runs: [
    [MESSAGE_A, 'fileinto "inbox.postmaster"', to("postmaster@example.com")],
    [MESSAGE_A, 'fileinto "inbox.postmaster"', to("postmaster+x@example.com")],
    [MESSAGE_A, 'fileinto "inbox.ietf-mta-filters"', to("ken+mta-filters@example.com")],
    [MESSAGE_A, "redirect ken@example.net", to("ken+foo@example.com")],
    [MESSAGE_A, "-", to("ken@example.com")],
  ],
}, {
  at: "§4 no detail matches nothing, an empty one the empty text",
  script: 'require ["envelope", "subaddress"]; if envelope :detail "to" "" { discard; }',
  runs: [[MESSAGE_A, "-", to("ken@example.com")], [MESSAGE_A, "discard", to("ken+@example.com")]],
}]);

const SPAM_TRAP = `require ["spamtest", "fileinto", "relational", "comparator-i;ascii-numeric"];
if spamtest :value "eq" :comparator "i;ascii-numeric" "0" { fileinto "INBOX.unclassified"; }
elsif spamtest :value "ge" :comparator "i;ascii-numeric" "3" { fileinto "INBOX.spam-trap"; }`;
const percent = (first: string) =>
  `require ["spamtestplus", "fileinto", "relational", "comparator-i;ascii-numeric"];
if ${first} { fileinto "INBOX.unclassified"; }
elsif spamtest :percent :value "eq" :comparator "i;ascii-numeric" "0" { fileinto "INBOX.not-spam"; }
elsif spamtest :percent :value "lt" :comparator "i;ascii-numeric" "37" { fileinto "INBOX.spam-trap"; }
else { discard; }`;
const percentRuns = [
  [MESSAGE_A, 'fileinto "INBOX.unclassified"'],
  [MESSAGE_A, 'fileinto "INBOX.not-spam"', { spamPercent: 0 }],
  [MESSAGE_A, 'fileinto "INBOX.spam-trap"', { spamPercent: 36 }],
  [MESSAGE_A, "discard", { spamPercent: 37 }],
] as const;

testExamples("RFC 5235", [
  {
    at: "§3.2.1 spamtest",
    script: SPAM_TRAP,
    runs: [
      [MESSAGE_A, 'fileinto "INBOX.unclassified"'],
      [MESSAGE_A, "-", { spamPercent: 0 }],
      [MESSAGE_A, 'fileinto "INBOX.spam-trap"', { spamPercent: 100 }],
      [MESSAGE_A, 'fileinto "INBOX.spam-trap"', { spamPercent: 25 }],
    ],
  },
  {
    at: "§3.2.2 percent",
    script: percent('spamtest :value "eq" :comparator "i;ascii-numeric" "0"'),
    runs: percentRuns,
  },
  {
    at: "§3.2.2 the same with count",
    script: percent('spamtest :percent :count "eq" :comparator "i;ascii-numeric" "0"'),
    runs: percentRuns,
  },
  {
    at: "§3.3 virustest",
    script: `require ["virustest", "fileinto", "relational", "comparator-i;ascii-numeric"];
if virustest :value "eq" :comparator "i;ascii-numeric" "0" { fileinto "INBOX.unclassified"; }
if virustest :value "eq" :comparator "i;ascii-numeric" "4" { fileinto "INBOX.quarantine"; }
elsif virustest :value "eq" :comparator "i;ascii-numeric" "5" { discard; }`,
    runs: [
      [MESSAGE_A, 'fileinto "INBOX.unclassified"'],
      [MESSAGE_A, "-", { virusLevel: 1 }],
      [MESSAGE_A, 'fileinto "INBOX.quarantine"', { virusLevel: 4 }],
      [MESSAGE_A, "discard", { virusLevel: 5 }],
    ],
  },
]);
