import type { ActorRequest, Outcome } from "../actor/request.ts";
import { failed } from "../actor/request.ts";
import type { Clock, Timer } from "../base/clock.ts";
import { LIMITS } from "../base/limits.ts";
import { errorFields, type Log } from "../base/log.ts";
import type { Metrics } from "../base/metrics.ts";
import type { ByteStream } from "./byte_stream.ts";
import { decodeFrame, type EncodedFrame, encodeFrame, type FrameReader } from "./frame.ts";
import type { PeerEvents, PeerHello, PeerLink } from "./link.ts";
import { type OutgoingMessage, parseMessage, type PeerMessage } from "./messages.ts";

/** After a pause nobody else has anything to send: waiting for the end of the loop's turn would only cost time. */
const PAUSE_MS = 0.1;

/** What a session is made of. */
export interface PeerSessionOptions {
  peer: PeerHello;
  stream: ByteStream;
  /** With what came behind the introduction. */
  reader: FrameReader;
  clock: Clock;
  log: Log;
  metrics: Metrics;
  /** Silence after which the link is down. */
  heartbeatMs: number;
  events: Pick<PeerEvents, "onAsk" | "onDown">;
}

/** An ask that waits for its answer. */
interface Pending {
  answer: (outcome: Outcome) => void;
  timer: Timer;
}

/**
 * One established connection to the peer: numbered asks both ways, each answered once, and a heartbeat. Messages of one
 * turn of the event loop leave together.
 */
export class PeerSession implements PeerLink {
  readonly peer: PeerHello;
  readonly #pending = new Map<number, Pending>();
  #nextId = 1;
  /** Asks of the peer that are being answered. */
  #serving = 0;
  #batch: Uint8Array[] = [];
  #batchBytes = 0;
  /** What was queued although the queue is full. */
  #overrunBytes = 0;
  #flushedMs = 0;
  #heardMs: number;
  #beat: Timer | null = null;
  /** The last one that was sent. */
  #ping = { id: 0, sentMs: 0 };
  /** Why it ended; null while it lives. */
  #ended: string | null = null;

  constructor(private readonly options: PeerSessionOptions) {
    this.peer = options.peer;
    this.#heardMs = options.clock.monotonicMs();
    options.reader.maxBytes = LIMITS.frameBytes;
    options.stream.onData = (bytes) => {
      this.#heardMs = options.clock.monotonicMs();
      options.reader.push(bytes);
      this.#read();
    };
    options.stream.onClosed = (reason) => this.#end(reason);
  }

  /** Begins to read and to ping; after the link was told to be up, so that nothing is asked on it before. */
  start(): void {
    this.#beatNow(this.options.clock.monotonicMs());
    this.#read();
  }

  ask(request: ActorRequest, answer: (outcome: Outcome) => void, timeoutMs?: number): void {
    if (this.#ended !== null) return answer(failed("unavailable", "the link to the other server is down"));
    if (this.#pending.size >= LIMITS.linkAsks || this.#queuedBytes >= LIMITS.linkQueueBytes) {
      return answer(failed("busy", "too much waits for the other server"));
    }
    const id = this.#nextId++;
    const { to, name, requestId, homeOnly } = request;
    const frame = this.#encode({ type: "ask", id, to, name, request: request.request, requestId, homeOnly });
    if (!frame) return answer(failed("internal", "internal error"));
    if (frame.sizeBytes > LIMITS.frameBytes) {
      return answer(failed("too_big", "too large for the link to the other server"));
    }
    const timer = this.options.clock.after(
      timeoutMs ?? LIMITS.askTimeoutMs,
      () => this.#answer(id, failed("unavailable", "the other server did not answer in time")),
    );
    this.#pending.set(id, { answer, timer });
    this.#queue(frame);
  }

  close(reason: string): void {
    if (this.#ended !== null) return;
    this.#send({ type: "bye", reason });
    this.#end(reason);
  }

  get #queuedBytes(): number {
    return this.#batchBytes + this.options.stream.queuedBytes;
  }

  #read(): void {
    try {
      for (let frame; this.#ended === null && (frame = this.options.reader.next());) {
        const message = parseMessage(decodeFrame(frame));
        if (message) this.#onMessage(message);
      }
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      this.close(`the other server sent ${error.message}`);
    }
  }

  #onMessage(message: PeerMessage): void {
    switch (message.type) {
      case "ask": {
        const { id, to, name, request, requestId, homeOnly } = message;
        return this.#serve(id, { to, name, request, requestId, homeOnly });
      }
      case "ok": {
        const { reply, mark } = message;
        return this.#answer(message.id, mark ? { ok: true, reply, mark } : { ok: true, reply });
      }
      case "fault":
        return this.#answer(message.id, failed(message.code, message.message));
      case "ping":
        return this.#send({ type: "pong", id: message.id });
      case "pong": {
        if (message.id !== this.#ping.id) return;
        const tookMs = this.options.clock.monotonicMs() - this.#ping.sentMs;
        return this.options.metrics.observe("replication_round_trip", tookMs / 1000);
      }
      case "bye":
        return this.#end(`the other server closed it: ${message.reason}`);
      default:
        throw new SyntaxError(`a ${message.type} on a link that is up`);
    }
  }

