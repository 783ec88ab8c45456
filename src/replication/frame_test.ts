import { strict as assert } from "node:assert";
import { Buffer } from "node:buffer";
import { concat, utf8 } from "../base/bytes.ts";
import { type Random, seededRandom } from "../base/id.ts";
import { LIMITS } from "../base/limits.ts";
import { decodeFrame, encodeFrame, FrameReader } from "./frame.ts";

function wire(message: unknown): Uint8Array {
  const frame = encodeFrame(message);
  const bytes = concat(frame.pieces);
  assert.equal(frame.sizeBytes, bytes.length);
  return bytes.slice();
}

function bodies(reader: FrameReader): Uint8Array[] {
  const found: Uint8Array[] = [];
  for (let frame; (frame = reader.next());) found.push(frame);
  return found;
}

/** A frame made by hand. */
function frame(text: string, attachments = "", lie: { total?: number; text?: number } = {}): Uint8Array {
  const json = utf8(text), rest = utf8(attachments);
  const head = new Uint8Array(8);
  const view = new DataView(head.buffer);
  view.setUint32(0, lie.total ?? 4 + json.length + rest.length);
  view.setUint32(4, lie.text ?? json.length);
  return concat([head, json, rest]);
}

const ROWS: readonly [name: string, message: unknown, back?: unknown][] = [
  ["null", null],
  ["a string", "æ \u2028 \u{1f980} \ud800"],
  ["numbers", [0, -1, 1.5, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER]],
  ["nothing but bytes", new Uint8Array([1, 2, 3])],
  ["empty bytes", { a: new Uint8Array(0), b: new Uint8Array(0) }],
  ["bytes anywhere", {
    z: new Uint8Array([9]),
    list: [new Uint8Array([1, 2]), { deep: new Uint8Array([3]) }],
  }],
  ["a buffer", { raw: Buffer.from("abc") }, { raw: utf8("abc") }],
  ["a view", { raw: new Uint8Array([0, 1, 2, 3]).subarray(1, 3) }, { raw: new Uint8Array([1, 2]) }],
  ["undefined keys vanish", { a: 1, b: undefined, c: { d: undefined } }, { a: 1, c: {} }],
  ["keys like numbers", { b: new Uint8Array([1]), 2: new Uint8Array([2]), 1: new Uint8Array([3]) }],
  ["a key like the mark", { $bytes: [0, 3] }],
  ["keys like the mark and its escape", { $bytes: 1, $$bytes: 2, $$$bytes: new Uint8Array([7]), $x: 3 }],
  ["the mark's key with bytes", { $bytes: new Uint8Array([7]) }],
  ["other keys with $", { $bytesx: 1, x$bytes: 2, $: 3 }],
];

Deno.test("frames come back as they went", () => {
  for (const [name, message, back = message] of ROWS) {
    const reader = new FrameReader(LIMITS.frameBytes);
    reader.push(wire(message));
    const found = bodies(reader);
    assert.equal(found.length, 1, name);
    assert.deepEqual(decodeFrame(found[0]), back, name);
  }
});

Deno.test("a key named __proto__ stays a key, with bytes in it too", () => {
  for (const text of ['{"__proto__":{"a":1}}', '{"__proto__":{"$bytes":[0,2]},"$$bytes":1}']) {
    const bytes = frame(text, text.includes("[0,2]") ? "ab" : "");
    const message = decodeFrame(bytes.subarray(4)) as object;
    assert.equal(Object.getPrototypeOf(message), Object.prototype);
    assert.ok(Object.hasOwn(message, "__proto__"));
    assert.deepEqual(wire(message), bytes);
  }
});

Deno.test("byte arrays are views of the frame", () => {
  const body = wire({ raw: new Uint8Array([1, 2, 3]) }).subarray(4);
  const { raw } = decodeFrame(body) as { raw: Uint8Array };
  assert.equal(raw.buffer, body.buffer);
  assert.equal(raw.constructor, Uint8Array);
});

Deno.test("frames byte by byte, and in every two pieces", () => {
  const messages = [{ a: new Uint8Array([1, 2, 3]), b: "x" }, null, [new Uint8Array(300)]];
  const whole = concat(messages.map(wire));
  const read = (pieces: Uint8Array[]) => {
    const reader = new FrameReader(LIMITS.linkHelloBytes);
    return pieces.flatMap((piece) => {
      reader.push(piece);
      return bodies(reader).map((body) => decodeFrame(body));
    });
  };
  assert.deepEqual(read([...whole].map((byte) => new Uint8Array([byte]))), messages);
  for (let at = 0; at <= whole.length; at++) {
    assert.deepEqual(read([whole.subarray(0, at), whole.subarray(at)]), messages, `cut at ${at}`);
  }
});

Deno.test("pieces that nobody has read yet are kept", () => {
  const reader = new FrameReader(LIMITS.linkHelloBytes);
  for (const byte of wire("abc")) reader.push(new Uint8Array([byte]));
  assert.deepEqual(bodies(reader).map(decodeFrame), ["abc"]);
});

Deno.test("what cannot travel is a TypeError here, not a surprise there", () => {
  let deep: unknown = 1;
  for (let i = 0; i < LIMITS.linkNesting + 2; i++) deep = [deep];
  const bad = [
    new Map(),
    new Set(),
    new Date(0),
    1n,
    () => 1,
    Symbol("x"),
    NaN,
    Infinity,
    new ArrayBuffer(1),
  ];
  for (const value of [...bad, new Uint16Array(1), new Error("x"), { toJSON: () => 1 }, deep]) {
    assert.throws(() => encodeFrame({ value }), TypeError, String(value));
  }
});

