import type { TLSSocket } from "node:tls";
import type { Clock, Timer } from "../base/clock.ts";
import { concat } from "../base/bytes.ts";
import { LIMITS } from "../base/limits.ts";

/** Pieces up to this size are worth a copy to leave as one. */
const JOINED_BYTES = 16 * 1024;

/** An ordered two-way stream of bytes, as the link uses it. Handlers are set by whoever has the stream at the time. */
export interface ByteStream {
  /** Queues bytes; they must not change any more. */
  write(pieces: readonly Uint8Array[]): void;
  /** Bytes that were written and have not left. */
  readonly queuedBytes: number;
  onData: (bytes: Uint8Array) => void;
  /** Called once when the stream is gone. */
  onClosed: (reason: string) => void;
  /** Sends what is queued, for a moment at most, and ends. */
  end(): void;
  /** Ends at once. */
  destroy(): void;
}

/**
 * The stream of a TLS socket. Large writes are handed over piece by piece as the socket drains, because encrypting
 * happens at once and would hold up every session of the server.
 */
export function socketStream(socket: TLSSocket, clock: Clock): ByteStream {
  let queue: Uint8Array[] = [];
  let queued = 0;
  let ending: Timer | null = null;
  let failure = "closed by the other side";
  let closed = false;
  const pump = () => {
    while (queue.length && !socket.writableNeedDrain && !socket.destroyed) {
      const piece = takePiece(queue);
      queued -= piece.length;
      socket.write(piece);
    }
    if (!queue.length && ending && !socket.writableEnded) socket.end();
  };
  const stream: ByteStream = {
    write(pieces) {
      if (closed || ending) return;
      for (const piece of pieces) {
        if (!piece.length) continue;
        queue.push(piece);
        queued += piece.length;
      }
      pump();
    },
    get queuedBytes() {
      return queued + socket.writableLength;
    },
    onData: () => {},
    onClosed: () => {},
    end() {
      if (closed || ending) return;
      ending = clock.after(LIMITS.linkLingerMs, () => stream.destroy());
      pump();
    },
    destroy() {
      failure = "closed here";
      socket.destroy();
    },
  };
  socket.on("data", (chunk: Uint8Array) => {
    if (!closed) stream.onData(new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.length));
  });
  socket.on("drain", pump);
  socket.on("error", (error: Error) => void (failure = error.message));
  socket.on("close", () => {
    closed = true;
    ending?.cancel();
    queue = [];
    queued = 0;
    stream.onClosed(failure);
  });
  return stream;
}

/** Takes small pieces together and large ones in parts. */
function takePiece(queue: Uint8Array[]): Uint8Array {
  const first = queue[0];
  if (first.length > LIMITS.linkWriteBytes) {
    queue[0] = first.subarray(LIMITS.linkWriteBytes);
    return first.subarray(0, LIMITS.linkWriteBytes);
  }
  let count = 1;
  for (let size = first.length; count < queue.length; count++) {
    size += queue[count].length;
    if (queue[count].length > JOINED_BYTES || size > LIMITS.linkWriteBytes) break;
  }
  return concat(queue.splice(0, count));
}
