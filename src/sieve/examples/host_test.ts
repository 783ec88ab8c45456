import { strict as assert } from "node:assert";
import type { Host } from "../host.ts";
import { mail, MESSAGE_A, testExamples } from "../testing/examples.ts";
import { complaints, tell, TEST_NOW_MS, tryScript } from "../testing/try_script.ts";

const host = (given: Partial<Host>) => ({ host: given });
const DUPLICATE = mail("Message-ID:  <1@b.example> ", "X-Event-ID: 7", "Subject: ALERT: disk");

/** Runs twice; the second time the marks of the first are remembered. */
function twice(script: string, first: string, second = first): string[] {
  const one = tryScript(script, first);
  const keys = new Set(one.marks.map(({ kind, key }) => kind + key));
  return [
    tell(one),
    tell(tryScript(script, second, host({ remembers: (kind, key) => keys.has(kind + key) }))),
  ];
}

/** RFC 7352 §3.2 and §5: each example, over a message and over it again. */
const SEEN: readonly [at: string, script: string, want: string[]][] = [
  ["§3.2 Message-ID", 'require "duplicate"; if duplicate { discard; }', ["-", "discard"]],
  ["§3.2 by header", 'require "duplicate"; if duplicate :header "message-id" { discard; }', ["-", "discard"]],
  [
    "§3.2 by unique id",
    'require ["duplicate", "variables"]; if header :matches "message-id" "*" { if duplicate :uniqueid "${0}" { discard; } }',
    ["-", "discard"],
  ],
  [
    "§5.1",
    'require ["duplicate", "fileinto", "mailbox"]; if duplicate { fileinto :create "Trash/Duplicate"; }',
    ["-", 'fileinto "Trash/Duplicate" create'],
  ],
  [
    "§5.2",
    `require ["duplicate", "variables", "imap4flags", "fileinto"];
if header :matches "subject" "ALERT: *" {
  if duplicate :seconds 60 :uniqueid "\${1}" { setflag "\\\\seen"; }
  fileinto "Alerts";
}`,
    ['fileinto "Alerts"', 'fileinto "Alerts" flags \\Seen'],
  ],
  [
    "§5.3 by sender, by mail",
    `require ["variables", "envelope", "enotify", "duplicate"];
if envelope :matches "from" "*" { set "sender" "\${1}"; }
if header :matches "subject" "*" { set "subject" "\${1}"; }
if not duplicate :seconds 1800 :uniqueid "\${sender}" {
  notify :message "[SIEVE] \${sender}: \${subject}" "mailto:user@im.example.com";
}`,
    ["notify to user@im.example.com; -", "-"],
  ],
  [
    "§5.3 by sender and subject, by mail",
    `require ["variables", "envelope", "enotify", "duplicate"];
if envelope :matches "from" "*" { set "sender" "\${1}"; }
if header :matches "subject" "*" { set "subject" "\${1}"; }
if string :comparator "i;ascii-casemap" :matches "\${subject}" "Re:*" { set "subject" "\${1}"; }
if not duplicate :seconds 1800 :uniqueid "\${sender} \${subject}" {
  notify :message "[SIEVE] \${sender}: \${subject}" "mailto:user@im.example.com";
}`,
    ["notify to user@im.example.com; -", "-"],
  ],
  [
    "§5.4",
    `require ["duplicate", "imap4flags"];
if duplicate :header "X-Event-ID" :handle "notifier" { discard; }
if allof (duplicate :header "X-Ticket-ID" :handle "support", address "to" "support@example.com",
          header :contains "subject" "fileserver") { setflag "\\\\seen"; }`,
    ["-", "discard"],
  ],
];

for (const [at, script, want] of SEEN) {
  Deno.test(`RFC 7352 ${at}`, () => assert.deepEqual(twice(script, DUPLICATE), want));
}

Deno.test("RFC 7352 §3: the three ways share their ids, handles part them, an error forgets", () => {
  const key = (test: string) => {
    const { marks } = tryScript(`require "duplicate"; if ${test} { discard; }`, DUPLICATE);
    return marks[0]?.key;
  };
  assert.equal(key("duplicate"), key('duplicate :uniqueid "<1@b.example>"'));
  assert.notEqual(key("duplicate"), key('duplicate :handle "x"'));
  assert.equal(key("duplicate :seconds 0"), undefined);
  assert.equal(key('duplicate :header "X-Nothing"'), undefined);
  assert.equal(key('duplicate :header "not a name"'), undefined);
  const broken = tryScript('require ["duplicate", "ihave"]; if not duplicate { error "x"; }', DUPLICATE);
  assert.deepEqual(broken.marks, []);
  assert.equal(complaints('require "duplicate"; if duplicate :header "a" :uniqueid "b" { }').length, 1);
});

Deno.test("RFC 7352 §3.3: the time runs from the first message, with :last from the last", () => {
  const marks = (last: string) =>
    tryScript(
      `require "duplicate"; if duplicate ${last} :seconds 10 { }`,
      DUPLICATE,
      host({ remembers: () => true }),
    ).marks;
  assert.deepEqual(marks(""), []);
  assert.deepEqual(marks(":last").map(({ untilMs }) => untilMs), [TEST_NOW_MS + 10_000]);
});

