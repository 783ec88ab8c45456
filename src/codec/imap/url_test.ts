import { strict as assert } from "node:assert";
import { parseMessageUrl } from "./url.ts";

Deno.test("relative URLs of messages and their parts (RFC 4469 §3, RFC 5550)", () => {
  const rows: [string, string | null][] = [
    ["/Drafts;UIDVALIDITY=385759045/;UID=20/;section=HEADER", "Drafts 385759045 20  header"],
    ["/Drafts;UIDVALIDITY=385759045/;UID=20/;Section=1.MIME", "Drafts 385759045 20 1 mime"],
    ["/Drafts;UIDVALIDITY=385759045/;UID=30", "Drafts 385759045 30  all"],
    ["/Drafts/;UID=3002", "Drafts null 3002  all"],
    ["Drafts/;UID=3002", "Drafts null 3002  all"],
    ["/inbox/a/;uid=1/;SECTION=2.1", "INBOX/a null 1 2.1 all"],
    ["/;UID=7", "null null 7  all"],
    [";UID=7/;SECTION=TEXT", "null null 7  text"],
    ["/gr%C3%BCn%20%3B/;UID=1", "grün ; null 1  all"],
    ["/a/;UID=1/;SECTION=HEADER.FIELDS%20(From)", "a null 1  fields"],
    ["/a/;UID=1/;SECTION=1/;PARTIAL=10.20", "a null 1 1 all 10.20"],
    ["/a/;UID=1/;PARTIAL=10", `a null 1  all 10.${Number.MAX_SAFE_INTEGER}`],
    ["imap://server/a/;UID=1", null],
    ["//server/a/;UID=1", null],
    ["/a", null],
    ["/a/;UID=", null],
    ["/a/;UID=1/;SECTION=x", null],
    ["/a/;UID=1/;SECTION=1]x", null],
    ["/a/;UID=1/;PARTIAL=x", null],
    ["/a%zz/;UID=1", null],
    ["/a%ff/;UID=1", null],
    ["/a/;UID=1;x", null],
    ["", null],
    [`/${"a;".repeat(5000)}/;UID=1`, null],
  ];
  for (const [text, want] of rows) {
    let got: string | null = null;
    try {
      const { folder, uidValidity, uid, section } = parseMessageUrl(text);
      const { partial } = section;
      const range = partial ? ` ${partial.offset}.${partial.count}` : "";
      got = `${folder} ${uidValidity} ${uid} ${section.part.join(".")} ${section.kind}${range}`;
    } catch (error) {
      assert.ok(error instanceof SyntaxError, text);
    }
    assert.equal(got, want, text.slice(0, 60));
  }
});
