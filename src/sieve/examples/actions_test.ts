import { strict as assert } from "node:assert";
import { fromUtf8 } from "../../base/bytes.ts";
import { mail, MESSAGE_A, testExamples } from "../testing/examples.ts";
import { complaints, headerOf, tell, tryScript } from "../testing/try_script.ts";

testExamples("RFC 3894", [{
  at: "§3 a copy",
  script: 'require ["copy", "fileinto"];\nfileinto :copy "incoming";\n',
  runs: [[MESSAGE_A, 'fileinto "incoming"; -']],
}]);

testExamples("RFC 5429", [
  {
    at: "§2.1 ereject",
    script:
      'require ["ereject"];\nif address "from" "someone@example.com" { ereject "I no longer accept mail from this address"; }',
    runs: [[mail("From: someone@example.com"), 'ereject "I no longer accept mail from this address"'], [
      MESSAGE_A,
      "-",
    ]],
  },
  {
    at: "§2.2 too big",
    script: `require ["reject"];
if size :over 100K {
    reject text:
Your message is too big.  If you want to send me a big attachment,
put it on a public web site and send me a URL.
.
    ;
}`,
    runs: [[MESSAGE_A, "-"]],
  },
  {
    at: "§2.2.1 no birdseed",
    script: `require ["reject"];
if header :contains "from" "coyote@desert.example.org" {
    reject text:
I am not taking mail from you, and I don't
want your birdseed, either!
.
    ;
}`,
    runs: [[
      MESSAGE_A,
      String.raw`reject "I am not taking mail from you, and I don't\r\nwant your birdseed, either!\r\n"`,
    ]],
  },
]);

Deno.test("RFC 5429 §2.4: rejecting goes with nothing that keeps the message", () => {
  for (const other of ["keep;", 'fileinto "a";', 'redirect "a@b.example";', 'ereject "again";']) {
    for (const script of [`${other} reject "x";`, `reject "x"; ${other}`]) {
      const outcome = tryScript(`require ["reject", "ereject", "fileinto"];${script}`, MESSAGE_A);
      assert.match(tell(outcome), /^error: a message/, script);
      assert.deepEqual(outcome.actions, [{ type: "keep", implicit: true, flags: null, message: null }]);
    }
  }
});

const HELLO = mail("X-Hello: 1", "From: a@b.example", "X-Hello: 2", "Received: x", "X-Hello: 3");

/** The header that a script leaves of a message. */
function edited(script: string, message: string): string {
  const [action] = tryScript(`require ["editheader"];${script}`, message).actions;
  assert.ok(action.type === "keep");
  return action.message === null ? "as it was" : headerOf(action.message);
}

/** RFC 5293 §4 to §7. */
const EDITS: readonly [name: string, script: string, want: string][] = [
  [
    "§7 nothing changes",
    'addheader "X-Hello" "World"; deleteheader :index 1 "X-Hello";',
    headerOf(new TextEncoder().encode(HELLO)),
  ],
  [
    "§7 the first and the third",
    'deleteheader :index 1 "X-Hello"; deleteheader :index 2 "X-Hello";',
    "From: a@b.example\nX-Hello: 2\nReceived: x",
  ],
  [
    "§5 the last",
    'deleteheader :index 1 :last "x-hello";',
    "X-Hello: 1\nFrom: a@b.example\nX-Hello: 2\nReceived: x",
  ],
  [
    "§5 by value",
    'deleteheader :contains "x-hello" ["2", "3"];',
    "X-Hello: 1\nFrom: a@b.example\nReceived: x",
  ],
  ["§5 counted before compared", 'deleteheader :index 1 :is "x-hello" "2";', "as it was"],
  ["§6 Received stays", 'deleteheader "Received"; addheader "Auto-Submitted" "no";', "as it was"],
  [
    "§4 at the end",
    'addheader :last "X-New" "gr\u00fcn\r\nevil: x";',
    headerOf(new TextEncoder().encode(HELLO)) + "\nX-New: =?utf-8?B?Z3LDvG4gZXZpbDogeA==?=",
  ],
];

