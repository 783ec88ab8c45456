import { strict as assert } from "node:assert";
import { fromLatin1, latin1 } from "../../base/bytes.ts";
import { CommandReceiver } from "./receiver.ts";

const LIMIT = 200;

/** How the receiver is driven: literals up to `accept` octets are taken, others refused. */
interface Run {
  chunk?: number;
  accept?: number;
}

/** Feeds `input` and writes each event as one line. */
function run(input: string, { chunk = Infinity, accept = 1000 }: Run = {}): string[] {
  const receiver = new CommandReceiver({ lineBytes: LIMIT });
  const bytes = latin1(input);
  const events: string[] = [];
  for (let at = 0; at < bytes.length; at += chunk) {
    receiver.push(bytes.slice(at, Math.min(at + chunk, bytes.length)));
    for (let event = receiver.next(); event.kind !== "need"; event = receiver.next()) {
      if (event.kind === "too-long") events.push(`too-long ${event.tag}`);
      else if (event.kind === "command") {
        const { text, literals } = event.parts;
        assert.equal(text.length, literals.length + 1);
        events.push(text.map((t, i) => t + (literals[i] ? `<${fromLatin1(literals[i])}>` : "")).join(""));
      } else {
        assert.equal(receiver.next(), event, "a literal is repeated until it is decided");
        events.push(
          `${event.sync ? "sync" : "non-sync"}${event.binary ? "8" : ""} ${event.size} after ${event.begin}`,
        );
        if (event.size <= accept) receiver.acceptLiteral();
        else receiver.refuseLiteral();
      }
    }
    assert.ok(receiver.heldBytes <= LIMIT + 100 + accept + Math.min(chunk, bytes.length));
  }
  return events;
}

const long = "x".repeat(500);
const rows: { name: string; input: string; want: string[]; accept?: number }[] = [
  { name: "two commands", input: "a NOOP\r\nb NOOP\r\n", want: ["a NOOP", "b NOOP"] },
  { name: "an empty line", input: "\r\na NOOP\r\n", want: ["", "a NOOP"] },
  { name: "an unended line", input: "a NOOP\r\nb NO", want: ["a NOOP"] },
  { name: "a bare LF is part of the line", input: "a NOOP\nb NOOP\r\n", want: ["a NOOP\nb NOOP"] },
  { name: "a bare CR is part of the line", input: "a NOOP\rb\r\r\n", want: ["a NOOP\rb\r"] },
  { name: "LF CR LF", input: "a\n\r\nb\r\n", want: ["a\n", "b"] },
  { name: "LF first", input: "\na\r\n", want: ["\na"] },
  {
    name: "a synchronising literal",
    input: "a LOGIN {3}\r\nabc {2}\r\nde\r\n",
    want: ["sync 3 after a LOGIN ", "sync 2 after a LOGIN ", "a LOGIN <abc> <de>"],
  },
  {
    name: "a non-synchronising literal",
    input: "a X {3+}\r\nabc\r\n",
    want: ["non-sync 3 after a X ", "a X <abc>"],
  },
  {
    name: "literal8",
    input: "a X ~{3}\r\n\0\r\n\r\nb X ~{1+}\r\nz\r\n",
    want: ["sync8 3 after a X ~", "a X ~<\0\r\n>", "non-sync8 1 after b X ~", "b X ~<z>"],
  },
  { name: "an empty literal", input: "a X {0}\r\n\r\n", want: ["sync 0 after a X ", "a X <>"] },
  {
    name: "a literal of line ends",
    input: "a X {4}\r\n\r\n\r\n\r\n",
    want: ["sync 4 after a X ", "a X <\r\n\r\n>"],
  },
  {
    name: "what looks like a literal but is none",
    input: "a {}\r\nb {+}\r\nc {x}\r\nd 3}\r\ne {3}x\r\n}\r\n",
    want: ["a {}", "b {+}", "c {x}", "d 3}", "e {3}x", "}"],
  },
  {
    name: "a refused synchronising literal: the next line is a new command",
    input: "a X {5}\r\nb NOOP\r\n",
    want: ["sync 5 after a X ", "b NOOP"],
    accept: 4,
  },
  {
    name: "a refused non-synchronising literal: octets and rest are skipped",
    input: "a X {5+}\r\nb\r\nX\r y z\r\nb NOOP\r\n",
    want: ["non-sync 5 after a X ", "b NOOP"],
    accept: 4,
  },
  {
    name: "the rest of a refused command has literals too",
    input: "a X {5+}\r\n12345 {6+}\r\n123456 ({7}\r\nb NOOP\r\n",
    want: ["non-sync 5 after a X ", "b NOOP"],
    accept: 4,
  },
  {
    name: "an over-long line",
    input: `a1 X ${long}\r\nb NOOP\r\n`,
    want: ["too-long a1", "b NOOP"],
  },
  {
    name: "an over-long line without a tag",
    input: `${long}\r\nb NOOP\r\n`,
    want: ["too-long null", "b NOOP"],
  },
  {
    name: "an over-long line of bare LFs",
    input: `a X${"\n".repeat(500)}\r\nb\r\n`,
    want: ["too-long a", "b"],
  },
  {
    name: "an over-long line that announces a literal",
    input: `a X ${long} {3}\r\nb NOOP\r\nc X ${long} {3+}\r\nabc ${long}\r\nd NOOP\r\n`,
    want: ["too-long a", "b NOOP", "too-long c", "d NOOP"],
  },
  {
    name: "over-long over several lines",
    input: `a X ${"x".repeat(150)} {1+}\r\nz ${"x".repeat(100)}\r\nb NOOP\r\n`,
    want: [`non-sync 1 after a X ${"x".repeat(150)} `, "too-long a", "b NOOP"],
  },
  {
    name: "a line of just the limit",
    input: `${"x".repeat(LIMIT)}\r\n${"x".repeat(LIMIT + 1)}\r\n`,
    want: ["x".repeat(LIMIT), "too-long null"],
  },
  {
    name: "a size no number can hold",
    input: "a X {99999999999999999999}\r\nb X\r\n",
    want: [`sync ${Number.MAX_SAFE_INTEGER} after a X `, "b X"],
  },
];

