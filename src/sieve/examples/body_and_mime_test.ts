import { strict as assert } from "node:assert";
import { mail, MESSAGE_A, testExamples } from "../testing/examples.ts";
import { complaints, tell, tryScript } from "../testing/try_script.ts";

/** The message of RFC 5173 §5.2. */
const NESTED = `From: Whomever
To: Someone
Date: Whenever
Subject: whatever
Content-Type: multipart/mixed; boundary=outer

This is a multi-part message in MIME format.

--outer
Content-Type: multipart/alternative; boundary=inner

This is a nested multi-part message in MIME format.

--inner
Content-Type: text/plain; charset="us-ascii"

Hello

--inner
Content-Type: text/html; charset="us-ascii"

<html><body>Hello</body></html>

--inner--

This is the end of the inner MIME multipart.

--outer
Content-Type: message/rfc822

From: Someone Else
Subject: hello request

Please say Hello

--outer--

This is the end of the outer MIME multipart.
`;

testExamples("RFC 5173", [
  {
    at: "§5.1 raw",
    script: 'require "body";\nif body :raw :contains "MAKE MONEY FAST" { discard; }',
    runs: [[mail("A: b") + "You can make money fast!", "discard"], [MESSAGE_A, "-"]],
  },
  {
    at: "§5.2 secrets and the jukebox",
    script: `require ["body", "fileinto"];
if body :content "text" :contains ["missile", "coordinates"] { fileinto "secrets"; }
if body :content "audio/mp3" :contains "" { fileinto "jukebox"; }`,
    runs: [
      [mail("A: b") + "The missile", 'fileinto "secrets"'],
      ["MIME-Version: 1.0\nContent-Type: audio/mp3\n\nx", 'fileinto "jukebox"'],
      [NESTED, "-"],
    ],
  },
  {
    at: "§5.3 text",
    script: `require ["body", "fileinto"];
if body :text :contains "project schedule" { fileinto "project/schedule"; }`,
    runs: [[
      "MIME-Version: 1.0\nContent-Type: text/html\n\n<p>The <b>project</b> schedule</p>",
      'fileinto "project/schedule"',
    ], [MESSAGE_A, "-"]],
  },
]);

/** What is found in the nested message, by RFC 5173 §5.2. */
const FOUND: readonly [test: string, want: boolean][] = [
  [':content "multipart" :contains "MIME"', true],
  [':content "multipart" :contains "inner MIME"', true],
  [':content "multipart" :contains "outer MIME"', true],
  [':content "multipart" :contains "Hello"', false],
  [':content "multipart" :contains "--outer"', false],
  [':content "text/plain" :contains "Please say Hello"', true],
  [':content "text/plain" :contains "<html>"', false],
  [':content "text/html" :contains "Hello"', true],
  [':content "text/html" :contains "say"', false],
  [':content "text" :contains "<body>Hello"', true],
  [':content "message/rfc822" :contains "Hello request"', true],
  [':content "message/rfc822" :contains "Please"', false],
  [':content "text/" :contains ""', false],
  [':content "/plain" :contains ""', false],
  [':content "text/plain/x" :contains ""', false],
  [':content "" :contains "Please say"', true],
  [':content "image" :contains ""', false],
  [':raw :contains "boundary=inner"', true],
  [':raw :contains "boundary=outer"', false],
];

for (const [test, want] of FOUND) {
  Deno.test(`RFC 5173 §5.2 body ${test}`, () => {
    const outcome = tryScript(
      `require "body"; if body ${test} { discard; }`,
      NESTED.replace("\nContent", "\nMIME-Version: 1.0\nContent"),
    );
    assert.equal(tell(outcome) === "discard", want);
  });
}

Deno.test("RFC 5173 §6: body sets no match variables, and a message without a body has none", () => {
  const script = 'require ["body", "variables", "fileinto"]; if body :matches "*" { fileinto "x${0}"; }';
  assert.equal(tell(tryScript(script, MESSAGE_A)), 'fileinto "x"');
  assert.equal(tell(tryScript('require "body"; if body :contains "" { discard; }', "A: b\n")), "-");
  assert.equal(tell(tryScript('require "body"; if body :contains "" { discard; }', "A: b\n\n")), "discard");
});

