import { strict as assert } from "node:assert";
import { fromUtf8, latin1, utf8 } from "../../base/bytes.ts";
import { seededRandom } from "../../base/id.ts";
import { CommandReceiver } from "../imap/receiver.ts";
import { type ManageSieveCommand, parseManageSieveCommand, parseSaslAnswer } from "./command.ts";
import { formatCapability, formatResponse, formatString } from "./response.ts";

/** Commands of a byte stream, each literal taken. */
function receive(chunks: Iterable<Uint8Array>): ManageSieveCommand[] {
  const receiver = new CommandReceiver({ lineBytes: 4096 });
  const out: ManageSieveCommand[] = [];
  for (const chunk of chunks) {
    receiver.push(chunk);
    for (let event = receiver.next(); event.kind !== "need"; event = receiver.next()) {
      if (event.kind === "literal") receiver.acceptLiteral();
      else if (event.kind === "command") out.push(parseManageSieveCommand(event.parts));
      else out.push({ verb: "BAD", message: "too long" });
    }
  }
  return out;
}

const one = (text: string) => receive([utf8(text + "\r\n")])[0];

const GOOD: [string, ManageSieveCommand][] = [
  ["CAPABILITY", { verb: "CAPABILITY" }],
  ["  logout ", { verb: "LOGOUT" }],
  ["StartTLS", { verb: "STARTTLS" }],
  ["unauthenticate", { verb: "UNAUTHENTICATE" }],
  ["LISTSCRIPTS", { verb: "LISTSCRIPTS" }],
  ['AUTHENTICATE "plain"', { verb: "AUTHENTICATE", mechanism: "PLAIN", initial: null }],
  ['AUTHENTICATE "PLAIN" ""', { verb: "AUTHENTICATE", mechanism: "PLAIN", initial: "" }],
  ['AUTHENTICATE "PLAIN" {4+}\r\nQUJD', { verb: "AUTHENTICATE", mechanism: "PLAIN", initial: "QUJD" }],
  ['HAVESPACE "a" 0', { verb: "HAVESPACE", name: "a", sizeBytes: 0 }],
  ["HAVESPACE {1+}\r\na 4294967295", { verb: "HAVESPACE", name: "a", sizeBytes: 4294967295 }],
  ['PUTSCRIPT "a \\"b\\\\" {6+}\r\nkeep;\n', { verb: "PUTSCRIPT", name: 'a "b\\', content: "keep;\n" }],
  ["PUTSCRIPT {3+}\r\nx y {0+}\r\n", { verb: "PUTSCRIPT", name: "x y", content: "" }],
  ['putscript "Mär" "keep;"', { verb: "PUTSCRIPT", name: "Mär", content: "keep;" }],
  ['CHECKSCRIPT "stop;"', { verb: "CHECKSCRIPT", content: "stop;" }],
  ["CHECKSCRIPT {9+}\r\na\r\n{5+}\r\n", { verb: "CHECKSCRIPT", content: "a\r\n{5+}\r\n" }],
  ['GETSCRIPT "x"', { verb: "GETSCRIPT", name: "x" }],
  ['DELETESCRIPT "x"', { verb: "DELETESCRIPT", name: "x" }],
  ['SETACTIVE "x"', { verb: "SETACTIVE", name: "x" }],
  ['SETACTIVE ""', { verb: "SETACTIVE", name: null }],
  ["SETACTIVE {0+}\r\n", { verb: "SETACTIVE", name: null }],
  ['RENAMESCRIPT "a" "b"', { verb: "RENAMESCRIPT", from: "a", to: "b" }],
  ["NOOP", { verb: "NOOP", tag: null }],
  ['NOOP "t"', { verb: "NOOP", tag: "t" }],
];

const BAD = [
  "",
  '"CAPABILITY"',
  "HELO",
  "CAPABILITY x",
  'LISTSCRIPTS "x"',
  "AUTHENTICATE",
  "AUTHENTICATE PLAIN",
  'AUTHENTICATE "PLAIN" "a" "b"',
  'HAVESPACE "a"',
  'HAVESPACE "a" "5"',
  'HAVESPACE "a" -1',
  'HAVESPACE "a" 05',
  'HAVESPACE "a" 4294967296',
  'HAVESPACE "a" 5 6',
  "HAVESPACE a 5",
  'PUTSCRIPT "a"',
  'PUTSCRIPT "a""b"',
  'PUTSCRIPT "a" "b',
  'PUTSCRIPT "a" "b\\n"',
  'PUTSCRIPT "a"{1+}\r\nb',
  'CHECKSCRIPT {1+}\r\nab"',
  'CHECKSCRIPT "a\0"',
  "CHECKSCRIPT {1+}\r\n\0",
  "GETSCRIPT (x)",
  "NOOP NIL",
  'NOOP "a" "b"',
];