for (const [name, script, want] of EDITS) {
  Deno.test(`RFC 5293 ${name}`, () => assert.equal(edited(script, HELLO), want));
}

testExamples("RFC 5293", [
  {
    at: "§4 redirected already",
    script: `require "editheader";
/* Don't redirect if we already redirected */
if not header :contains "X-Sieve-Filtered" ["<kim@job.example.com>", "<kim@home.example.com>"]
{
        addheader "X-Sieve-Filtered" "<kim@job.example.com>";
        redirect "kim@home.example.com";
}`,
    runs: [
      [MESSAGE_A, "redirect kim@home.example.com edited"],
      [mail("X-Sieve-Filtered: <kim@job.example.com>"), "-"],
    ],
  },
  {
    at: "§7 tests see the change",
    script:
      'require ["editheader", "fileinto"]; addheader "X-Hello" "World";\nif header :contains "X-Hello" "World" { fileinto "international"; }',
    runs: [[MESSAGE_A, 'fileinto "international" edited']],
  },
  {
    at: "§7 one message is filed",
    script: 'require "editheader"; keep; addheader "X-Flavor" "vanilla"; keep;',
    runs: [[MESSAGE_A, "keep"]],
  },
  {
    at: "§7 an error leaves the message as it came",
    script: 'require ["editheader", "ihave"]; addheader "X-Hello" "World"; error "stop";',
    runs: [[MESSAGE_A, "error: stop"]],
  },
]);

Deno.test("RFC 5293: what is not edited stays byte by byte", () => {
  const message = "From nobody\nSubject:   a\n b\nnot a field\nTo: x\n\nBody\nX-Hello: 9\n";
  const [action] = tryScript('require "editheader"; addheader "A" "b"; deleteheader "To";', message).actions;
  assert.ok(action.type === "keep" && action.message);
  assert.equal(fromUtf8(action.message), "A: b\r\nSubject:   a\r\n b\r\n\r\nBody\r\nX-Hello: 9\r\n");
  assert.equal(complaints('require "editheader"; addheader "a b" "x"; deleteheader "c:" ;').length, 2);
});

Deno.test("RFC 5293: a header beyond what is looked at stays, and so does a message that is nothing but a header", () => {
  const script = 'require "editheader"; addheader "X-New" "1"; deleteheader "X-Old";';
  const long = "X-Old: 1\r\nX: " + "abc ".repeat(300_000) + "\r\nX-Last: 2\r\n\r\nbody\r\n";
  const [first] = tryScript(script, long.replaceAll("\r\n", "\n")).actions;
  assert.ok(first.type === "keep" && first.message);
  assert.equal(fromUtf8(first.message), "X-New: 1\r\n" + long.slice("X-Old: 1\r\n".length));
  const [second] = tryScript(script, "X-Old: 1\nA: b\n").actions;
  assert.ok(second.type === "keep" && second.message);
  assert.equal(fromUtf8(second.message), "X-New: 1\r\nA: b\r\n\r\n");
});

const XMPP =
  'error: there is no way to notify "xmpp:tim@example.com?message;subject=SIE…"; "mailto:" is the only one here';

testExamples("RFC 5435", [
  {
    at: "§3.7 example 1",
    script: `require ["enotify", "fileinto", "variables"];
if header :contains "from" "boss@example.org" {
    notify :importance "1" :message "This is probably very important" "mailto:alm@example.com";
    # Don't send any further notifications
    stop;
}
if header :contains "to" "sievemailinglist@example.org" {
    if header :matches "Subject" "*" { set "subject" "\${1}"; }
    if header :matches "From" "*" { set "from" "\${1}"; }
    notify :importance "3" :message "[SIEVE] \${from}: \${subject}" "mailto:alm@example.com";
    fileinto "INBOX.sieve";
}`,
    runs: [
      [mail("From: boss@example.org"), "notify to alm@example.com; -"],
      [mail("To: sievemailinglist@example.org"), 'notify to alm@example.com; fileinto "INBOX.sieve"'],
    ],
  },
  {
    at: "§3.7 example 3: a way that is not known here",
    script: `require ["enotify", "variables"];
set "notif_method" "xmpp:tim@example.com?message;subject=SIEVE;body=You%20got%20mail";
if header :contains "to" "sievemailinglist@example.org" { set "notif_method" ""; }
if not string :is "\${notif_method}" "" { notify "\${notif_method}"; }`,
    runs: [[mail("To: sievemailinglist@example.org"), "-"], [MESSAGE_A, XMPP]],
  },
  {
    at: "§4 example 4",
    script:
      'require "enotify"; if not valid_notify_method ["mailto:", "http://gw.example.net/notify?test"] { stop; } discard;',
    runs: [[MESSAGE_A, "-"]],
  },
  {
    at: "§5 example 5, by mail",
    script: `require ["enotify"];
if notify_method_capability "mailto:tim@example.com" "Online" "maybe" {
     notify :importance "1" :message "You got mail" "mailto:tim@example.com";
}`,
    runs: [[MESSAGE_A, "notify to tim@example.com; -"]],
  },
]);