const PARTNERS = host({ mailboxExists: (name) => name === "Partners" });
const annotations = (value: string) => host({ mailboxMetadata: () => value, serverMetadata: () => value });

testExamples("RFC 5490", [
  {
    at: "§3.1 Partners",
    script: `require ["fileinto", "reject", "mailbox"];
if mailboxexists "Partners" { fileinto "Partners"; }
else { reject "This message was not accepted by the Mailstore"; }`,
    runs: [
      [MESSAGE_A, 'fileinto "Partners"', PARTNERS],
      [MESSAGE_A, 'reject "This message was not accepted by the Mailstore"'],
    ],
  },
  {
    at: "§3.3 as printed",
    script: `require ["mboxmetadata", "vacation"];
if metadata :is "INBOX" "/private/vendor/vendor.isode/auto-replies" "on" { vacation text:
I'm away on holidays till March 2009.
Expect a delay.
.
}`,
    refused: '";" is wanted',
    because: "the standard's own text forgets the semicolon",
  },
  {
    at: "§3.3 auto-replies",
    script: `require ["mboxmetadata", "vacation"];
if metadata :is "INBOX" "/private/vendor/vendor.isode/auto-replies" "on" { vacation "I'm away."; }`,
    runs: [
      [mail("To: owner@example.com"), "vacation to sender@example.org; -", annotations("on")],
      [mail("To: owner@example.com"), "-", annotations("off")],
      [mail("To: owner@example.com"), "-"],
    ],
  },
  {
    at: "§4.1 notification-uri",
    script: `require ["enotify", "servermetadata", "variables", "envelope"];
if servermetadata :matches "/private/vendor/vendor.isode/notification-uri" "*" { set "notif_uri" "\${0}"; }
if not string :is "\${notif_uri}" "none" {
    if envelope :all :matches "from" "*" { set "env_from" " [really: \${1}]"; }
    if header :matches "Subject" "*" { set "subject" "\${1}"; }
    if address :matches :all "from" "*" { set "from_addr" "\${1}"; }
    notify :message "\${from_addr}\${env_from}: \${subject}" "\${notif_uri}";
}`,
    runs: [
      [MESSAGE_A, "notify to a@b.example; -", annotations("mailto:a@b.example")],
      [MESSAGE_A, "-", annotations("none")],
    ],
  },
]);

const JUNK = host({
  mailboxExists: (name) => name === "Spam",
  specialUseExists: (folder, use) => use === "\\Junk" && (folder === null || folder === "Spam"),
});

testExamples("RFC 8579", [
  {
    at: "§4 a folder of a special use",
    script: 'require ["fileinto", "special-use"];\nfileinto :specialuse "\\\\Junk" "Spam";',
    runs: [[MESSAGE_A, 'fileinto "Spam" specialuse \\Junk']],
  },
  {
    at: "§3 whether there is one",
    script: `require ["fileinto", "special-use", "mailbox"];
if specialuse_exists "Spam" "\\\\Junk" { fileinto "Spam"; }
elsif specialuse_exists "\\\\Junk" { fileinto :create :specialuse "\\\\Junk" "Other"; }`,
    runs: [[MESSAGE_A, 'fileinto "Spam"', JUNK], [MESSAGE_A, "-"], [
      MESSAGE_A,
      'fileinto "Other" create specialuse \\Junk',
      host({ specialUseExists: (folder) => folder === null }),
    ]],
  },
  {
    at: "§4 what is no special use",
    script: 'require ["fileinto", "special-use"]; fileinto :specialuse "Junk" "x";',
    refused: "not a special use",
  },
]);

testExamples("RFC 9042", [{
  at: "§4 a folder by its id",
  script: `require ["fileinto", "mailboxid"];
if mailboxidexists ["F1", "F2"] { fileinto :mailboxid "F2" "INBOX.name"; }`,
  runs: [
    [MESSAGE_A, 'fileinto "INBOX.name" id F2', host({ mailboxIdExists: (id) => id.startsWith("F") })],
    [MESSAGE_A, "-", host({ mailboxIdExists: (id) => id === "F1" })],
  ],
}]);

const BOOK = host({
  listExists: (list) => list === ":addrbook:default",
  listHas: (list, value) => list === ":addrbook:default" && value === "coyote@desert.example.org",
  listMembers: (list) => list === "tag:example.com,2010:team" ? ["a@b.example", "B <b@b.example>"] : null,
});

testExamples("RFC 6134", [
  {
    at: "§2.2 somebody known",
    script: `require ["extlists", "envelope", "fileinto", "variables"];
if address :list "from" ":addrbook:default" { fileinto "known \${0}"; }`,
    runs: [[MESSAGE_A, 'fileinto "known coyote@desert.example.org"', BOOK], [
      mail("From: x@y.example"),
      "-",
      BOOK,
    ]],
  },
  {
    at: "§2.6 whether there is a list",
    script: 'require "extlists"; if not valid_ext_list [":addrbook:default", "x"] { discard; }',
    runs: [[MESSAGE_A, "discard", BOOK]],
  },
  {
    at: "§2.3 to all of a list",
    script: 'require ["extlists", "copy"]; redirect :list :copy "tag:example.com,2010:team";',
    runs: [
      [MESSAGE_A, "redirect a@b.example; redirect b@b.example; -", BOOK],
      [MESSAGE_A, 'error: the list "tag:example.com,2010:team" cannot be read'],
    ],
  },
]);

