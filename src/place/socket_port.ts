import type { Socket } from "node:net";
import type { Port, PortMessage } from "../actor/port.ts";
import { systemClock } from "../base/clock.ts";
import { FrameReader, toWire } from "./frame_codec.ts";

/** Frames less far apart than this are worth sending together. */
const PAUSE_MS = 0.1;

/** A port over a local socket. Both ends are this program, so a frame that is malformed or over its bound ends it. */
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
    for (const piece of toWire(batch)) socket.write(piece);
  };
  const end = (reason: string) => {
    if (closed) return;
    closed = true;
    socket.destroy();
    port.onClosed(reason);
  };
  socket.on("data", (chunk: Uint8Array) => {
    try {
      for (const batch of reader.push(chunk)) port.onBatch(batch);
    } catch (error) {
      end(`bad frame: ${(error as Error).message}`);
    }
  });
  socket.on("error", (error: Error) => end(error.message));
  socket.on("close", () => end("closed"));
  return port;
}
