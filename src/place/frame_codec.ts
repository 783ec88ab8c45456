import { Buffer } from "node:buffer";
import { DefaultDeserializer, DefaultSerializer } from "node:v8";
import type { PortMessage } from "../actor/port.ts";
import { joinShort } from "../base/bytes.ts";
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

/** From here on a write of its own costs less than a copy. */
const UNJOINED_BYTES = 64 * 1024;

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
 * What to write for a batch: one frame, so that the other end wakes up once for it, or one for each message when
 * together they are large. A frame is as large as one message at most, and whoever keeps octets of one message keeps
 * no others. Long runs of octets are not copied.
 */
export function toWire(batch: readonly PortMessage[]): Uint8Array[] {
  const { size, pieces } = serialize(batch);
  if (size <= LIMITS.sharedFrameBytes || batch.length === 1) return joinShort(pieces, UNJOINED_BYTES);
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
  const plain = new Uint8Array(frame.buffer, frame.byteOffset, frame.length);
  const deserializer = new Deserializer(frame.subarray(LENGTH, end), plain.subarray(end));
  deserializer.readHeader();
  return deserializer.readValue() as PortMessage[];
}

/** Cuts a byte stream into frames, copying only frames that came in pieces. */
export class FrameReader {
  #pieces: Uint8Array[] = [];
  #size = 0;
  #wanted = LENGTH;

  *push(chunk: Uint8Array): IterableIterator<PortMessage[]> {
    this.#pieces.push(chunk);
    this.#size += chunk.length;
    while (this.#size >= this.#wanted) {
      const bytes = this.#pieces.length === 1 ? this.#pieces[0] : Buffer.concat(this.#pieces, this.#size);
      this.#pieces = [bytes];
      const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0);
      if (length > LIMITS.frameBytes) throw new RangeError(`a frame of ${length} bytes`);
      this.#wanted = LENGTH + length;
      if (bytes.length < this.#wanted) return;
      yield fromFrame(bytes.subarray(LENGTH, this.#wanted));
      const rest = bytes.subarray(this.#wanted);
      this.#pieces = rest.length ? [rest] : [];
      this.#size = rest.length;
      this.#wanted = LENGTH;
    }
  }
}
