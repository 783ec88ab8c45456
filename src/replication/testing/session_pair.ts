import type { ActorRequest, Outcome } from "../../actor/request.ts";
import { type Clock, ManualClock } from "../../base/clock.ts";
import { concat } from "../../base/bytes.ts";
import { LIMITS } from "../../base/limits.ts";
import { createLog } from "../../base/log.ts";
import { createMetrics, type Metrics } from "../../base/metrics.ts";
import { decodeFrame, encodeFrame, FrameReader } from "../frame.ts";
import type { OutgoingMessage } from "../messages.ts";
import { PeerSession } from "../peer_session.ts";
import { type MemoryStream, memoryStreams } from "./memory_streams.ts";

/** One end of a link over memory, and what happens to it. */
export interface TestEnd {
  session: PeerSession;
  stream: MemoryStream;
  metrics: Metrics;
  downs: string[];
  events: string[];
  asked: { request: ActorRequest; answer: (outcome: Outcome) => void }[];
  /** Called for each ask; keeps it in `asked` only, unless replaced. */
  onAsk: (request: ActorRequest, answer: (outcome: Outcome) => void) => void;
}

/** An established session over a stream. Not started. */
function sessionEnd(stream: MemoryStream, clock: Clock): TestEnd {
  const metrics = createMetrics();
  const end: Omit<TestEnd, "session"> = {
    stream,
    metrics,
    downs: [],
    events: [],
    asked: [],
    onAsk: () => {},
  };
  const log = createLog({
    level: "debug",
    format: "json",
    nowMs: () => 0,
    sink: (line) => void end.events.push(JSON.parse(line).event),
  });
  const session = new PeerSession({
    peer: { node: "other", dataId: "d", version: 1 },
    stream,
    reader: new FrameReader(LIMITS.linkHelloBytes),
    clock,
    log,
    metrics,
    heartbeatMs: 2_000,
    events: {
      onDown: (_, reason) => void end.downs.push(reason),
      onAsk(_, request, answer) {
        end.asked.push({ request, answer });
        end.onAsk(request, answer);
      },
    },
  });
  return Object.assign(end, { session });
}

/** Two sessions that are linked. */
export function sessionPair(clock: Clock = new ManualClock()): [TestEnd, TestEnd] {
  const [near, far] = memoryStreams();
  const ends: [TestEnd, TestEnd] = [sessionEnd(near, clock), sessionEnd(far, clock)];
  for (const { session } of ends) session.start();
  return ends;
}

/** A session against a bare stream, for an other end that misbehaves. `heard` is what the session said. */
export function sessionAgainst(clock: Clock): { end: TestEnd; raw: RawEnd } {
  const [near, far] = memoryStreams();
  const end = sessionEnd(near, clock);
  end.session.start();
  const reader = new FrameReader(LIMITS.frameBytes);
  const raw: RawEnd = {
    stream: far,
    heard: [],
    send: (...messages) => far.write([concat(messages.flatMap((message) => encodeFrame(message).pieces))]),
  };
  far.onData = (bytes) => {
    reader.push(bytes);
    for (let frame; (frame = reader.next());) raw.heard.push(decodeFrame(frame) as OutgoingMessage);
  };
  return { end, raw };
}

/** The other end of `sessionAgainst`. */
export interface RawEnd {
  stream: MemoryStream;
  heard: OutgoingMessage[];
  send(...messages: object[]): void;
}

/** Lets everything that is queued for this and the next turns of the event loop happen. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 4; i++) await new Promise((resolve) => setImmediate(resolve));
}
