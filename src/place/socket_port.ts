import { Buffer } from "node:buffer";
import type { Socket } from "node:net";
import { DefaultSerializer, deserialize } from "node:v8";
import type { Port, PortMessage } from "../actor/port.ts";
import { systemClock } from "../base/clock.ts";
import { LIMITS } from "../base/limits.ts";

const HEADER = 4;
/** Frames less far apart than this are worth sending together. */
const PAUSE_MS = 0.1;

/**
 * A port over a local socket: frames of `length (4 bytes, big endian), structured clone of a batch`. Both ends are
 * this program, so a frame that is malformed or over its bound ends the channel.
 */
export function socketPort(socket: Socket): Port {
  let queue: PortMessage[] = [];
  let closed = false;
  let flushedMs = 0;
  const reader = new FrameReader();
  const port: Port = {
    send(message) {
      if (closed) return;
      queue.push(message);
      if (queue.length > 1) return;
      // After a pause nobody else has anything to send: waiting for the end of the loop's turn would only cost time.
      if (systemClock.monotonicMs() - flushedMs > PAUSE_MS) queueMicrotask(flush);
      else setImmediate(flush);
    },
    onBatch: () => {},
    onClosed: () => {},
    close() {
      flush();
      socket.end();
    },
  };
  const flush = () => {
    if (!queue.length || closed) return;
    const batch = queue;
    queue = [];
    flushedMs = systemClock.monotonicMs();
    socket.write(toFrame(batch));
  };
  const end = (reason: string) => {
    if (closed) return;
    closed = true;
    socket.destroy();
    port.onClosed(reason);
  };
  socket.on("data", (chunk: Uint8Array) => {
    try {
      for (const frame of reader.push(chunk)) port.onBatch(deserialize(frame) as PortMessage[]);
    } catch (error) {
      end(`bad frame: ${(error as Error).message}`);
    }
  });
  socket.on("error", (error: Error) => end(error.message));
  socket.on("close", () => end("closed"));
  return port;
}

/** One frame in one piece: the other end wakes up once for it. */
function toFrame(batch: PortMessage[]): Uint8Array {
  const serializer = new DefaultSerializer();
  serializer.writeRawBytes(new Uint8Array(HEADER));
  serializer.writeHeader();
  serializer.writeValue(batch);
  const frame = serializer.releaseBuffer();
  frame.writeUInt32BE(frame.length - HEADER);
  return frame;
}

/** Cuts a byte stream into frames, copying only frames that came in pieces. */
class FrameReader {
  #pieces: Uint8Array[] = [];
  #size = 0;
  #wanted = HEADER;

  *push(chunk: Uint8Array): IterableIterator<Uint8Array> {
    this.#pieces.push(chunk);
    this.#size += chunk.length;
    while (this.#size >= this.#wanted) {
      const bytes = this.#pieces.length === 1 ? this.#pieces[0] : Buffer.concat(this.#pieces, this.#size);
      this.#pieces = [bytes];
      const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0);
      if (length > LIMITS.frameBytes) throw new RangeError(`a frame of ${length} bytes`);
      this.#wanted = HEADER + length;
      if (bytes.length < this.#wanted) return;
      yield bytes.subarray(HEADER, this.#wanted);
      const rest = bytes.subarray(this.#wanted);
      this.#pieces = rest.length ? [rest] : [];
      this.#size = rest.length;
      this.#wanted = HEADER;
    }
  }
}