Deno.test("ManageSieve commands: good rows", () => {
  for (const [text, command] of GOOD) assert.deepEqual(one(text), command, text);
});

Deno.test("ManageSieve commands: bad rows say why and never throw", () => {
  for (const text of BAD) {
    const command = one(text);
    assert.equal(command.verb, "BAD", text);
    assert.ok((command as { message: string }).message.length > 5, text);
  }
  assert.equal(receive([latin1('GETSCRIPT "\xff"\r\n')])[0].verb, "BAD");
  assert.equal(receive([latin1("GETSCRIPT {1+}\r\n\xe4\r\n")])[0].verb, "BAD");
});

Deno.test("ManageSieve commands mean the same however their bytes arrive", () => {
  const stream = utf8(GOOD.map(([text]) => text + "\r\n").join(""));
  const bytes = [...stream].map((byte) => Uint8Array.of(byte));
  assert.deepEqual(receive(bytes), GOOD.map(([, command]) => command));
});

Deno.test("random octets are commands or are refused, and never throw", () => {
  const random = seededRandom(5804);
  const pieces = [
    ...GOOD.map(([text]) => text),
    ...BAD,
    "\r\n",
    "{9+}\r\n",
    '"',
    "\\",
    " ",
    "{1}\r\n",
    "\xff",
  ];
  for (let round = 0; round < 3000; round++) {
    const picked = [...random.bytes(6)].map((byte) => pieces[byte % pieces.length]).join("");
    const octets = latin1(picked);
    for (const byte of random.bytes(2)) octets[byte % Math.max(1, octets.length)] = byte;
    for (const command of receive([octets, latin1("\r\n")])) assert.ok(command.verb);
  }
});

Deno.test("strings go quoted when they can and come back as they were", () => {
  assert.equal(formatString('a"\\'), '"a\\"\\\\"');
  assert.equal(formatString("a\r\nb"), "{4}\r\na\r\nb");
  assert.equal(formatString("x".repeat(1024)).length, 1026);
  assert.equal(formatString("x".repeat(1025)).slice(0, 8), "{1025}\r\n");
  for (const text of ["", "ä€😀", 'q"', "line\r\nline", "{5}", "\\"]) {
    const wire = formatString(text).replace(/^\{(\d+)\}/, "{$1+}");
    assert.deepEqual(receive([latin1(`CHECKSCRIPT ${wire}\r\n`)])[0], { verb: "CHECKSCRIPT", content: text });
  }
});

Deno.test("responses and capabilities as RFC 5804 §4 has them", () => {
  assert.equal(formatResponse("OK", null, ""), "OK\r\n");
  assert.equal(formatResponse("NO", "QUOTA/MAXSIZE", "too big"), 'NO (QUOTA/MAXSIZE) "too big"\r\n');
  assert.equal(formatResponse("BYE", null, "a\r\nb"), "BYE {4}\r\na\r\nb\r\n");
  assert.equal(formatCapability("STARTTLS"), '"STARTTLS"\r\n');
  assert.equal(formatCapability("SASL", ""), '"SASL" ""\r\n');
  assert.equal(fromUtf8(latin1(formatCapability("OWNER", "jürgen@a.test"))), '"OWNER" "jürgen@a.test"\r\n');
});

Deno.test("a SASL answer is one string alone", () => {
  const answer = (text: string) => {
    const receiver = new CommandReceiver({ lineBytes: 100 });
    receiver.push(utf8(text));
    for (let event = receiver.next();; event = receiver.next()) {
      if (event.kind === "literal") receiver.acceptLiteral();
      else if (event.kind === "command") return parseSaslAnswer(event.parts);
      else throw new Error(event.kind);
    }
  };
  assert.equal(answer('"QUJD"\r\n'), "QUJD");
  assert.equal(answer("{4+}\r\nQUJD\r\n"), "QUJD");
  assert.equal(answer("{0+}\r\n\r\n"), "");
  for (const bad of ["QUJD\r\n", '"a" "b"\r\n', "\r\n"]) assert.throws(() => answer(bad), SyntaxError, bad);
});
