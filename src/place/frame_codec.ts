import type { Buffer } from "node:buffer";
import { DefaultDeserializer, DefaultSerializer } from "node:v8";
import type { PortMessage } from "../actor/port.ts";
import { EMPTY } from "../base/bytes.ts";
import { LIMITS } from "../base/limits.ts";

/*
 * One frame of a local socket: `length (4 bytes, big endian), length of the clone (4), structured clone of a batch,
 * octets`. Larger runs of octets stand behind the clone, not inside: there each would be copied as often as the
 * serializer grows, and once more on the other side.
 */

const LENGTH = 4;
const HEADER = 2 * LENGTH;
/** Shorter runs of octets are as well inside the clone. */
const ATTACHED_BYTES = 4096;

/** How a run of octets stands in the clone. */
const INSIDE = 0, ATTACHED = 1;

interface Writing extends DefaultSerializer {
  writeHeader(): void;
  writeValue(value: unknown): boolean;
  releaseBuffer(): Buffer;
  writeUint32(value: number): void;
  writeRawBytes(bytes: Uint8Array): void;
  _writeHostObject(view: ArrayBufferView): void;
}
interface Reading extends DefaultDeserializer {
  readHeader(): boolean;
  readValue(): unknown;
  readUint32(): number;
  _readHostObject(): unknown;
}
// The types of node:v8 leave out what its documentation says that these two have.
const BaseSerializer = DefaultSerializer as unknown as new () => Writing;
const BaseDeserializer = DefaultDeserializer as unknown as new (clone: Uint8Array) => Reading;

class Serializer extends BaseSerializer {
  readonly attached: Uint8Array[] = [];

  override _writeHostObject(view: ArrayBufferView): void {
    const attached = view instanceof Uint8Array && view.length >= ATTACHED_BYTES;
    this.writeUint32(attached ? ATTACHED : INSIDE);
    if (!attached) return super._writeHostObject(view);
    this.writeUint32(view.length);
    this.attached.push(view);
  }
}

class Deserializer extends BaseDeserializer {
  #at = 0;

  constructor(clone: Uint8Array, private readonly octets: Uint8Array) {
    super(clone);
  }

  override _readHostObject(): unknown {
    if (this.readUint32() === INSIDE) return super._readHostObject();
    const end = this.#at + this.readUint32();
    if (end > this.octets.length) throw new RangeError("octets are missing");
    return this.octets.subarray(this.#at, this.#at = end);
  }
}

/**
 * What to write for a batch, in pieces: one frame, so that the other end wakes up once for it, or one for each message
 * when together they are large. A frame is as large as one message at most, and whoever keeps octets of one message
 * keeps no others. Octets are not copied to stand beside the rest.
 */
export function toWire(batch: readonly PortMessage[]): Uint8Array[] {
  const { size, pieces } = serialize(batch);
  if (size <= LIMITS.sharedFrameBytes || batch.length === 1) return pieces;
  return batch.flatMap((message) => toWire([message]));
}

function serialize(batch: readonly PortMessage[]): { size: number; pieces: Uint8Array[] } {
  const serializer = new Serializer();
  serializer.writeRawBytes(new Uint8Array(HEADER));
  serializer.writeHeader();
  serializer.writeValue(batch);
  const clone = serializer.releaseBuffer();
  clone.writeUInt32BE(clone.length - HEADER, LENGTH);
  const { attached } = serializer;
  const size = attached.reduce((sum, { length }) => sum + length, clone.length);
  clone.writeUInt32BE(size - LENGTH);
  return { size, pieces: [clone, ...attached] };
}

/** The batch of a frame without its length. Octets in it may be views of the frame. */
function fromFrame(frame: Uint8Array): PortMessage[] {
  const end = LENGTH + new DataView(frame.buffer, frame.byteOffset).getUint32(0);
  const deserializer = new Deserializer(frame.subarray(LENGTH, end), frame.subarray(end));
  deserializer.readHeader();
  return deserializer.readValue() as PortMessage[];
}

/** Room for small frames. */
const ROOM = 64 * 1024;
/** Less room than this is not worth a read. */
const LEAST_ROOM = 4 * 1024;

/**
 * Cuts a byte stream into frames. It is read straight into the memory where the frames, and the octets in them, stay:
 * small frames one after the other, a large one in a room of its own.
 */
export class FrameReader {
  #room = new Uint8Array(ROOM);
  /** Where the next frame begins, and where what was read ends. */
  #from = 0;
  #to = 0;
  /** A frame that is larger than the room, as far as it has come. */
  #large: Uint8Array | null = null;
  #largeTo = 0;

  /** Where the next octets of the stream belong; never empty. */
  get room(): Uint8Array {
    return this.#large ? this.#large.subarray(this.#largeTo) : this.#room.subarray(this.#to);
  }

  /** So many octets were put into `room`: the batches of the frames that are whole now. */
  *filled(count: number): IterableIterator<PortMessage[]> {
    if (this.#large) {
      this.#largeTo += count;
      if (this.#largeTo < this.#large.length) return;
      const frame = this.#large;
      this.#large = null;
      yield fromFrame(frame.subarray(LENGTH));
      return;
    }
    this.#to += count;
    let wanted = LENGTH;
    while (this.#to - this.#from >= wanted) {
      const length = new DataView(this.#room.buffer, this.#from).getUint32(0);
      if (length > LIMITS.frameBytes) throw new RangeError(`a frame of ${length} bytes`);
      wanted = LENGTH + length;
      if (this.#to - this.#from < wanted) break;
      yield fromFrame(this.#room.subarray(this.#from + LENGTH, this.#from += wanted));
      wanted = LENGTH;
    }
    this.#makeRoom(wanted);
  }

  /** Room for what comes next, when a frame of `wanted` octets has begun. */
  #makeRoom(wanted: number): void {
    let begun = this.#room.subarray(this.#from, this.#to);
    if (wanted > ROOM) {
      this.#large = new Uint8Array(wanted);
      this.#large.set(begun);
      this.#largeTo = begun.length;
      begun = EMPTY;
      this.#to = this.#from;
      wanted = LENGTH;
    }
    if (this.#room.length - this.#from >= Math.max(wanted, LEAST_ROOM)) return;
    this.#room = new Uint8Array(ROOM);
    this.#room.set(begun);
    this.#from = 0;
    this.#to = begun.length;
  }
}
