import { strict as assert } from "node:assert";
import { fromLatin1, latin1 } from "../../base/bytes.ts";
import { headerText, headerValues, parameter, partText } from "./decode_text.ts";
import { readHeader } from "./header.ts";
import { summarize } from "./summarize.ts";
import { decodeTransfer } from "./transfer_encoding.ts";

Deno.test("decodeTransfer() decodes and forgives", () => {
  const rows: [encoding: string, body: string, want: string | null][] = [
    ["7bit", "a=41", "a=41"],
    ["base64", "SGVs\r\nbG8=\r\n", "Hello"],
    ["base64", "SG!Vs bG8", "Hello"],
    ["base64", "SGVsbG8=ignored", "Hello"],
    ["quoted-printable", "a=41=e9 =\r\nb", "aA\xe9 b"],
    ["quoted-printable", "blank  \r\nand\t\n", "blank\r\nand\n"],
    ["quoted-printable", "soft =  \r\nbreak=\nx", "soft breakx"],
    ["quoted-printable", "bad =4 =zz = end=", "bad =4 =zz = end"],
    ["quoted-printable", "in  side", "in  side"],
    ["x-uuencode", "x", null],
    ["unknown", "x", null],
  ];
  for (const [encoding, body, want] of rows) {
    const decoded = decodeTransfer(latin1(body), encoding);
    assert.equal(decoded && fromLatin1(decoded), want, `${encoding} ${body}`);
  }
});

const MESSAGE = latin1(
  `Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=
To: a@b
TO: c@d
Content-Type: multipart/mixed; boundary=b

--b
Content-Type: text/plain; charset=iso-8859-1

Stra\xdfe
--b
Content-Type: text/html; charset*=us-ascii'en'UTF-8
Content-Transfer-Encoding: quoted-printable

<b>caf=C3=A9</b> &amp; more
--b
Content-Type: message/rfc822

Subject: =?utf-8?b?aW5uZXI=?=

deep
--b
Content-Type: application/pdf

never read
--b--
`.replaceAll("\n", "\r\n"),
);

Deno.test("partText() stops at its bound", () => {
  const raw = latin1("Subject: s\r\n\r\n" + "x".repeat(1000));
  assert.equal(partText(raw, summarize(raw).parts, 10), "x".repeat(10));
});

Deno.test("header texts are decoded", () => {
  const header = readHeader(MESSAGE);
  assert.deepEqual(headerValues(header, "SUBJECT"), ["Grüße"]);
  assert.deepEqual(headerValues(header, "to"), ["a@b", "c@d"]);
  assert.deepEqual(headerValues(header, "cc"), []);
  assert.ok(headerText(header).startsWith("Subject: Grüße\nTo: a@b\nTO: c@d\n"));
});

Deno.test("parameter() decodes RFC 2231", () => {
  const params: [string, string][] = [["Name*", "utf-8''na%C3%AFve"], ["plain", "x"], [
    "odd*",
    "no quotes %41",
  ]];
  assert.equal(parameter(params, "name"), "naïve");
  assert.equal(parameter(params, "plain"), "x");
  assert.equal(parameter(params, "odd"), "no quotes A");
  assert.equal(parameter(params, "none"), null);
});