const event = (cause: string, mailbox: string) => ({
  environment: { "imap.cause": cause, "imap.mailbox": mailbox },
});

testExamples("RFC 6785", [
  {
    at: "§5 example 1",
    script: `require ["copy", "environment", "imapsieve"];
if anyof (environment :is "imap.cause" "APPEND", environment :is "imap.cause" "COPY")  {
    if environment :is "imap.mailbox" "ActionItems" { redirect :copy "actionitems@example.com"; }
}`,
    runs: [
      [MESSAGE_A, "redirect actionitems@example.com; -", event("COPY", "ActionItems")],
      [MESSAGE_A, "-", event("FLAG", "ActionItems")],
    ],
  },
  {
    at: "§5 example 2, by mail",
    script: `require ["enotify", "imap4flags", "variables", "environment", "imapsieve"];
if environment :matches "imap.mailbox" "*" { set "mailbox" "\${1}"; }
if allof (hasflag "\\\\Flagged", environment :contains "imap.changedflags" "\\\\Flagged") {
  notify :message "Important message in \${mailbox}" "mailto:tim@example.com";
}`,
    runs: [
      [MESSAGE_A, "notify to tim@example.com; - flags \\Flagged", {
        flags: ["\\Flagged"],
        environment: { "imap.mailbox": "INBOX", "imap.changedflags": "\\Flagged" },
      }],
      [MESSAGE_A, "- flags \\Flagged", { flags: ["\\Flagged"], environment: { "imap.changedflags": "" } }],
    ],
  },
]);

const EVENT = { imapEvent: true, envelope: null } as const;

testExamples("RFC 6785", [
  {
    at: "§3.11 what only delivery can do",
    script: 'require ["vacation", "fileinto"]; fileinto "a";',
    runs: [[MESSAGE_A, 'error: "vacation" is only for the delivery of new mail', EVENT]],
  },
  {
    at: "§4.6 no envelope",
    script: 'require "envelope"; if envelope "to" "x" { discard; }',
    runs: [[MESSAGE_A, "error: there is no envelope when a folder changes (RFC 6785 §4.6)", EVENT]],
  },
  {
    at: "§3.7 edits are for copies alone",
    script: 'require ["editheader", "fileinto"]; addheader "X-A" "b"; fileinto "a"; keep;',
    runs: [[MESSAGE_A, 'fileinto "a" edited; keep', EVENT], [MESSAGE_A, 'fileinto "a" edited; keep edited']],
  },
  {
    at: "§4.2 at delivery nobody caused it",
    script: 'require ["environment", "imapsieve"]; if environment :is "imap.user" "" { discard; }',
    runs: [[MESSAGE_A, "discard"]],
  },
]);

testExamples("RFC 5183", [
  {
    at: "§4 an item is known or not",
    script: 'require "environment"; if environment :contains "item" "" { discard; }',
    runs: [[MESSAGE_A, "-"], [MESSAGE_A, "discard", { environment: { item: "" } }]],
  },
  {
    at: "§5 the remote host",
    script: 'require "environment"; if environment :matches "remote-host" "*.example.com" { discard; }',
    runs: [[MESSAGE_A, "discard", { environment: { "remote-host": "mx.example.com" } }]],
  },
]);

testExamples("RFC 5463", [
  {
    at: "§4 what is there is used, and from there on",
    script: 'require "ihave"; if ihave "fileinto" { fileinto "a"; } fileinto "b";',
    runs: [[MESSAGE_A, 'fileinto "a"; fileinto "b"']],
  },
  {
    at: "§4 what is not there is not",
    script:
      'require "ihave"; if ihave ["fileinto", "vnd.nothing"] { fileinto "a"; nothing :very "odd"; } else { keep; }',
    runs: [[MESSAGE_A, "keep"]],
  },
  {
    at: "§4 use before the test fails",
    script: 'require "ihave"; fileinto "a"; if ihave "fileinto" { }',
    runs: [[MESSAGE_A, 'error: the extension "fileinto" is not switched on here']],
  },
  {
    at: "§4 what changes the reading cannot be switched on",
    script: 'require "ihave"; if ihave "variables" { discard; }',
    runs: [[MESSAGE_A, "-"]],
  },
  {
    at: "§4 tags and comparators that nobody knows",
    script: 'require "ihave"; if ihave "vnd.x" { keep :odd "x"; if header :comparator "i;odd" "a" "b" { } }',
    runs: [[MESSAGE_A, "-"]],
  },
  {
    at: "§5 error",
    script: 'require "ihave"; error "sch\u00f6n";',
    runs: [[MESSAGE_A, "error: sch\u00f6n"]],
  },
]);
