import { strict as assert } from "node:assert";
import { latin1, utf8 } from "../../base/bytes.ts";
import { parseCommand, type SmtpCommand } from "./command.ts";

const NO_MAIL = { sizeBytes: null, body: "7bit", smtpUtf8: false, ret: null, envid: null };
const NO_RCPT = { notify: [], orcpt: null };

const mail = (from: string | null, parameters: Record<string, unknown> = {}) => ({
  verb: "MAIL",
  from,
  parameters: { ...NO_MAIL, ...parameters },
});
const rcpt = (to: string, parameters: Record<string, unknown> = {}) => ({
  verb: "RCPT",
  to,
  parameters: { ...NO_RCPT, ...parameters },
});

const GOOD: [line: string, want: unknown][] = [
  ["EHLO client.test", { verb: "EHLO", name: "client.test" }],
  ["ehlo [192.0.2.1]", { verb: "EHLO", name: "[192.0.2.1]" }],
  ["HELO under_score", { verb: "HELO", name: "under_score" }],
  ["LHLO x", { verb: "LHLO", name: "x" }],
  ["MAIL FROM:<>", mail(null)],
  ["mail from:<a@b.test>", mail("a@b.test")],
  ["MAIL FROM: <a@b.test>  ", mail("a@b.test")],
  [
    "MAIL FROM:<A.b@EXAMPLE.Test> SIZE=1000 BODY=8BITMIME",
    mail("A.b@example.test", { sizeBytes: 1000, body: "8bitmime" }),
  ],
  [
    "MAIL FROM:<a@b.test> body=binarymime RET=HDRS ENVID=QQ+3D1",
    mail("a@b.test", { body: "binarymime", ret: "hdrs", envid: "QQ=1" }),
  ],
  ["MAIL FROM:<a@b.test> SMTPUTF8 AUTH=<>", mail("a@b.test", { smtpUtf8: true })],
  ["MAIL FROM:<jürgen@bücher.test> SMTPUTF8", mail("jürgen@bücher.test", { smtpUtf8: true })],
  ["MAIL FROM:<@relay.test,@other.test:a@b.test>", mail("a@b.test")],
  ["MAIL FROM:<prvs=123=a@b.test>", mail("prvs=123=a@b.test")],
  ["RCPT TO:<bob@a.test>", rcpt("bob@a.test")],
  ["RCPT TO:<Postmaster>", rcpt("postmaster")],
  ['RCPT TO:<"bob"@a.test>', rcpt("bob@a.test")],
  ['RCPT TO:<"b o\\"b"@a.test>', rcpt('"b o\\"b"@a.test')],
  ['RCPT TO:<"bob@evil.test"@a.test>', rcpt('"bob@evil.test"@a.test')],
  ["RCPT TO:<bob%evil.test@a.test>", rcpt("bob%evil.test@a.test")],
  ["RCPT TO:<bob@[192.0.2.7]>", rcpt("bob@[192.0.2.7]")],
  ["RCPT TO:<bob@[IPv6:2001:db8::1]>", rcpt("bob@[ipv6:2001:db8::1]")],
  ["RCPT TO:<@a.test:bob@b.test>", rcpt("bob@b.test")],
  [
    "RCPT TO:<bob@a.test> NOTIFY=SUCCESS,DELAY ORCPT=rfc822;b+2Bx@a.test",
    rcpt("bob@a.test", {
      notify: ["success", "delay"],
      orcpt: "rfc822;b+x@a.test",
    }),
  ],
  ["RCPT TO:<bob@a.test> NOTIFY=never", rcpt("bob@a.test", { notify: ["never"] })],
  ["DATA", { verb: "DATA" }],
  ["data  ", { verb: "DATA" }],
  ["BDAT 0 LAST", { verb: "BDAT", sizeBytes: 0, last: true }],
  ["bdat 12345", { verb: "BDAT", sizeBytes: 12345, last: false }],
  ["RSET", { verb: "RSET" }],
  ["NOOP whatever", { verb: "NOOP" }],
  ["QUIT", { verb: "QUIT" }],
  ["STARTTLS", { verb: "STARTTLS" }],
  ["AUTH PLAIN", { verb: "AUTH", mechanism: "PLAIN", initial: null }],
  ["AUTH login dXNlcg==", { verb: "AUTH", mechanism: "LOGIN", initial: "dXNlcg==" }],
  ["AUTH PLAIN =", { verb: "AUTH", mechanism: "PLAIN", initial: "" }],
  ["VRFY bob", { verb: "VRFY", argument: "bob" }],
  ["EXPN list", { verb: "EXPN", argument: "list" }],
  ["HELP", { verb: "HELP", argument: "" }],
  ["ETRN a.test", { verb: "ETRN" }],
];

