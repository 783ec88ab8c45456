import { concat, utf8 } from "../base/bytes.ts";
import { LIMITS } from "../base/limits.ts";

/**
 * The link's wire format. One frame: `length of the rest (u32, big endian), length of the JSON (u32), JSON in UTF-8,
 * attachments one after the other`. Byte arrays travel as attachments; in the JSON stands `{"$bytes":[index,length]}`
 * for each. A key of the message that would look like this mark gets one more `$` in front.
 */

const LENGTH_BYTES = 4;
const MARK = "$bytes";
/** Keys that carry one or more `$` too many on the wire. */
const MARK_LIKE = /^\$+bytes$/;
/** A frame whose length is only claimed gets so much memory at first, and twice as much each time it is filled. */
const FIRST_BYTES = 64 * 1024;

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** One frame, ready to be written. The attachments are the message's own arrays and must not change before they left. */
export interface EncodedFrame {
  pieces: Uint8Array[];
  sizeBytes: number;
}

/**
 * The frame of a message: plain data of strings, finite numbers, booleans, null, arrays, objects and byte arrays. Keys
 * whose value is undefined vanish. Anything else is a bug of ours and throws a TypeError.
 */
export function encodeFrame(message: unknown): EncodedFrame {
  const attachments: Uint8Array[] = [];
  const text = utf8(JSON.stringify(outgoing(message, attachments, 0)) ?? "null");
  let rest = LENGTH_BYTES + text.length;
  for (const bytes of attachments) rest += bytes.length;
  const head = new Uint8Array(2 * LENGTH_BYTES);
  const view = new DataView(head.buffer);
  view.setUint32(0, Math.min(rest, 0xffffffff));
  view.setUint32(LENGTH_BYTES, Math.min(text.length, 0xffffffff));
  return { pieces: [concat([head, text]), ...attachments], sizeBytes: LENGTH_BYTES + rest };
}

/** The message of a frame without its first length. Byte arrays are views of `frame`. Throws SyntaxError. */
export function decodeFrame(frame: Uint8Array): unknown {
  if (frame.length < LENGTH_BYTES) throw new SyntaxError("a frame without a message");
  const textLength = new DataView(frame.buffer, frame.byteOffset).getUint32(0);
  const end = LENGTH_BYTES + textLength;
  if (end > frame.length) throw new SyntaxError("a frame that ends inside its message");
  const marks: Mark[] = [];
  const holder = { message: parseText(frame.subarray(LENGTH_BYTES, end)) };
  incoming(holder, "message", marks, 0);
  let at = end;
  marks.sort((a, b) => a.index - b.index);
  for (const [index, mark] of marks.entries()) {
    if (mark.index !== index) throw new SyntaxError("attachments that are not numbered one by one");
    if (mark.length > frame.length - at) throw new SyntaxError("a frame that ends inside an attachment");
    put(mark.holder, mark.key, frame.subarray(at, at + mark.length));
    at += mark.length;
  }
  if (at !== frame.length) throw new SyntaxError("bytes after the last attachment");
  return holder.message;
}

/** An attachment's place in the message. */
interface Mark {
  index: number;
  length: number;
  holder: Record<string, unknown>;
  key: string;
}

function parseText(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(decoder.decode(bytes));
  } catch (error) {
    throw new SyntaxError("a message that is not JSON", { cause: error });
  }
}

/** The value as JSON.stringify takes it; parts without byte arrays and odd keys stay the caller's own. */
function outgoing(value: unknown, attachments: Uint8Array[], depth: number): unknown {
  if (depth > LIMITS.linkNesting) throw new TypeError("a message that is nested too deep");
  if (typeof value === "number") {
    if (!Number.isFinite(value)) throw new TypeError(`${value} cannot travel`);
    return value;
  }
  if (value === null || value === undefined || typeof value === "string" || typeof value === "boolean") {
    return value;
  }
  if (value instanceof Uint8Array) {
    attachments.push(value);
    return { [MARK]: [attachments.length - 1, value.length] };
  }
  if (Array.isArray(value)) {
    let copy: unknown[] | null = null;
    for (let i = 0; i < value.length; i++) {
      const item = outgoing(value[i], attachments, depth + 1);
      if (item !== value[i]) (copy ??= value.slice())[i] = item;
    }
    return copy ?? value;
  }
  if (typeof value !== "object" || !isPlain(value)) throw new TypeError(`${describe(value)} cannot travel`);
  return outgoingObject(value as Record<string, unknown>, attachments, depth); // plain: string keys, any values
}

function outgoingObject(value: Record<string, unknown>, attachments: Uint8Array[], depth: number): unknown {
  const entries = Object.entries(value);
  let changed = false;
  for (const entry of entries) {
    const item = outgoing(entry[1], attachments, depth + 1);
    const key = entry[0].charCodeAt(0) === 36 && MARK_LIKE.test(entry[0]) ? "$" + entry[0] : entry[0];
    changed ||= item !== entry[1] || key !== entry[0];
    entry[0] = key;
    entry[1] = item;
  }
  return changed ? Object.fromEntries(entries) : value;
}