/** The notification that a script sends for a message. */
function notification(script: string, message: string): string {
  const [action] = tryScript(`require ["enotify", "variables"];${script}`, message).actions;
  assert.ok(action.type === "notify");
  return fromUtf8(action.message).replaceAll("\r\n", "\n");
}

Deno.test("RFC 5435 §3.7 example 2: who it is really from", () => {
  const script = `require ["fileinto", "envelope"];
if header :matches "from" "*@*.example.org" {
    # :matches is used to get the MAIL FROM address
    if envelope :all :matches "from" "*" {
        set "env_from" " [really: \${1}]";
    }

    # :matches is used to get the value of the Subject header
    if header :matches "Subject" "*" {
        set "subject" "\${1}";
    }

    # :matches is used to get the address from the From header
    if address :matches :all "from" "*" {
        set "from_addr" "\${1}";
    }

    notify :message "\${from_addr}\${env_from}: \${subject}"
                    "mailto:alm@example.com";
}`;
  const text = notification(script, mail("From: ann@lab.example.org", "Subject: Hi"));
  assert.match(text, /^Subject: ann@lab\.example\.org \[really: [^\]]+\]: Hi$/m);
});

Deno.test("RFC 5435 §6: encodeurl", () => {
  const script =
    'set :encodeurl "body_param" "Safe body&evil=evilbody"; notify "mailto:tim@example.com?body=${body_param}";';
  assert.ok(notification(script, MESSAGE_A).endsWith("\n\nSafe body&evil=evilbody\n"));
});

Deno.test("RFC 5436 §3: knitting", () => {
  const script = `if header :contains "list-id" "knitting.example.com" {
    if header :matches "Subject" "[*] *" {
      notify :message "From \${1} list: \${2}" :importance "3"
          "mailto:0123456789@sms.example.net?to=backup@example.com&from=x&cc=c@b.example&x-y=z&received=bad";
    } }`;
  const text = notification(
    script,
    mail("List-Id: <knitting.example.com>", "Subject: [Knitting] A new sweater"),
  );
  for (
    const line of [
      'Auto-Submitted: auto-notified; owner-email="owner@example.com"',
      "From: owner@example.com",
      "To: 0123456789@sms.example.net, backup@example.com",
      "Cc: c@b.example",
      "Subject: From Knitting list: A new sweater",
      "X-y: z",
    ]
  ) assert.ok(text.split("\n").includes(line), line + "\n" + text);
  assert.ok(!/received/i.test(text));
});

Deno.test("RFC 5436 §2.7: no notification of what a program sent, and the null sender stays null", () => {
  const script = 'require "enotify"; notify "mailto:a@b.example"; notify "mailto:a@b.example";';
  const outcome = tryScript(script, mail("Auto-Submitted: auto-replied"));
  assert.equal(tell(outcome), "-");
  const envelope = { from: null, to: "owner@example.com", originalTo: null, auth: null };
  const [action, ...rest] = tryScript(script, MESSAGE_A, { envelope }).actions;
  assert.ok(action.type === "notify" && action.envelopeFrom === null);
  assert.equal(rest.length, 1, "one address is told once");
  assert.equal(complaints('require "enotify"; notify "mailto:broken";').length, 1);
});
