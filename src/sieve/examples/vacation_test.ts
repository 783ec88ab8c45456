import { strict as assert } from "node:assert";
import { fromUtf8 } from "../../base/bytes.ts";
import { parseStructure } from "../../codec/message/mime_tree.ts";
import { mail, testExamples } from "../testing/examples.ts";
import {
  complaints,
  headerOf,
  type Surroundings,
  tell,
  TEST_NOW_MS,
  tryScript,
} from "../testing/try_script.ts";

const TO_ME = mail(
  "From: coyote@desert.example.org",
  "To: owner@example.com",
  "Subject: Cyrus bug",
  "Message-ID: <1@x>",
);
const REPLIED = "vacation to sender@example.org; -";

testExamples("RFC 5230", [
  {
    at: "§4.4 :mime",
    script: `require "vacation";
vacation :mime text:
Content-Type: multipart/alternative; boundary=foo

--foo

I'm at the beach relaxing.  Mmmm, surf...

--foo
Content-Type: text/html; charset=us-ascii

<BODY><P>I'm at the <A HREF="beach.gif">beach</A> relaxing.</BODY>

--foo--
.
;`,
    runs: [[TO_ME, REPLIED]],
  },
  {
    at: "§4.8 other addresses",
    script: `require "vacation";
vacation :days 23 :addresses ["tjs@example.edu", "ts4z@landru.example.edu"]
"I'm away until October 19.
If it's an emergency, call 911, I guess." ;`,
    runs: [[mail("To: tjs@example.edu"), REPLIED], [mail("To: other@example.edu"), "-"]],
  },
  {
    at: "§4.8 with other rules",
    script: `require "vacation";
if header :contains "from" "boss@example.edu" { redirect "pleeb@isp.example.org"; }
else { vacation "Sorry, I'm away, I'll read your
message when I get around to it."; }`,
    runs: [
      [mail("From: boss@example.edu", "To: owner@example.com"), "redirect pleeb@isp.example.org"],
      [TO_ME, REPLIED],
    ],
  },
]);

testExamples("RFC 6131", [
  {
    at: "§3 half an hour",
    script: `require ["vacation-seconds"];
vacation :addresses ["tjs@example.edu", "ts4z@landru.example.edu"] :seconds 1800
         "I am in a meeting, and do not have access to email.";`,
    runs: [[TO_ME, REPLIED]],
  },
  {
    at: "§3 everybody every time",
    script: `require ["vacation-seconds"];
vacation :handle "auto-resp" :seconds 0
    "Your request has been received.  A service
     representative will contact you as soon as
     possible, usually within one business day.";`,
    runs: [[TO_ME, REPLIED], [TO_ME, REPLIED, { host: { remembers: () => true } }]],
  },
  {
    at: "§2 both periods",
    script: 'require "vacation-seconds"; vacation :days 1 :seconds 5 "x";',
    refused: '":seconds" and ":days" exclude each other',
  },
]);

/** Keys that a script's marks have over a message. */
function keys(script: string, message: string): string[] {
  return tryScript(`require ["vacation", "variables"];${script}`, message).marks.map(({ key }) => key);
}

Deno.test("RFC 5230 §4.2: two reasons are two replies", () => {
  const script = `if header :contains "subject" "cyrus" { vacation "I'm out -- send mail to cyrus-bugs"; }
    else { vacation "I'm out -- call me at +1 304 555 0123"; }`;
  const other = TO_ME.replace("Cyrus bug", "come over for dinner");
  assert.notDeepEqual(keys(script, TO_ME), keys(script, other));
  assert.deepEqual(keys(script, TO_ME), keys(script, TO_ME));
});

Deno.test("RFC 5230 §4.2: variables do not make replies differ", () => {
  const script = `if header :matches "subject" "*" {
    vacation :subject "Automatic response to: \${1}" "I'm away -- send mail to foo in my absence"; }`;
  assert.deepEqual(keys(script, TO_ME), keys(script, TO_ME.replace("Cyrus", "Other")));
});

Deno.test("RFC 5230 §4.2: one handle is one reply", () => {
  const script = `if header :contains "subject" "lunch" {
    vacation :handle "ran-away" "I'm out and can't meet for lunch"; } else { vacation :handle "ran-away" "I'm out"; }`;
  const [key] = keys(script, TO_ME);
  assert.deepEqual(keys(script, TO_ME.replace("Cyrus bug", "lunch?")), [key]);
  assert.equal(key.length, 43);
});

Deno.test("RFC 5230 §4.2: who was answered is not answered again before the time is over", () => {
  const script = 'require "vacation"; vacation :days 3 "x";';
  const first = tryScript(script, TO_ME);
  assert.deepEqual(first.marks.map(({ kind, untilMs }) => [kind, untilMs]), [[
    "vacation",
    TEST_NOW_MS + 3 * 86_400_000,
  ]]);
  const [{ key }] = first.marks;
  const again = tryScript(script, TO_ME, {
    host: { remembers: (kind, k) => kind === "vacation" && k === key },
  });
  assert.equal(tell(again), "-");
  assert.deepEqual(again.notes, ["no vacation reply: sender@example.org has got one"]);
  assert.deepEqual(again.marks, []);
});