const MIXED = `MIME-Version: 1.0
Subject: report
Content-Type: multipart/mixed; boundary=b

--b
Content-Type: text/plain

First part.
--b
Content-Type: text/html

<p>Second <i>part</i></p>
--b
Content-Type: application/x-program; name="virus.exe"
Content-Disposition: attachment; filename*=utf-8''b%C3%B6se.exe
X-From: a@b.example

AAAA
--b--
`;

testExamples("RFC 5703", [
  {
    at: "§4 the message's own type",
    script: 'require ["mime"]; if header :mime :type "Content-Type" "multipart" { discard; }',
    runs: [[MIXED, "discard"], [MESSAGE_A, "-"]],
  },
  {
    at: "§4 a type of any part",
    script:
      'require ["mime", "fileinto"];\nif header :mime :anychild :contenttype "Content-Type" "text/html" { fileinto "html"; }',
    runs: [[MIXED, 'fileinto "html"'], [MESSAGE_A, "-"]],
  },
  {
    at: "§4 a subtype of any part",
    script: 'require ["mime"]; if header :mime :anychild :subtype "Content-Type" "x-program" { discard; }',
    runs: [[MIXED, "discard"]],
  },
  {
    at: "§4 a parameter",
    script: 'require "mime"; if header :mime :anychild :param ["filename", "name"] :matches ' +
      '["Content-Type", "Content-Disposition"] "b\u00f6se.*" { discard; }',
    runs: [[MIXED, "discard"]],
  },
  {
    at: "§4 a field that only a part has",
    script:
      'require "mime"; if allof (exists :mime :anychild "X-From", not exists "X-From", address :mime :anychild "x-from" "a@b.example") { discard; }',
    runs: [[MIXED, "discard"]],
  },
  {
    at: "§3 every part is visited once",
    script: `require ["foreverypart", "mime", "variables", "fileinto"];
foreverypart { if header :mime :matches "content-type" "*" { set "all" "\${all}|\${1}"; } }
fileinto "\${all}";`,
    runs: [[
      MIXED,
      'fileinto "|multipart/mixed; boundary=b|text/plain|text/html|application/x-program; name="virus.exe""',
    ]],
  },
  {
    at: "§3.1 break out of the named loop",
    script: `require ["foreverypart", "mime", "variables", "fileinto"];
foreverypart :name "all" {
  set "n" "\${n}x";
  foreverypart { set "n" "\${n}y"; break :name "all"; }
}
fileinto "\${n}";`,
    runs: [[MIXED, 'fileinto "xy"'], [MESSAGE_A, 'fileinto "x"']],
  },
  {
    at: "§7 extracttext",
    script: `require ["foreverypart", "mime", "variables", "extracttext", "fileinto"];
foreverypart {
  if header :mime :contenttype :is "Content-Type" "text/html" {
    extracttext :first 11 :upper "msgcontent";
    break;
  }
}
fileinto "\${msgcontent}";`,
    runs: [[MIXED, 'fileinto "SECOND PART"']],
  },
]);

Deno.test("RFC 5703: what makes no sense is refused", () => {
  const refused = [
    'require "foreverypart"; break;',
    'require "foreverypart"; foreverypart :name "a" { break :name "b"; }',
    'require "mime"; if header :anychild "a" "b" { }',
    'require "mime"; if header :mime :type :subtype "a" "b" { }',
    'require ["extracttext"]; extracttext "a";',
    'require "foreverypart"; ' + "foreverypart { ".repeat(5) + "}".repeat(5),
  ];
  for (const script of refused) assert.equal(complaints(script).length, 1, script);
  const alone = 'require ["extracttext", "variables"]; extracttext "a";';
  assert.match(tell(tryScript(alone, MIXED)), /^error: "extracttext" is of use only inside/);
});
