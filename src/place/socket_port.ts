import type { Port, PortMessage } from "../actor/port.ts";
import { concat } from "../base/bytes.ts";
import { systemClock } from "../base/clock.ts";
import { FrameReader, toWire } from "./frame_codec.ts";

/** Frames less far apart than this are worth sending together. */
const PAUSE_MS = 0.1;
/** Pieces are joined up to this size: the other end wakes up once for them. Larger ones are written as they are. */
const JOINED_BYTES = 64 * 1024;

/** What a port needs of a local socket; a `Deno.UnixConn` has it. */
export interface LocalSocket {
  /** Resolves with the number of octets read, null at the end. */
  read(room: Uint8Array): Promise<number | null>;
  /** Resolves with the number of octets written, perhaps fewer than there are. */
  write(octets: Uint8Array): Promise<number>;
  close(): void;
}

/** A port over a local socket. Both ends are this program, so a frame that is malformed or over its bound ends it. */
export function socketPort(socket: LocalSocket): Port {
  let queue: PortMessage[] = [];
  let closed = false;
  let flushedMs = 0;
  const pieces: Uint8Array[] = [];
  let writing: Promise<void> | null = null;
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
      (writing ?? Promise.resolve()).then(() => end("closed"));
    },
  };
  const flush = () => {
    if (!queue.length || closed) return;
    const batch = queue;
    queue = [];
    flushedMs = systemClock.monotonicMs();
    pieces.push(...toWire(batch));
    writing ??= write();
  };
  const write = async () => {
    try {
      while (pieces.length) await writeAll(socket, nextPiece(pieces));
    } catch (error) {
      end((error as Error).message);
    }
    writing = null;
  };
  const read = async () => {
    const reader = new FrameReader();
    for (;;) {
      const count = await socket.read(reader.room);
      if (count === null) return end("closed");
      try {
        for (const batch of reader.filled(count)) port.onBatch(batch);
      } catch (error) {
        return end(`bad frame: ${(error as Error).message}`);
      }
    }
  };
  const end = (reason: string) => {
    if (closed) return;
    closed = true;
    socket.close();
    port.onClosed(reason);
  };
  read().catch((error: Error) => end(error.message));
  return port;
}

/** Takes what is to be written next: one large piece, or as many small ones as come before it. */
function nextPiece(pieces: Uint8Array[]): Uint8Array {
  let count = 0, bytes = 0;
  while (count < pieces.length && (bytes += pieces[count].length) <= JOINED_BYTES) count++;
  return concat(pieces.splice(0, Math.max(1, count)));
}

async function writeAll(socket: LocalSocket, octets: Uint8Array): Promise<void> {
  for (let at = 0; at < octets.length;) at += await socket.write(at ? octets.subarray(at) : octets);
}