function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value);
  return (prototype === Object.prototype || prototype === null) && !("toJSON" in value);
}

function describe(value: unknown): string {
  return typeof value === "object"
    ? `a ${value?.constructor?.name ?? "strange object"}`
    : `a ${typeof value}`;
}

/** Collects the marks below `holder[key]` and takes the extra `$` off keys. */
function incoming(holder: Record<string, unknown>, key: string, marks: Mark[], depth: number): void {
  if (depth > LIMITS.linkNesting) throw new SyntaxError("a message that is nested too deep");
  const value = holder[key];
  if (typeof value !== "object" || value === null) return;
  // Arrays and what JSON.parse makes of an object are both reached by string keys.
  const inner = value as Record<string, unknown>;
  const keys = Object.keys(inner);
  const odd = !Array.isArray(value) && keys.some((name) => MARK_LIKE.test(name));
  if (odd && keys.length === 1 && keys[0] === MARK) {
    marks.push({ ...parseMark(inner[MARK]), holder, key });
    return;
  }
  if (!odd) {
    for (const name of keys) incoming(inner, name, marks, depth + 1);
    return;
  }
  const copy: Record<string, unknown> = {};
  for (const name of keys) {
    if (name === MARK) throw new SyntaxError("an attachment with other keys beside it");
    const plain = MARK_LIKE.test(name) ? name.slice(1) : name;
    put(copy, plain, inner[name]);
    incoming(copy, plain, marks, depth + 1);
  }
  put(holder, key, copy);
}

function parseMark(value: unknown): { index: number; length: number } {
  if (Array.isArray(value) && value.length === 2) {
    const [index, length] = value;
    if (Number.isSafeInteger(index) && index >= 0 && Number.isSafeInteger(length) && length >= 0) {
      return { index, length };
    }
  }
  throw new SyntaxError("a mark that names no attachment");
}

/** Sets a key that may be `__proto__`, which an assignment would take for something else. */
function put(holder: Record<string, unknown>, key: string, value: unknown): void {
  if (key !== "__proto__") holder[key] = value;
  else Object.defineProperty(holder, key, { value, enumerable: true, configurable: true, writable: true });
}

/**
 * Cuts a stream into frames, whatever pieces it comes in. Never holds more than twice what came of one frame, and
 * refuses a frame over `maxBytes` when only its length is there. Copies only frames that came in pieces.
 */
export class FrameReader {
  #input: Uint8Array = new Uint8Array(0);
  readonly #head = new Uint8Array(LENGTH_BYTES);
  #headFilled = 0;
  /** Length of the frame that is being read, without its first length. */
  #wanted = -1;
  #frame: Uint8Array | null = null;
  #filled = 0;

  constructor(public maxBytes: number) {}

  /** Takes the next piece of the stream; `next` then gives what it completes. */
  push(chunk: Uint8Array): void {
    this.#input = this.#input.length ? concat([this.#input, chunk]) : chunk;
  }

  /** The next whole frame, for `decodeFrame`; null when there is none yet. Throws SyntaxError, and is done for then. */
  next(): Uint8Array | null {
    if (this.#wanted < 0) {
      const count = Math.min(LENGTH_BYTES - this.#headFilled, this.#input.length);
      this.#head.set(this.#input.subarray(0, count), this.#headFilled);
      this.#headFilled += count;
      this.#input = this.#input.subarray(count);
      if (this.#headFilled < LENGTH_BYTES) return null;
      const length = new DataView(this.#head.buffer).getUint32(0);
      if (length < LENGTH_BYTES) throw new SyntaxError("a frame without a message");
      if (length + LENGTH_BYTES > this.maxBytes) throw new SyntaxError(`a frame of ${length} bytes`);
      this.#wanted = length;
    }
    if (!this.#frame && this.#input.length >= this.#wanted) {
      const whole = this.#input.subarray(0, this.#wanted);
      this.#input = this.#input.subarray(this.#wanted);
      this.#restart();
      return whole;
    }
    this.#collect();
    if (this.#filled < this.#wanted) return null;
    const whole = this.#frame!.subarray(0, this.#wanted);
    this.#restart();
    return whole;
  }

  #collect(): void {
    const count = Math.min(this.#wanted - this.#filled, this.#input.length);
    const needed = this.#filled + count;
    let frame = this.#frame ??= new Uint8Array(Math.min(this.#wanted, Math.max(FIRST_BYTES, needed)));
    if (needed > frame.length) {
      frame = new Uint8Array(Math.min(this.#wanted, Math.max(2 * frame.length, needed)));
      frame.set(this.#frame.subarray(0, this.#filled));
      this.#frame = frame;
    }
    frame.set(this.#input.subarray(0, count), this.#filled);
    this.#filled = needed;
    this.#input = this.#input.subarray(count);
  }

  #restart(): void {
    this.#headFilled = 0;
    this.#wanted = -1;
    this.#frame = null;
    this.#filled = 0;
  }
}