/** RFC 5230 §4.5, §4.6 and RFC 3834: mail that gets no reply. */
const UNANSWERED: readonly [name: string, message: string, around?: Surroundings][] = [
  ["not to me", mail("To: other@example.com")],
  ["a list", mail("To: owner@example.com", "List-Id: <a.b>")],
  ["a program", mail("To: owner@example.com", "Auto-Submitted: auto-generated")],
  ["bulk", mail("To: owner@example.com", "Precedence: bulk")],
  ["asked not to", mail("To: owner@example.com", "X-Auto-Response-Suppress: DR, OOF")],
  ...[
    null,
    "owner-list@b.example",
    "a-request@b.example",
    "MAILER-DAEMON@b.example",
    "listserv@b.example",
    "owner@example.com",
  ]
    .map((from): [string, string, Surroundings] => [
      `from ${from}`,
      TO_ME,
      { envelope: { from, to: "owner@example.com", originalTo: null, auth: null } },
    ]),
  ["no envelope", TO_ME, { envelope: null }],
];

for (const [name, message, around] of UNANSWERED) {
  Deno.test(`RFC 5230 §4.6: no reply: ${name}`, () => {
    const outcome = tryScript('require "vacation"; vacation "x";', message, around);
    assert.equal(tell(outcome), "-");
    assert.equal(outcome.notes.length, 1);
    assert.deepEqual(outcome.marks, []);
  });
}

Deno.test("RFC 5230 §4.6: Auto-Submitted: no is a person's", () => {
  const message = TO_ME.replace("From:", "Auto-Submitted: no\nFrom:");
  assert.equal(tell(tryScript('require "vacation"; vacation "x";', message)), REPLIED);
});

Deno.test("RFC 5230 §5: the reply", () => {
  const script = `require "vacation"; vacation "Bin ab 1. M\u00e4rz wieder da.\r\nGru\u00df";`;
  const owner = { address: "owner@example.com", aliases: [], name: "J\u00fcrgen" };
  const [action] =
    tryScript(script, TO_ME.replace("Message-ID", "References: <0@x>\nMessage-ID"), { owner }).actions;
  assert.ok(action.type === "vacation");
  assert.equal(action.envelopeFrom, null);
  const header = headerOf(action.message);
  for (
    const line of [
      "Date: Wed, 04 Mar 2026 05:06:07 +0000",
      "From: =?utf-8?B?SsO8cmdlbg==?= <owner@example.com>",
      "To: sender@example.org",
      "Subject: Auto: Cyrus bug",
      "In-Reply-To: <1@x>",
      "References: <0@x> <1@x>",
      "Auto-Submitted: auto-replied (vacation)",
      "Content-Transfer-Encoding: quoted-printable",
    ]
  ) assert.ok(header.split("\n").includes(line), line + "\n" + header);
  assert.ok(fromUtf8(action.message).endsWith("\r\n\r\nBin ab 1. M=C3=A4rz wieder da.\r\nGru=C3=9F\r\n"));
  const [again] =
    tryScript(script, TO_ME.replace("Message-ID", "References: <0@x>\nMessage-ID"), { owner }).actions;
  assert.deepEqual(again, action, "made again it is the same");
});

Deno.test("RFC 5230 §4.3: subject and sender of the script's choice", () => {
  const script = 'require "vacation"; vacation :subject "Weg \u00fc" :from "Me <me@b.example>" "x";';
  const [action] = tryScript(script, TO_ME).actions;
  assert.ok(action.type === "vacation");
  assert.match(headerOf(action.message), /^From: Me <me@b\.example>\n/m);
  assert.match(headerOf(action.message), /^Subject: =\?utf-8\?B\?V2VnIMO8\?=\n/m);
  assert.equal(complaints('require "vacation"; vacation :from "nobody" "x";').length, 1);
});

Deno.test("RFC 5230 §4.4: a MIME reason keeps its parts, and nothing else of its header", () => {
  const reason = "Bcc: evil@b.example\r\nContent-Type: text/html\r\n\r\n<b>x</b>";
  const [action] = tryScript(`require "vacation"; vacation :mime "${reason}";`, TO_ME).actions;
  assert.ok(action.type === "vacation");
  assert.equal(parseStructure(action.message).root.subtype, "html");
  assert.ok(!/bcc/i.test(headerOf(action.message)));
});

Deno.test("RFC 5230 §4.7: twice is an error, and so is a reply to what is rejected", () => {
  const twice = 'require "vacation"; vacation "a"; vacation "b";';
  assert.equal(
    tell(tryScript(twice, TO_ME)),
    "error: a message is answered only once: there are two vacation commands",
  );
  const rejected = 'require ["vacation", "reject"]; vacation "a"; reject "b";';
  assert.match(tell(tryScript(rejected, TO_ME)), /^error: a message that is rejected/);
});

Deno.test("RFC 8580: a copy of the reply is filed", () => {
  const script = 'require ["vacation", "fcc", "mailbox", "imap4flags", "special-use"];' +
    'vacation :fcc "Sent" :create :flags "\\\\Seen" :specialuse "\\\\Sent" "x";';
  assert.equal(
    tell(tryScript(script, TO_ME)),
    'vacation to sender@example.org fcc "Sent" create specialuse \\Sent flags \\Seen; -',
  );
  assert.equal(complaints('require ["vacation", "mailbox"]; vacation :create "x";').length, 1);
});
