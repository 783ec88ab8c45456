import { strict as assert } from "node:assert";
import { formatDate, parseDate } from "./date.ts";

const DAY_MS = 86_400_000;

const GOOD: [text: string, iso: string, day: string][] = [
  ["Fri, 21 Nov 1997 09:55:06 -0600", "1997-11-21T15:55:06Z", "1997-11-21"],
  ["Tue, 1 Jul 2003 10:52:37 +0200", "2003-07-01T08:52:37Z", "2003-07-01"],
  ["1 Jul 2003 23:52 -0430", "2003-07-02T04:22:00Z", "2003-07-01"],
  [
    "Thu,\r\n 13\r\n Feb\r\n 1969\r\n 23:32\r\n -0330 (Newfoundland Time)",
    "1969-02-14T03:02:00Z",
    "1969-02-13",
  ],
  ["21 Nov 97 09:55:06 GMT", "1997-11-21T09:55:06Z", "1997-11-21"],
  ["Fri, 21 Nov 97 09(comment):   55  :  06 -0600", "1997-11-21T15:55:06Z", "1997-11-21"],
  ["Wed, 11 Feb 98 11:51 CST", "1998-02-11T17:51:00Z", "1998-02-11"],
  ["1 Jan 49 00:00:00 EDT", "2049-01-01T04:00:00Z", "2049-01-01"],
  ["1 Jan 101 00:00:00 Z", "2001-01-01T00:00:00Z", "2001-01-01"],
  ["Monday, 05 January 2026 7:08:09 PST", "2026-01-05T15:08:09Z", "2026-01-05"],
  ["05-Jan-2026 07:08:09 +0000", "2026-01-05T07:08:09Z", "2026-01-05"],
  ["Mon Jan  5 07:08:09 2026", "2026-01-05T07:08:09Z", "2026-01-05"],
  ["Mon Jan  5 07:08:09 PST 2026", "2026-01-05T15:08:09Z", "2026-01-05"],
  ["Mon, 5 Jan 2026 07:08:09", "2026-01-05T07:08:09Z", "2026-01-05"],
  ["Mon, 5 Jan 2026", "2026-01-05T00:00:00Z", "2026-01-05"],
  ["Mon, 5 Jan 2026 07:08:60 +0000", "2026-01-05T07:09:00Z", "2026-01-05"],
];

const BAD = [
  "",
  "yesterday",
  "32 Jan 2026 00:00 +0000",
  "1 Foo 2026 00:00",
  "1 Jan 2026 25:00",
  "0 Jan 2026",
  "2026-01-05",
];

Deno.test("parseDate() reads the moment and the day as written", () => {
  for (const [text, iso, day] of GOOD) {
    const date = parseDate(text);
    assert.ok(date, text);
    assert.equal(new Date(date.ms).toISOString().replace(".000", ""), iso, text);
    assert.equal(new Date(date.day * DAY_MS).toISOString().slice(0, 10), day, text);
  }
});

Deno.test("parseDate() gives null for what is no date", () => {
  for (const text of BAD) assert.equal(parseDate(text), null, text);
});

Deno.test("formatDate() is what parseDate() reads", () => {
  assert.equal(formatDate(Date.UTC(2026, 0, 1)), "Thu, 01 Jan 2026 00:00:00 +0000");
  assert.equal(formatDate(Date.UTC(2026, 0, 1), -330), "Wed, 31 Dec 2025 18:30:00 -0530");
  for (let ms = 0; ms < 4e12; ms += 86_400_000 * 37 + 3_601_000) {
    for (const zone of [0, 60, -480, 330]) assert.equal(parseDate(formatDate(ms, zone))?.ms, ms);
  }
});