type Problem = Extract<SmtpCommand, { verb: "BAD" }>["problem"];

const BAD: [line: string, problem: Problem][] = [
  ["", "unknown"],
  ["XYZZY", "unknown"],
  [" MAIL FROM:<a@b.test>", "unknown"],
  ["MAILFROM:<a@b.test>", "unknown"],
  ["TURN", "unimplemented"],
  ["GET / HTTP/1.1", "http"],
  ["EHLO", "syntax"],
  ["EHLO two words", "syntax"],
  ["MAIL a@b.test", "syntax"],
  ["MAIL FROM:a@b.test", "syntax"],
  ["MAIL FROM:<a@b.test", "syntax"],
  ["MAIL FROM:<a@b.test>SIZE=1", "syntax"],
  ["MAIL FROM:<a@>", "syntax"],
  ["MAIL FROM:<@b.test>", "syntax"],
  ["MAIL FROM:<a..b@c.test>", "syntax"],
  ["MAIL FROM:<.a@c.test>", "syntax"],
  ["MAIL FROM:<a@b..test>", "syntax"],
  ["MAIL FROM:<a@-b.test>", "syntax"],
  ["MAIL FROM:<a@b@c.test>", "syntax"],
  ["MAIL FROM:<a b@c.test>", "syntax"],
  ["MAIL FROM:<a@[300.1.1.1]>", "syntax"],
  ["MAIL FROM:<a@[]>", "syntax"],
  ["MAIL FROM:<Postmaster>", "syntax"],
  ["MAIL FROM:<a@b.test> SIZE=x", "syntax"],
  ["MAIL FROM:<a@b.test> SIZE=1 SIZE=2", "syntax"],
  ["MAIL FROM:<a@b.test> ENVID=a+0Ab", "syntax"],
  ["MAIL FROM:<a@b.test> FOO=1", "parameter"],
  ["MAIL FROM:<a@b.test> BODY=9BIT", "parameter"],
  ["MAIL FROM:<a@b.test> NOTIFY=NEVER", "parameter"],
  ["RCPT TO:<>", "syntax"],
  ["RCPT FROM:<a@b.test>", "syntax"],
  ["RCPT TO:<bob>", "syntax"],
  ["RCPT TO:<a@b.test> NOTIFY=NEVER,DELAY", "syntax"],
  ["RCPT TO:<a@b.test> NOTIFY=", "syntax"],
  ["RCPT TO:<a@b.test> ORCPT=rfc822", "syntax"],
  ["RCPT TO:<a@b.test> SIZE=1", "parameter"],
  ["DATA now", "syntax"],
  ["STARTTLS please", "syntax"],
  ["BDAT", "syntax"],
  ["BDAT -1", "syntax"],
  ["BDAT 1 LAST LAST", "syntax"],
  ["BDAT 9999999999999999", "syntax"],
  ["AUTH", "syntax"],
  ["AUTH PLAIN not!base64", "syntax"],
  ["VRFY", "syntax"],
  ["NOOP \0", "bytes"],
  ["MAIL FROM:<a@b.test>\rRCPT TO:<c@d.test>", "bytes"],
  ["MAIL FROM:<a@b.test>\nRCPT TO:<c@d.test>", "bytes"],
  ["EHLO \xe4", "bytes"],
  ["MAIL FROM:<a\xe4@b.test>", "bytes"],
];

for (const [line, want] of GOOD) {
  Deno.test(`parseCommand() reads ${line}`, () => assert.deepEqual(parseCommand(utf8(line)), want));
}

for (const [line, problem] of BAD) {
  Deno.test(`parseCommand() refuses ${JSON.stringify(line)}`, () => {
    const command = parseCommand(latin1(line));
    assert.equal(command.verb, "BAD");
    assert.equal(command.verb === "BAD" && command.problem, problem);
  });
}

Deno.test("parseCommand() takes every beginning of every line without throwing", () => {
  for (const [line] of [...GOOD, ...BAD]) {
    const bytes = utf8(line);
    for (let end = 0; end <= bytes.length; end++) {
      assert.equal(typeof parseCommand(bytes.subarray(0, end)).verb, "string");
    }
  }
});

Deno.test("parseCommand() accepts a long return path and refuses an endless one", () => {
  assert.equal(parseCommand(latin1(`MAIL FROM:<${"a".repeat(200)}@b.test>`)).verb, "MAIL");
  assert.equal(parseCommand(latin1(`MAIL FROM:<${"a".repeat(300)}@b.test>`)).verb, "BAD");
  assert.equal(parseCommand(latin1(`MAIL FROM:<a@${"a.".repeat(200)}test>`)).verb, "BAD");
  assert.equal(parseCommand(latin1(`MAIL FROM:<a@${"a".repeat(64)}.test>`)).verb, "BAD");
});
