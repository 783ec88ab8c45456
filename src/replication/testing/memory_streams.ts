import type { ByteStream } from "../byte_stream.ts";

/** One end of a pair in memory, for tests that need no sockets. */
export interface MemoryStream extends ByteStream {
  /** How many writes there were. */
  writes: number;
  /** While set, what this end writes stays here. The next write after it takes everything along. */
  stuck: boolean;
}

/** Two streams that are each other's other end; bytes arrive in a later microtask, as from a socket. */
export function memoryStreams(): [MemoryStream, MemoryStream] {
  const open = { value: true };
  const ends: [MemoryStream, MemoryStream] = [memoryEnd(), memoryEnd()];
  const close = (reasons: [string, string]) => {
    if (!open.value) return;
    open.value = false;
    queueMicrotask(() => ends.forEach((end, i) => end.onClosed(reasons[i])));
  };
  ends.forEach((end, i) => {
    const other = ends[1 - i];
    let queued: Uint8Array[] = [];
    let queuedBytes = 0;
    end.write = (pieces) => {
      if (!open.value) return;
      end.writes++;
      for (const piece of pieces) {
        queued.push(piece);
        queuedBytes += piece.length;
      }
      if (end.stuck) return;
      const leaving = queued;
      queued = [];
      queuedBytes = 0;
      queueMicrotask(() => leaving.forEach((piece) => open.value && other.onData(piece.slice())));
    };
    Object.defineProperty(end, "queuedBytes", { get: () => queuedBytes });
    const reasons = (own: string, far: string): [string, string] => i === 0 ? [own, far] : [far, own];
    // Behind the bytes that are on their way.
    end.end = () => queueMicrotask(() => close(reasons("closed here", "closed by the other side")));
    end.destroy = () => close(reasons("closed here", "closed by the other side"));
  });
  return ends;
}

function memoryEnd(): MemoryStream {
  return {
    writes: 0,
    stuck: false,
    queuedBytes: 0,
    write() {},
    onData() {},
    onClosed() {},
    end() {},
    destroy() {},
  };
}
