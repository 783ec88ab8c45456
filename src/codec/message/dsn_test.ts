import { strict as assert } from "node:assert";
import { fromUtf8, latin1, utf8 } from "../../base/bytes.ts";
import { composeDsn, type DsnReport, type DsnReportRecipient } from "./dsn.ts";
import { summarize } from "./summarize.ts";

const AT = Date.UTC(2026, 0, 1);
const RECIPIENT: DsnReportRecipient = {
  address: "bob@example.net",
  orcpt: "rfc822;robert@example.net",
  action: "failed",
  status: "5.1.1",
  remoteMta: "mx.example.net",
  reply: "550 5.1.1\r\n no such user",
  lastAttemptMs: AT,
  willRetryUntilMs: AT,
};
const REPORT: DsnReport = {
  reportingMta: "mail.example.org",
  from: "postmaster@example.org",
  to: "ann@example.org",
  messageId: "r1@mail.example.org",
  dateMs: AT,
  envelopeId: "QQ314159",
  arrivalMs: AT,
  recipients: [RECIPIENT],
  original: latin1("Subject: original\r\nTo: bob@example.net\r\n\r\nbody of it\r\n"),
  ret: "headers",
  smtpUtf8: false,
};

function parts(report: DsnReport): { types: string[]; texts: string[]; raw: Uint8Array } {
  const raw = composeDsn(report), { parts } = summarize(raw);
  return {
    raw,
    types: parts.children.map((part) => `${part.type}/${part.subtype} ${part.encoding}`),
    texts: parts.children.map((part) => fromUtf8(raw.subarray(part.bodyStart, part.bodyEnd))),
  };
}

Deno.test("composeDsn() writes the fields of RFC 3464", () => {
  const { types, texts, raw } = parts(REPORT);
  assert.deepEqual(types, ["text/plain 7bit", "message/delivery-status 7bit", "text/rfc822-headers 7bit"]);
  assert.equal(
    texts[1],
    `Reporting-MTA: dns; mail.example.org
Original-Envelope-Id: QQ314159
Arrival-Date: Thu, 01 Jan 2026 00:00:00 +0000

Original-Recipient: rfc822; robert@example.net
Final-Recipient: rfc822; bob@example.net
Action: failed
Status: 5.1.1
Remote-MTA: dns; mx.example.net
Diagnostic-Code: smtp; 550 5.1.1 no such user
Last-Attempt-Date: Thu, 01 Jan 2026 00:00:00 +0000
`.replaceAll("\n", "\r\n"),
  );
  assert.equal(texts[2], "Subject: original\r\nTo: bob@example.net\r\n");
  assert.match(texts[0], /bob@example\.net.*\r\ncould not be delivered\.\r\n/);
  const expired = { ...RECIPIENT, status: "5.4.1", reply: "451 4.4.1 no answer", remoteMta: null };
  assert.match(
    parts({ ...REPORT, recipients: [expired] }).texts[0],
    /could not be delivered in time; it is not tried any more\.\r\nThe reason:\r\n {4}451 4\.4\.1 no answer/,
  );
  const summary = summarize(raw);
  assert.equal(summary.parts.params.find(([name]) => name === "report-type")?.[1], "delivery-status");
  assert.equal(summary.subject, "Undelivered mail returned to sender");
  assert.equal(summary.messageId, "r1@mail.example.org");
  assert.match(fromUtf8(raw), /^Auto-Submitted: auto-replied\r$/m);
});

Deno.test("composeDsn() returns the whole message when asked to", () => {
  const { types, texts } = parts({ ...REPORT, ret: "full" });
  assert.equal(types[2], "message/rfc822 7bit");
  assert.equal(texts[2], "Subject: original\r\nTo: bob@example.net\r\n\r\nbody of it\r\n");
});

Deno.test("composeDsn() tells delays and successes", () => {
  const one = (change: Partial<DsnReportRecipient>) =>
    parts({ ...REPORT, recipients: [{ ...RECIPIENT, ...change }] });
  assert.match(one({ action: "delayed" }).texts[1], /\r\nWill-Retry-Until: Thu, 01 Jan 2026/);
  assert.doesNotMatch(one({ action: "failed" }).texts[1], /Will-Retry-Until/);
  const delivered = one({
    action: "delivered",
    remoteMta: null,
    reply: null,
    orcpt: null,
    lastAttemptMs: null,
  });
  assert.ok(
    delivered.texts[1].endsWith(
      "Final-Recipient: rfc822; bob@example.net\r\nAction: delivered\r\nStatus: 5.1.1\r\n",
    ),
  );
  for (const action of ["relayed", "expanded"] as const) {
    assert.match(one({ action }).texts[1], new RegExp(`: ${action}\r`));
  }
});

Deno.test("composeDsn() writes UTF-8 addresses by the way back (RFC 6533)", () => {
  const recipients = [{ ...RECIPIENT, address: "jörg@exämple.org", orcpt: "utf-8;\\x{F6}@x" }];
  const seven = parts({ ...REPORT, recipients });
  assert.equal(seven.types[1], "message/delivery-status 7bit");
  assert.match(seven.texts[1], /Final-Recipient: utf-8; j\\x\{F6\}rg@ex\\x\{E4\}mple\.org\r/);
  assert.match(seven.texts[1], /Original-Recipient: utf-8; \\x\{F6\}@x\r/);
  const eight = parts({
    ...REPORT,
    recipients,
    smtpUtf8: true,
    original: utf8("Subject: Grüße\r\n\r\nx"),
  });
  assert.deepEqual(eight.types, [
    "text/plain 8bit",
    "message/global-delivery-status 8bit",
    "message/global-headers 8bit",
  ]);
  assert.match(eight.texts[1], /Final-Recipient: utf-8; jörg@exämple\.org\r/);
  assert.match(eight.texts[1], /Original-Recipient: utf-8; ö@x\r/);
  const full = parts({
    ...REPORT,
    recipients,
    smtpUtf8: true,
    ret: "full",
    original: utf8("Subject: ü\r\n\r\nx"),
  });
  assert.equal(full.types[2], "message/global 8bit");
});

Deno.test("composeDsn() keeps strangers' words on their lines", () => {
  const evil = "x\r\n\r\n--=_r1_dsn\r\nEvil: yes";
  const { types, texts } = parts({
    ...REPORT,
    envelopeId: evil,
    recipients: [{ ...RECIPIENT, address: evil, orcpt: evil, remoteMta: evil, reply: evil }],
  });
  assert.equal(types.length, 3);
  for (const text of texts) assert.doesNotMatch(text, /^Evil/m);
});
