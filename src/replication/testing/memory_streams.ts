import type { ByteStream } from "../byte_stream.ts";

/** One end of a pair in memory, for tests that need no sockets. */
export interface MemoryStream extends ByteStream {
  /** Writes so far, each as it came. */
  readonly writes: Uint8Array[];
  /** While set, what this end writes stays here. */
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
    end.write = (pieces) => {
      if (!open.value) return;
      end.writes.push(...pieces.map((piece) => piece.slice()));
      queued.push(...pieces);
      if (end.stuck) return;
      const leaving = queued;
      queued = [];
      queueMicrotask(() => leaving.forEach((piece) => open.value && other.onData(piece.slice())));
    };
    Object.defineProperty(end, "queuedBytes", {
      get: () => queued.reduce((sum, piece) => sum + piece.length, 0),
    });
    const reasons = (own: string, far: string): [string, string] => i === 0 ? [own, far] : [far, own];
    // Behind the bytes that are on their way.
    end.end = () => queueMicrotask(() => close(reasons("closed here", "closed by the other side")));
    end.destroy = () => close(reasons("closed here", "closed by the other side"));
  });
  return ends;
}

function memoryEnd(): MemoryStream {
  return {
    writes: [],
    stuck: false,
    queuedBytes: 0,
    write() {},
    onData() {},
    onClosed() {},
    end() {},
    destroy() {},
  };
}