for (const { name, input, want, accept } of rows) {
  Deno.test(`CommandReceiver: ${name}`, () => {
    assert.deepEqual(run(input, { accept }), want);
    for (const chunk of [1, 2, 3, 7, 64]) {
      assert.deepEqual(run(input, { accept, chunk }), want, `chunks of ${chunk}`);
    }
  });
}

Deno.test("CommandReceiver bounds the number of literals by the line limit", () => {
  const events = run("a X" + " {0+}\r\n".repeat(1000) + "\r\nb NOOP\r\n");
  assert.equal(events.at(-2), "too-long a");
  assert.equal(events.at(-1), "b NOOP");
  assert.ok(events.length < LIMIT / 5 + 3);
});

Deno.test("CommandReceiver.nextLine() gives raw lines, commands go on after them", () => {
  const receiver = new CommandReceiver({ lineBytes: LIMIT });
  const lines: (string | null)[] = [];
  for (const byte of latin1(`a IDLE\r\nDONE\r\nx {3}\r\n${long}\r\nb NOOP\r\n`)) {
    receiver.push(new Uint8Array([byte]));
    if (!lines.length) {
      const event = receiver.next();
      if (event.kind === "command") lines.push(event.parts.text[0]);
    } else if (lines.length < 4) {
      const line = receiver.nextLine();
      if (line !== null) lines.push(line);
    }
  }
  const event = receiver.next();
  assert.deepEqual(lines, ["a IDLE", "DONE", "x {3}", "\0"]);
  assert.deepEqual(event, { kind: "command", parts: { text: ["b NOOP"], literals: [] } });
});

Deno.test("CommandReceiver.takeRest() removes what was pipelined", () => {
  const receiver = new CommandReceiver({ lineBytes: LIMIT });
  receiver.push(latin1("a STARTTLS\r\nb NOOP\r\nc"));
  receiver.next();
  assert.equal(fromLatin1(receiver.takeRest()), "b NOOP\r\nc");
  assert.equal(receiver.heldBytes, 0);
  receiver.push(latin1("d NOOP\r\n"));
  assert.deepEqual(receiver.next(), { kind: "command", parts: { text: ["d NOOP"], literals: [] } });
});

Deno.test("CommandReceiver: a literal does not share memory with the input", () => {
  const receiver = new CommandReceiver({ lineBytes: LIMIT });
  const input = latin1("a X {3+}\r\nabc\r\n");
  receiver.push(input);
  receiver.next();
  receiver.acceptLiteral();
  const event = receiver.next();
  input.fill(0);
  assert.ok(event.kind === "command");
  assert.equal(fromLatin1(event.parts.literals[0]), "abc");
  assert.equal(event.parts.literals[0].buffer.byteLength, 3);
});
