import { strict as assert } from "node:assert";
import { mail, MESSAGE_A, testExamples } from "../testing/examples.ts";
import { headerOf, tell, tryScript } from "../testing/try_script.ts";

const at = (iso: string) => ({ nowMs: Date.parse(iso) });

testExamples("RFC 5260", [
  {
    at: "§4.4 the boss in working hours",
    script: `require ["date", "relational", "fileinto"];
if allof(header :is "from" "boss@example.com",
         date :value "ge" :originalzone "date" "hour" "09",
         date :value "lt" :originalzone "date" "hour" "17")
{ fileinto "urgent"; }`,
    runs: [
      [mail("From: boss@example.com", "Date: Tue, 1 Apr 1997 09:06:31 -0800"), 'fileinto "urgent"'],
      [mail("From: boss@example.com", "Date: Tue, 1 Apr 1997 17:06:31 -0800"), "-"],
    ],
  },
  {
    at: "§4.4 received at the weekend",
    script: `require ["date", "relational", "fileinto"];
if anyof(date :is "received" "weekday" "0", date :is "received" "weekday" "6") { fileinto "weekend"; }`,
    runs: [
      [mail("Received: from a by b; Sun, 6 Apr 1997 09:06:31 +0000"), 'fileinto "weekend"'],
      [mail("Received: from a by b; Mon, 7 Apr 1997 09:06:31 +0000"), "-"],
    ],
  },
  {
    at: "§5.1 a pager",
    script: `require ["date", "relational"];
if anyof(currentdate :is "weekday" "0", currentdate :is "weekday" "6",
         currentdate :value "lt" "hour" "09", currentdate :value "ge" "hour" "17")
{ redirect "pager@example.com"; }`,
    runs: [
      [MESSAGE_A, "redirect pager@example.com", at("2026-03-07T10:00:00Z")],
      [MESSAGE_A, "redirect pager@example.com", at("2026-03-04T08:59:00Z")],
      [MESSAGE_A, "-", at("2026-03-04T16:59:00Z")],
    ],
  },
  {
    at: "§5.1 a week in July",
    script: `require ["date", "relational", "vacation"];
if allof(currentdate :value "ge" "date" "2007-06-30", currentdate :value "le" "date" "2007-07-07")
{ vacation :days 7  "I'm away during the first week in July."; }`,
    runs: [
      [mail("To: owner@example.com"), "vacation to sender@example.org; -", at("2007-07-01T00:00:00Z")],
      [mail("To: owner@example.com"), "-", at("2007-07-08T00:00:00Z")],
    ],
  },
  {
    at: "§5.1 a folder a month",
    script: `require ["date", "variables", "fileinto"];
if currentdate :matches "month" "*" { set "month" "\${1}"; }
if currentdate :matches "year"  "*" { set "year"  "\${1}"; }
fileinto "\${month}-\${year}";`,
    runs: [[MESSAGE_A, 'fileinto "03-2026"']],
  },
  {
    at: "§6.1 as printed",
    script: `require ["date", "relational", "index"];
if date :value "gt" :index 2 :zone "-0500" "received" "iso8601" "2007-02-26T09:00:00-05:00",
{ redirect "aftercutoff@example.org"; }`,
    refused: 'not ","',
    because: "the standard's own text has a comma too many",
  },
  {
    at: "§6.1 the second Received field",
    script: `require ["date", "relational", "index"];
if date :value "gt" :index 2 :zone "-0500" "received" "iso8601" "2007-02-26T09:00:00-05:00"
{ redirect "aftercutoff@example.org"; }`,
    runs: [
      [
        mail("Received: a; Mon, 26 Feb 2007 01:00:00 +0000", "Received: b; Mon, 26 Feb 2007 14:00:01 +0000"),
        "redirect aftercutoff@example.org",
      ],
      [
        mail("Received: a; Mon, 26 Feb 2007 15:00:00 +0000", "Received: b; Mon, 26 Feb 2007 13:59:59 +0000"),
        "-",
      ],
    ],
  },
]);

Deno.test("RFC 5260 §5.1: a date in a header field", () => {
  const script = `require ["variables", "date", "editheader"];
if currentdate :matches "std11" "*" {addheader "Processing-date" "\${0}";}`;
  const { actions: [keep] } = tryScript(script, MESSAGE_A);
  assert.ok(keep.type === "keep" && keep.message);
  assert.ok(headerOf(keep.message).startsWith("Processing-date: Wed, 04 Mar 2026 05:06:07 +0000\n"));
});

/** Parts of Tue, 1 Apr 1997 09:06:31 -0800 in the zone as written, and two hours west of UTC. */
const PARTS: readonly [part: string, original: string, west: string][] = [
  ["year", "1997", "1997"],
  ["month", "04", "04"],
  ["day", "01", "01"],
  ["date", "1997-04-01", "1997-04-01"],
  ["julian", "50539", "50539"],
  ["hour", "09", "15"],
  ["minute", "06", "06"],
  ["second", "31", "31"],
  ["time", "09:06:31", "15:06:31"],
  ["iso8601", "1997-04-01T09:06:31-08:00", "1997-04-01T15:06:31-02:00"],
  ["std11", "Tue, 01 Apr 1997 09:06:31 -0800", "Tue, 01 Apr 1997 15:06:31 -0200"],
  ["zone", "-0800", "-0200"],
  ["weekday", "2", "2"],
];

Deno.test("RFC 5260 §4.2: every part of a date", () => {
  for (const [part, original, west] of PARTS) {
    const script = (zone: string) =>
      `require ["date", "variables", "fileinto"]; if date :matches ${zone} "date" "${part}" "*" { fileinto "\${0}"; }`;
    assert.equal(tell(tryScript(script(":originalzone"), MESSAGE_A)), `fileinto "${original}"`);
    assert.equal(tell(tryScript(script(':zone "-0200"'), MESSAGE_A)), `fileinto "${west}"`);
  }
});

Deno.test("RFC 5260 §4: a day that is none is no date", () => {
  const script = 'require "date"; if date :contains "date" "year" "" { discard; }';
  for (const date of ["30 Feb 2026 00:00 +0000", "29 Feb 2026 00:00 +0000", "nonsense", ""]) {
    assert.equal(tell(tryScript(script, mail(`Date: ${date}`))), "-", date);
  }
  assert.equal(tell(tryScript(script, mail("Date: 29 Feb 2024 00:00 +0000"))), "discard");
});