  #serve(id: number, request: ActorRequest): void {
    if (this.#serving >= LIMITS.linkAsks) {
      return this.#send({
        type: "fault",
        id,
        code: "busy",
        message: "too many requests of the other server",
      });
    }
    this.#serving++;
    let answered = false;
    const answer = (outcome: Outcome) => {
      if (answered) {
        return this.options.log.error("replication.internal", { error: `${request.name}: answered twice` });
      }
      answered = true;
      this.#serving--;
      this.#reply(id, outcome);
    };
    try {
      this.options.events.onAsk(this, request, answer);
    } catch (error) {
      this.options.log.error("replication.internal", errorFields(error));
      if (!answered) answer(failed("internal", "internal error"));
    }
  }

  #reply(id: number, outcome: Outcome): void {
    if (!outcome.ok) {
      return this.#send({ type: "fault", id, code: outcome.code, message: outcome.message });
    }
    // Done here, but the answer cannot leave: not `busy`, which would say that nothing was done.
    const lost = (message: string) => this.#send({ type: "fault", id, code: "unavailable", message });
    if (this.#queuedBytes >= LIMITS.linkQueueBytes) return lost("too much waits for the other server");
    const frame = this.#encode({ type: "ok", id, reply: outcome.reply, mark: outcome.mark ?? null });
    if (!frame) return this.#send({ type: "fault", id, code: "internal", message: "internal error" });
    if (frame.sizeBytes > LIMITS.frameBytes) return lost("the answer is too large for the link");
    this.#queue(frame);
  }

  #answer(id: number, outcome: Outcome): void {
    const pending = this.#pending.get(id);
    // Answers that come too late were given up here already.
    if (!pending) return;
    this.#pending.delete(id);
    pending.timer.cancel();
    try {
      pending.answer(outcome);
    } catch (error) {
      this.options.log.error("replication.internal", errorFields(error));
    }
  }

  #send(message: OutgoingMessage): void {
    const frame = this.#encode(message);
    if (frame) this.#queue(frame);
  }

  /** Null for what cannot travel: a bug of ours, not a reason to lose the link. */
  #encode(message: OutgoingMessage): EncodedFrame | null {
    try {
      return encodeFrame(message);
    } catch (error) {
      this.options.log.error("replication.internal", errorFields(error));
      return null;
    }
  }

  #queue(frame: EncodedFrame): void {
    if (this.#ended !== null) return;
    this.#overrunBytes = this.#queuedBytes < LIMITS.linkQueueBytes ? 0 : this.#overrunBytes + frame.sizeBytes;
    this.#batch.push(...frame.pieces);
    this.#batchBytes += frame.sizeBytes;
    if (this.#overrunBytes > LIMITS.linkOverrunBytes) {
      this.options.stream.destroy();
      return this.#end("the other server does not read");
    }
    if (this.#batch.length > frame.pieces.length) return;
    if (this.options.clock.monotonicMs() - this.#flushedMs > PAUSE_MS) queueMicrotask(() => this.#flush());
    else setImmediate(() => this.#flush());
  }

  #flush(): void {
    if (!this.#batch.length) return;
    const pieces = this.#batch;
    this.#batch = [];
    this.#batchBytes = 0;
    this.#flushedMs = this.options.clock.monotonicMs();
    this.options.stream.write(pieces);
  }

  #beatNow(dueMs: number): void {
    const { clock, heartbeatMs } = this.options;
    const now = clock.monotonicMs();
    const quarterMs = heartbeatMs / 4;
    // A clock that fires late was held up together with whatever lies in the socket: look at that first.
    if (now - dueMs > quarterMs) this.#heardMs = Math.max(this.#heardMs, now - heartbeatMs + quarterMs);
    const leftMs = this.#heardMs + heartbeatMs - now;
    if (leftMs <= 0) {
      this.options.stream.destroy();
      return this.#end("silent");
    }
    this.#ping = { id: this.#nextId++, sentMs: now };
    this.#send({ type: "ping", id: this.#ping.id });
    const nextMs = Math.min(quarterMs, leftMs);
    if (this.#ended === null) this.#beat = clock.after(nextMs, () => this.#beatNow(now + nextMs));
  }

  #end(reason: string): void {
    if (this.#ended !== null) return;
    this.#flush();
    this.#ended = reason;
    this.#beat?.cancel();
    this.#batch = [];
    this.options.stream.end();
    // Whoever waited hears of it when the link is known to be down, and can go on without it.
    this.options.events.onDown(this, reason);
    for (const id of [...this.#pending.keys()]) {
      this.#answer(id, failed("unavailable", "the link to the other server went down"));
    }
  }
}
