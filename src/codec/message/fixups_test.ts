import { strict as assert } from "node:assert";
import { fromLatin1, latin1 } from "../../base/bytes.ts";
import { fixUpSubmission, submissionPieces } from "./fixups.ts";

const FACTS = { nowMs: Date.UTC(2026, 0, 1), messageId: "new@host", sender: "me@host" };
const DATE = "Date: Thu, 01 Jan 2026 00:00:00 +0000\r\n";
const ID = "Message-ID: <new@host>\r\n";
const WHOLE = "Date: x\r\nMessage-ID: <y>\r\nFrom: a@b\r\n";

Deno.test("fixUpSubmission() adds what is missing and removes what must not travel", () => {
  const rows: [text: string, want: string][] = [
    [WHOLE + "\r\nbody", WHOLE + "\r\nbody"],
    ["From: a@b\r\n\r\nbody", DATE + ID + "From: a@b\r\n\r\nbody"],
    ["Subject: s\r\n\r\nbody", DATE + ID + "From: <me@host>\r\nSubject: s\r\n\r\nbody"],
    [WHOLE + "Bcc: x@y,\r\n z@y\r\nTo: t@u\r\n\r\nBcc: stays", WHOLE + "To: t@u\r\n\r\nBcc: stays"],
    ["Return-Path: <x>\r\n" + WHOLE + "Resent-Bcc: z\r\n\r\n", WHOLE + "\r\n"],
    [
      "Date: x\r\nMessage-ID: <y>\r\nFrom: a@b, c@d\r\n\r\n",
      "Sender: <me@host>\r\nDate: x\r\nMessage-ID: <y>\r\nFrom: a@b, c@d\r\n\r\n",
    ],
    [
      WHOLE.replace("a@b", "a@b, c@d") + "Sender: e@f\r\n\r\n",
      WHOLE.replace("a@b", "a@b, c@d") + "Sender: e@f\r\n\r\n",
    ],
    ["just text\r\n", DATE + ID + "From: <me@host>\r\n\r\njust text\r\n"],
    ["\r\nbody", DATE + ID + "From: <me@host>\r\n\r\nbody"],
    ["", DATE + ID + "From: <me@host>\r\n"],
  ];
  for (const [text, want] of rows) assert.equal(fromLatin1(fixUpSubmission(latin1(text), FACTS)), want, text);
});

Deno.test("fixUpSubmission() copies nothing when there is nothing to do", () => {
  const raw = latin1(WHOLE + "\r\nbody");
  assert.equal(fixUpSubmission(raw, FACTS), raw);
  assert.equal(submissionPieces(latin1("From: a@b\r\n\r\n"), FACTS).length, 2);
});
