import { strict as assert } from "node:assert";
import { latin1 } from "../../base/bytes.ts";
import { LIMITS } from "../../base/limits.ts";
import { parseStructure } from "./mime_tree.ts";
import { formatBodyStructure } from "./structure.ts";
import type { MimePart } from "./summary.ts";

function tree(text: string): MimePart {
  return parseStructure(latin1(text.replaceAll("\n", "\r\n"))).root;
}

/** Types of the tree with the text of the leaves: `mixed[plain=a,html=b]`. */
function show(text: string): string {
  const wire = text.replaceAll("\n", "\r\n");
  const walk = (part: MimePart): string =>
    part.subtype +
    (part.children.length
      ? `[${part.children.map(walk).join(",")}]`
      : `=${wire.slice(part.bodyStart, part.bodyEnd).replaceAll("\r\n", "|")}`);
  return walk(tree(text));
}

const MIXED = "Content-Type: multipart/mixed; boundary=b\n\n";
const TABLE: [name: string, text: string, want: string][] = [
  ["plain", "A: b\n\nx\n", "plain=x|"],
  ["no header", "\nx", "plain=x"],
  [
    "two parts",
    MIXED + "pre\n--b\n\none\n--b\nContent-Type: text/html\n\ntwo\n--b--\nepi",
    "mixed[plain=one,html=two]",
  ],
  ["trailing blanks", MIXED + "--b  \n\none\n--b-- \n", "mixed[plain=one]"],
  ["prefix is enough", MIXED + "--bonus\n\none\n--b--", "mixed[plain=one]"],
  ["no closing line", MIXED + "--b\n\none", "mixed[plain=one]"],
  ["closing line without line end", MIXED + "--b\n\none\n--b--", "mixed[plain=one]"],
  ["never begun", MIXED + "one", "mixed=one"],
  ["no boundary parameter", "Content-Type: multipart/mixed\n\n--b\n\nx\n", "mixed=--b||x|"],
  [
    "outer boundary ends the inner",
    MIXED + "--b\nContent-Type: multipart/alternative; boundary=c\n\n--c\n\nx\n--b\n\ny\n--b--",
    "mixed[alternative[plain=x],plain=y]",
  ],
  [
    "the longer boundary wins",
    MIXED + "--b\nContent-Type: multipart/alternative; boundary=bb\n\n--bb\n\nx\n--bb--\n--b\n\ny\n--b--",
    "mixed[alternative[plain=x],plain=y]",
  ],
  ["a header that a boundary ends", MIXED + "--b\nA: b\n--b\n\nx\n--b--", "mixed[plain=,plain=x]"],
  [
    "digest",
    "Content-Type: multipart/digest; boundary=b\n\n--b\n\nSubject: s\n\nx\n--b--",
    "digest[rfc822[plain=x]]",
  ],
  ["message", "Content-Type: message/rfc822\n\nContent-Type: text/html\n\nx", "rfc822[html=x]"],
  ["global message", "Content-Type: message/global\n\nA: b\n\nx", "global[plain=x]"],
  [
    "delivery status is no message",
    "Content-Type: message/delivery-status\n\nA: b\n\nx",
    "delivery-status=A: b||x",
  ],
];

Deno.test("parseStructure() finds the parts", () => {
  for (const [name, text, want] of TABLE) assert.equal(show(text), want, name);
});

Deno.test("parseStructure() takes LF line ends", () => {
  const { root } = parseStructure(latin1(MIXED + "--b\n\none\n--b--\n"));
  assert.deepEqual([root.children[0].bodyStart, root.children[0].bodyEnd], [48, 51]);
});

Deno.test("parseStructure() counts lines as IMAP wants them", () => {
  const [text, message] = tree(
    MIXED + "--b\n\na\nb\n--b\nContent-Type: message/rfc822\n\nA: b\n\nx\ny\n--b--\n",
  ).children;
  assert.equal(text.lines, 1);
  assert.equal(message.lines, 3);
});

Deno.test("parseStructure() bounds depth and parts", () => {
  let deep = "";
  for (let i = 0; i < 2 * LIMITS.mimeDepth; i++) {
    deep += `Content-Type: multipart/mixed; boundary=b${i}.\n\n--b${i}.\n`;
  }
  let depth = 0;
  for (let part = tree(deep + "\nx"); part.children.length; part = part.children[0]) depth++;
  assert.equal(depth, LIMITS.mimeDepth);
  const many = tree(MIXED + "--b\n\nx\n".repeat(LIMITS.mimeParts + 50));
  assert.equal(many.children.length, LIMITS.mimeParts - 1);
});

Deno.test("formatBodyStructure() tells everything of a part", () => {
  const text = `Content-Type: APPLICATION/Octet-Stream; name="a\\"b"; x*=utf-8''%41
Content-ID: <i@d>
Content-Description: d d
Content-Transfer-Encoding: Base64
Content-MD5: m5
Content-Disposition: attachment; filename=f
Content-Language: en, de
Content-Location: l

AAAA`;
  assert.equal(
    formatBodyStructure(tree(text)),
    '("APPLICATION" "Octet-Stream" ("name" "a\\"b" "x*" "utf-8\'\'%41") "<i@d>" "d d" "Base64" 4 "m5" ' +
      '("attachment" ("filename" "f")) ("en" "de") "l")',
  );
});

Deno.test("formatBodyStructure() writes 8-bit texts as literals", () => {
  const text = "MIME-Version: 1.0\nContent-Description: \xe9\n\nx";
  assert.match(formatBodyStructure(tree(text)), / NIL \{1\}\r\n\xe9 "7bit" 1 0 /);
});
