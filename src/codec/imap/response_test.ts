import { strict as assert } from "node:assert";
import { fromLatin1, latin1 } from "../../base/bytes.ts";
import { seededRandom } from "../../base/id.ts";
import { Arguments } from "./arguments.ts";
import { CommandReceiver } from "./receiver.ts";
import {
  formatAstring,
  formatFlags,
  formatInternalDate,
  formatMailbox,
  formatNstring,
  formatString,
  quoted,
} from "./response.ts";

/** Reads a formatted word back the way a peer would. */
function reread<T>(word: string, reader: (args: Arguments) => T, options = { utf8: false }): T {
  const receiver = new CommandReceiver({ lineBytes: 10_000 });
  receiver.push(latin1(word + "\r\n"));
  let event = receiver.next();
  if (event.kind === "literal") {
    receiver.acceptLiteral();
    event = receiver.next();
  }
  assert.ok(event.kind === "command");
  const args = new Arguments(event.parts, options);
  const value = reader(args);
  args.end();
  return value;
}

Deno.test("strings are quoted when they can be, otherwise literals", () => {
  const rows: [string, string][] = [
    ["", '""'],
    ["abc", '"abc"'],
    ['a"\\b', '"a\\"\\\\b"'],
    ["a\r\nb", "{4}\r\na\r\nb"],
    ["\xe4", "{1}\r\n\xe4"],
    ["a\0b", "{3}\r\na?b"],
    ["x".repeat(2000), `{2000}\r\n${"x".repeat(2000)}`],
  ];
  for (const [text, want] of rows) assert.equal(formatString(text), want);
  assert.equal(quoted("a b"), '"a b"');
  assert.equal(formatNstring(null), "NIL");
  assert.equal(formatNstring("NIL"), '"NIL"');
});

Deno.test("formatAstring() writes an atom when it can", () => {
  const rows = [["abc", "abc"], ["a b", '"a b"'], ["nil", '"nil"'], ["", '""'], ["a*", '"a*"'], ["a]", "a]"]];
  for (const [text, want] of rows) assert.equal(formatAstring(text), want);
});

Deno.test("formatMailbox() in both encodings", () => {
  assert.equal(formatMailbox("INBOX", false), "INBOX");
  assert.equal(formatMailbox("a b", false), '"a b"');
  assert.equal(formatMailbox("Entwürfe", false), "Entw&APw-rfe");
  assert.equal(formatMailbox("R&D x", false), '"R&-D x"');
  assert.equal(formatMailbox("R&D", true), '"R&D"');
  assert.equal(formatMailbox("Entwürfe", true), '"Entw\xc3\xbcrfe"');
  assert.equal(formatMailbox("NIL", true), '"NIL"');
  assert.equal(formatMailbox("", true), '""');
});

Deno.test("formatted strings and folder names read back as they were", () => {
  const random = seededRandom(9);
  const alphabet = [...'aZ 0"\\{}()*%&-[]]\t\r\n~+', "ä", "日", "😀"];
  for (let round = 0; round < 2000; round++) {
    const text = [...random.bytes(round % 10)].map((byte) => alphabet[byte % alphabet.length]).join("");
    const wire = fromLatin1(new TextEncoder().encode(text));
    assert.equal(reread(formatString(wire), (a) => a.string()), wire);
    assert.equal(reread(formatAstring(wire), (a) => a.astring()), wire);
    assert.equal(reread(formatNstring(wire), (a) => a.nstring()), wire);
    assert.equal(reread(formatMailbox(text, false), (a) => a.mailbox()), text);
    assert.equal(reread(formatMailbox(text, true), (a) => a.mailbox(), { utf8: true }), text);
  }
});

Deno.test("formatFlags()", () => {
  assert.equal(formatFlags(0, "", false), "()");
  assert.equal(formatFlags(1 | 8, "", false), "(\\Seen \\Deleted)");
  assert.equal(formatFlags(2 | 4 | 16, "$a b", true), "(\\Answered \\Flagged \\Draft \\Recent $a b)");
  assert.equal(formatFlags(0, "$a", false), "($a)");
  assert.equal(formatFlags(0, "", true), "(\\Recent)");
});

Deno.test("formatInternalDate() and dateTime() are inverse", () => {
  assert.equal(formatInternalDate(0), "01-Jan-1970 00:00:00 +0000");
  assert.equal(formatInternalDate(Date.UTC(2024, 1, 29, 23, 59, 59, 999)), "29-Feb-2024 23:59:59 +0000");
  assert.equal(formatInternalDate(-1), "31-Dec-1969 23:59:59 +0000");
  const random = seededRandom(13);
  for (let round = 0; round < 1000; round++) {
    const [a, b, c, d] = random.bytes(4);
    const ms = ((a << 16 | b << 8 | c) * 131 + d) * 1000;
    assert.equal(reread(quoted(formatInternalDate(ms)), (args) => args.dateTime()), ms);
  }
});
