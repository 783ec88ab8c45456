import { strict as assert } from "node:assert";
import { concat, latin1, utf8 } from "../../base/bytes.ts";
import { baseSubject } from "./base_subject.ts";
import { summarize } from "./summarize.ts";
import { messageIdOf, referencesOf, threadReferences } from "./thread_ids.ts";

function of(text: string) {
  return summarize(latin1(text.replaceAll("\n", "\r\n")));
}

Deno.test("summarize() tells ENVELOPE", () => {
  const rows: [text: string, want: string][] = [
    ["\nx", "(NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL)"],
    ["Subject:\n\n", '(NIL "" NIL NIL NIL NIL NIL NIL NIL NIL)'],
    ["Subject:  a\n\t b \n\n", '(NIL "a b" NIL NIL NIL NIL NIL NIL NIL NIL)'],
    ["Subject: \xc3\xa9\n\n", "(NIL {2}\r\n\xc3\xa9 NIL NIL NIL NIL NIL NIL NIL NIL)"],
    ['Subject: "\\\n\n', '(NIL "\\"\\\\" NIL NIL NIL NIL NIL NIL NIL NIL)'],
    ["Subject: a\nSubject: b\n\n", '(NIL "b" NIL NIL NIL NIL NIL NIL NIL NIL)'],
    ["Subject: a\0b\n\n", "(NIL {5}\r\na\xef\xbf\xbdb NIL NIL NIL NIL NIL NIL NIL NIL)"],
    [
      "From: a@b\nFrom: c@d\nSender:\n\n",
      '(NIL NIL ((NIL NIL "a" "b")(NIL NIL "c" "d")) ((NIL NIL "a" "b")(NIL NIL "c" "d")) ' +
      '((NIL NIL "a" "b")(NIL NIL "c" "d")) NIL NIL NIL NIL NIL)',
    ],
    [
      "From: a@b\nSender: s@b\nReply-To: r@b\nTo: g: x@y;\nCc: c@d\nBcc: e@f\nDate: d\nIn-Reply-To: <i>\n" +
      "Message-ID:\n <m>\n\n",
      '("d" NIL ((NIL NIL "a" "b")) ((NIL NIL "s" "b")) ((NIL NIL "r" "b")) ' +
      '((NIL NIL "g" NIL)(NIL NIL "x" "y")(NIL NIL NIL NIL)) ((NIL NIL "c" "d")) ((NIL NIL "e" "f")) "<i>" " <m>")',
    ],
  ];
  for (const [text, want] of rows) assert.equal(of(text).envelope, want, text);
});

Deno.test("summarize() decodes what people see", () => {
  const summary = of(
    "From: =?utf-8?q?Andr=C3=A9?= <andre@b>\nTo: Team: x@y;\nSubject: Re: [l] =?utf-8?b?R3LDvMOfZQ==?= (fwd)\n" +
      "Date: Mon, 1 Jan 2001 23:00:00 -0500\nMessage-ID: <m@x>\nReferences: <a@x> <b@x>\nIn-Reply-To: <b@x>\n\nHi\n",
  );
  assert.deepEqual(summary.from, { name: "André", mailbox: "andre", host: "b" });
  assert.deepEqual(summary.to, { name: "", mailbox: "x", host: "y" });
  assert.equal(summary.cc, null);
  assert.equal(summary.subject, "Re: [l] Grüße (fwd)");
  assert.deepEqual([summary.baseSubject, summary.isReply], ["Grüße", true]);
  assert.equal(summary.sentAtMs, Date.UTC(2001, 0, 2, 4));
  assert.equal(summary.sentDay, Date.UTC(2001, 0, 1) / 86_400_000);
  assert.equal(summary.messageId, "m@x");
  assert.deepEqual(summary.references, ["a@x", "b@x"]);
  assert.equal(summary.preview, "Hi");
});

Deno.test("summarize() does not mind where its bytes lie in memory", () => {
  const raw = utf8(
    "Subject: s\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\none\r\n--b--\r\n",
  );
  const want = summarize(raw);
  for (let offset = 1; offset < 9; offset++) {
    const moved = concat([new Uint8Array(offset).fill(10), raw, utf8("\n--b\n")]).subarray(
      offset,
      offset + raw.length,
    );
    assert.deepEqual(summarize(moved), want);
  }
});

Deno.test("summarize() makes previews", () => {
  const html = "Content-Type: text/html\n\n";
  const rows: [text: string, want: string][] = [
    ["\n\n  two\n\twords \n", "two words"],
    ["\n> quoted\n\nmine\n> more", "mine"],
    ["\n> only\n> quoted", "> only > quoted"],
    ["\n" + "word ".repeat(100), "word ".repeat(40).trim()],
    [html + "<style>p{}</style><p>A &amp; B</p>", "A & B"],
    ["Content-Type: image/png\nContent-Transfer-Encoding: base64\n\nAAAA", ""],
    ["Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64\n\nR3LDvMOfZQ==", "Grüße"],
    [
      "Content-Type: multipart/alternative; boundary=b\n\n--b\n" + html + "<p>html</p>\n--b\n\nplain\n--b--",
      "plain",
    ],
    [
      "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Disposition: attachment\n\nfile\n--b\n" +
      html +
      "body\n--b--",
      "body",
    ],
  ];
  for (const [text, want] of rows) assert.equal(of(text).preview, want, text);
});

Deno.test("baseSubject() follows RFC 5256 §2.1", () => {
  const rows: [subject: string, base: string, isReply: boolean][] = [
    ["hello", "hello", false],
    ["", "", false],
    ["Re: hello", "hello", true],
    ["RE : hello", "hello", true],
    ["Re[2]: hello", "hello", true],
    ["Fwd: Fw: re: hello", "hello", true],
    ["[list] hello", "hello", false],
    ["[list]", "[list]", false],
    ["[a] [b] Re: [c] hello", "hello", true],
    ["Re: [only]", "[only]", true],
    ["hello (fwd) (FWD) ", "hello", true],
    ["[fwd: hello]", "hello", true],
    ["[Fwd: Re: hello (fwd)]", "hello", true],
    ["  a \t b  ", "a b", false],
    ["Regarding: x", "Regarding: x", false],
    ["(fwd)", "", true],
  ];
  for (const [subject, base, isReply] of rows) {
    assert.deepEqual(baseSubject(subject), { base, isReply }, subject);
  }
});

Deno.test("ids are read from what mail programs write", () => {
  assert.equal(messageIdOf(" <a@b> (c)"), "a@b");
  assert.equal(messageIdOf("a@b"), "a@b");
  assert.equal(messageIdOf("<>"), null);
  assert.equal(messageIdOf("junk"), null);
  assert.equal(messageIdOf(null), null);
  assert.deepEqual(referencesOf("<a> <b>\t<a>", "Your mail <c@d> of <e>"), ["a", "b", "c@d", "e"]);
  assert.deepEqual(referencesOf("<<a>> <open", null), ["a"]);
  const many = Array.from({ length: 100 }, (_, i) => `<${i}@x>`).join(" ");
  const kept = referencesOf(many, null);
  assert.deepEqual([kept.length, kept[0], kept[1], kept[29]], [30, "0@x", "71@x", "99@x"]);
  // The last one is the parent, also when it was named before (RFC 5256 §3, step 1.B).
  assert.deepEqual(threadReferences("<a> <b> <a>", "<c>"), ["a", "b", "a"]);
  assert.deepEqual(threadReferences(null, "<c> <d>"), ["c"]);
  assert.equal(threadReferences(many, null).length, 30);
});
