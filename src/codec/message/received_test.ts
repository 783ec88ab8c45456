import { strict as assert } from "node:assert";
import { latin1 } from "../../base/bytes.ts";
import { countReceived, formatReceived, formatReturnPath, transmissionType } from "./received.ts";

const TRACE = {
  helo: "client.example.org",
  ip: "192.0.2.1",
  by: "mx.example.net",
  protocol: "ESMTPS",
  id: "01abc",
  forAddress: "bob@example.net",
  tls: { version: "TLSv1.3", cipher: "TLS_AES_128_GCM_SHA256" },
  dateMs: Date.UTC(2026, 0, 1),
};

Deno.test("formatReceived() follows RFC 5321 §4.4", () => {
  assert.equal(
    formatReceived(TRACE),
    "Received: from client.example.org ([192.0.2.1])\r\n" +
      "\tby mx.example.net with ESMTPS\r\n\t(TLSv1.3 cipher TLS_AES_128_GCM_SHA256)\r\n" +
      "\tid 01abc\r\n\tfor <bob@example.net>;\r\n\tThu, 01 Jan 2026 00:00:00 +0000\r\n",
  );
  const bare = { ...TRACE, ip: "2001:db8::1", tls: null, forAddress: null, reverseName: "host.example.org" };
  assert.equal(
    formatReceived(bare),
    "Received: from client.example.org (host.example.org [IPv6:2001:db8::1])\r\n" +
      "\tby mx.example.net with ESMTPS\r\n\tid 01abc;\r\n\tThu, 01 Jan 2026 00:00:00 +0000\r\n",
  );
});

Deno.test("formatReceived() lets nothing break out", () => {
  const evil = "x\r\nEvil: yes (a) ; <b>";
  const text = formatReceived({ ...TRACE, helo: evil, forAddress: evil + "@y", reverseName: evil });
  assert.ok(!/^Evil/m.test(text));
  for (const line of text.split("\r\n").slice(1, -1)) assert.match(line, /^\t/);
  assert.match(formatReceived({ ...TRACE, helo: "" }), /^Received: from \[192\.0\.2\.1\] \(/);
});

Deno.test("formatReturnPath() quotes where it must", () => {
  assert.equal(formatReturnPath(null), "Return-Path: <>\r\n");
  assert.equal(formatReturnPath("a.b+c@d"), "Return-Path: <a.b+c@d>\r\n");
  assert.equal(formatReturnPath('a "b@c@d'), 'Return-Path: <"a \\"b@c"@d>\r\n');
  assert.equal(formatReturnPath("jörg@exämple.org"), "Return-Path: <jörg@exämple.org>\r\n");
});

Deno.test("transmissionType() knows RFC 3848 and RFC 6531", () => {
  const rows: ["HELO" | "EHLO" | "LHLO", boolean, boolean, boolean, string][] = [
    ["HELO", false, false, false, "SMTP"],
    ["EHLO", false, false, false, "ESMTP"],
    ["EHLO", true, false, false, "ESMTPS"],
    ["EHLO", false, true, false, "ESMTPA"],
    ["EHLO", true, true, false, "ESMTPSA"],
    ["EHLO", true, true, true, "UTF8SMTPSA"],
    ["EHLO", false, false, true, "UTF8SMTP"],
    ["LHLO", false, false, false, "LMTP"],
    ["LHLO", true, false, true, "UTF8LMTPS"],
  ];
  for (const [verb, tls, authenticated, utf8, want] of rows) {
    assert.equal(transmissionType({ verb, tls, authenticated, utf8 }), want);
  }
});

Deno.test("countReceived() counts header fields only", () => {
  assert.equal(
    countReceived(latin1("Received: a\r\nRECEIVED : b\r\n c\r\nX-Received: d\r\n\r\nReceived: e")),
    2,
  );
});