const BAD: readonly [name: string, bytes: Uint8Array][] = [
  ["no message", frame("", "", { total: 0 })],
  ["shorter than a length", frame("", "", { total: 3 })],
  ["longer than may be", frame("null", "", { total: 1 << 20 })],
  ["as long as can be", frame("null", "", { total: 0xffffffff })],
  ["the text longer than the frame", frame("null", "", { text: 5 })],
  ["the text as long as can be", frame("null", "", { text: 0xffffffff })],
  ["no text", frame("")],
  ["not JSON", frame("{")],
  ["two texts", frame("null null")],
  ["not UTF-8", frame('"x"').fill(0xff, 9, 10)],
  ["an attachment that nobody names", frame("null", "x")],
  ["an attachment too short", frame('{"$bytes":[0,2]}', "x")],
  ["an attachment too long", frame('{"$bytes":[0,1]}', "xx")],
  ["an index twice", frame('[{"$bytes":[0,1]},{"$bytes":[0,1]}]', "xx")],
  ["an index left out", frame('[{"$bytes":[0,1]},{"$bytes":[2,1]}]', "xx")],
  ["a negative length", frame('[{"$bytes":[0,-1]},{"$bytes":[1,2]}]', "x")],
  ["a length that is no number", frame('{"$bytes":[0,"1"]}', "x")],
  ["half a length", frame('{"$bytes":[0,0.5]}')],
  ["a huge length", frame('{"$bytes":[0,9007199254740991]}', "x")],
  ["one number", frame('{"$bytes":[0]}')],
  ["no list", frame('{"$bytes":null}')],
  ["a mark with company", frame('{"$bytes":[0,1],"a":1}', "x")],
  ["nested too deep", frame("[".repeat(2000) + "]".repeat(2000))],
];

Deno.test("frames that lie are refused", () => {
  for (const [name, bytes] of BAD) {
    for (const step of [bytes.length, 1]) {
      const reader = new FrameReader(LIMITS.linkHelloBytes);
      const read = () => {
        for (let at = 0; at < bytes.length; at += step) {
          reader.push(bytes.subarray(at, at + step));
          bodies(reader).forEach(decodeFrame);
        }
      };
      assert.throws(read, SyntaxError, name);
    }
  }
});

Deno.test("the bound of a frame counts all its bytes and may be raised in between", () => {
  const bytes = wire("x".repeat(100));
  const reader = new FrameReader(bytes.length);
  reader.push(bytes);
  assert.equal(bodies(reader).length, 1);
  const strict = new FrameReader(bytes.length - 1);
  strict.push(bytes);
  assert.throws(() => strict.next(), SyntaxError);
  const raised = new FrameReader(20);
  raised.push(concat([wire("hello"), bytes]));
  assert.deepEqual(decodeFrame(raised.next()!), "hello");
  raised.maxBytes = bytes.length;
  assert.equal(bodies(raised).length, 1);
});

Deno.test("a claimed length takes no memory before the bytes come", () => {
  const head = frame("null", "", { total: LIMITS.frameBytes - 4 }).subarray(0, 9);
  const before = Deno.memoryUsage().external;
  const readers = Array.from({ length: 50 }, () => {
    const reader = new FrameReader(LIMITS.frameBytes);
    reader.push(head);
    assert.equal(reader.next(), null);
    return reader;
  });
  assert.ok(Deno.memoryUsage().external - before < readers.length * 256 * 1024);
});

/** Any message there can be, up to a depth. */
function anyMessage(random: Random, depth: number): unknown {
  const [kind, size, more] = random.bytes(3);
  switch (kind % (depth > 0 ? 8 : 6)) {
    case 0:
      return null;
    case 1:
      return size % 2 === 0;
    case 2:
      return size * 2 ** (more % 45) * (more % 2 ? 1 : -1) || 0;
    case 3:
      return String.fromCharCode(...random.bytes(size % 20), 0x20ac, 0xd800 + more);
    case 4:
    case 5:
      return Uint8Array.from(random.bytes(size * (more % 9)));
    case 6:
      return Array.from({ length: size % 6 }, () => anyMessage(random, depth - 1));
    default: {
      const names = ["a", "b", "7", "$bytes", "$$bytes", "__proto__", ""];
      return Object.fromEntries(
        Array.from(
          { length: size % 6 },
          () => [names[random.bytes(1)[0] % 7], anyMessage(random, depth - 1)],
        ),
      );
    }
  }
}

Deno.test("any message comes back, in any pieces", () => {
  for (let seed = 1; seed <= 300; seed++) {
    const random = seededRandom(seed);
    const messages = Array.from({ length: 1 + random.bytes(1)[0] % 4 }, () => anyMessage(random, 4));
    const whole = concat(messages.map(wire));
    const reader = new FrameReader(LIMITS.frameBytes);
    const back: unknown[] = [];
    for (let at = 0; at < whole.length;) {
      const step = 1 + random.bytes(1)[0] * (random.bytes(1)[0] % 8);
      reader.push(whole.subarray(at, at + step));
      back.push(...bodies(reader).map(decodeFrame));
      at += step;
    }
    assert.deepEqual(back, messages, `seed ${seed}`);
  }
});
