import { strict as assert } from "node:assert";
import { fromLatin1, latin1 } from "../../base/bytes.ts";
import { extractSection, finishSection, sectionRange, type SectionSpec } from "./section.ts";
import { summarize } from "./summarize.ts";

const MESSAGE = `From: a@b
Subject: outer
X-Y: 1
 folded
junk
Content-Type: multipart/mixed; boundary=x

pre
--x
Content-Transfer-Encoding: base64

SGVsbG8gV29ybGQ=
--x
Content-Type: message/rfc822

Subject: inner
To: c@d

body
--x
Content-Type: message/rfc822

Subject: in2
Content-Type: multipart/alternative; boundary=y

--y

one
--y
Content-Transfer-Encoding: quoted-printable

t=
w=6Fo=
--y--
--x
Content-Transfer-Encoding: x-foo

foo
--x
Content-Transfer-Encoding: base 64

bar
--x--
epi
`;
const raw = latin1(MESSAGE.replaceAll("\n", "\r\n"));
const { parts } = summarize(raw);

type Row = [part: number[], kind: SectionSpec["kind"], want: string | number | null, fields?: string[]];
const TABLE: Row[] = [
  [[], "all", MESSAGE],
  [[], "header", MESSAGE.slice(0, MESSAGE.indexOf("pre"))],
  [[], "text", MESSAGE.slice(MESSAGE.indexOf("pre"))],
  [[], "mime", null],
  [[], "fields", "Subject: outer\nX-Y: 1\n folded\n\n", ["x-y", "SUBJECT", "none"]],
  [[], "fields", "\n", ["none"]],
  [[], "fields-not", "junk\nContent-Type: multipart/mixed; boundary=x\n\n", ["from", "Subject", "X-y"]],
  [[1], "all", "SGVsbG8gV29ybGQ="],
  [[1], "mime", "Content-Transfer-Encoding: base64\n\n"],
  [[1], "header", null],
  [[1], "text", null],
  [[1], "binary", "Hello World"],
  [[1], "binary-size", 11],
  [[1, 1], "all", null],
  [[2], "all", "Subject: inner\nTo: c@d\n\nbody"],
  [[2], "mime", "Content-Type: message/rfc822\n\n"],
  [[2], "header", "Subject: inner\nTo: c@d\n\n"],
  [[2], "text", "body"],
  [[2], "binary", "Subject: inner\nTo: c@d\n\nbody"],
  [[2, 1], "all", "body"],
  [[2, 1], "mime", "Subject: inner\nTo: c@d\n\n"],
  [[2, 1, 1], "all", null],
  [[2, 2], "all", null],
  [[3], "fields", "Subject: in2\n\n", ["subject"]],
  [[3, 1], "all", "one"],
  [[3, 2], "binary", "twoo"],
  [[3, 2], "binary-size", 4],
  [[3, 3], "all", null],
  [[6], "all", null],
  [[0], "all", null],
];

Deno.test("extractSection() cuts sections", () => {
  for (const [part, kind, want, fields] of TABLE) {
    const found = extractSection(raw, parts, { part, kind, fields });
    const shown = found instanceof Uint8Array ? fromLatin1(found).replaceAll("\r\n", "\n") : found;
    assert.deepEqual(shown, want, `${part.join(".")} ${kind}`);
  }
});

Deno.test("extractSection() says when it cannot decode", () => {
  for (const part of [[4], [5]]) {
    for (const kind of ["binary", "binary-size"] as const) {
      assert.deepEqual(extractSection(raw, parts, { part, kind }), { unknownCte: true });
    }
  }
});

Deno.test("extractSection() cuts partials of every kind", () => {
  const rows: [SectionSpec, string][] = [
    [{ part: [], kind: "all", partial: { offset: 0, count: 4 } }, "From"],
    [{ part: [1], kind: "all", partial: { offset: 14, count: 100 } }, "Q="],
    [{ part: [1], kind: "all", partial: { offset: 100, count: 1 } }, ""],
    [{ part: [1], kind: "binary", partial: { offset: 6, count: 3 } }, "Wor"],
    [{ part: [], kind: "fields", fields: ["from"], partial: { offset: 6, count: 3 } }, "a@b"],
    [{ part: [], kind: "header", partial: { offset: 6, count: 3 } }, "a@b"],
  ];
  for (const [spec, want] of rows) {
    const found = extractSection(raw, parts, spec);
    assert.ok(found instanceof Uint8Array);
    assert.equal(fromLatin1(found), want);
  }
});

Deno.test("sectionRange() lets a caller read only what is needed", () => {
  for (const [part, kind, , fields] of TABLE) {
    for (const partial of [undefined, { offset: 3, count: 7 }]) {
      const spec: SectionSpec = { part, kind, fields, partial };
      const range = sectionRange(parts, spec, raw.length);
      const octets = range && raw.slice(range.start, range.end);
      const found = octets && (range.exact ? octets : finishSection(octets, parts, spec));
      assert.deepEqual(found, extractSection(raw, parts, spec), `${part.join(".")} ${kind}`);
    }
  }
});

Deno.test("a message that is no multipart has itself as part 1", () => {
  const text = latin1("Subject: s\r\n\r\nplain");
  const get = (part: number[], kind: SectionSpec["kind"]) =>
    extractSection(text, summarize(text).parts, { part, kind });
  assert.equal(fromLatin1(get([1], "all") as Uint8Array), "plain");
  assert.equal(fromLatin1(get([1], "mime") as Uint8Array), "Subject: s\r\n\r\n");
  assert.equal(get([2], "all"), null);
  assert.equal(get([1, 1], "all"), null);
});

Deno.test("a header without its empty line gets none", () => {
  const text = latin1("Subject: s\r\nTo: t");
  const get = (fields: string[]) =>
    extractSection(text, summarize(text).parts, { part: [], kind: "fields", fields }) as Uint8Array;
  assert.equal(fromLatin1(get(["subject"])), "Subject: s\r\n");
  assert.equal(fromLatin1(get(["none"])), "");
});
