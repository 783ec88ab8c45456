import { connect, type TLSSocket } from "node:tls";
import type { Clock, Timer } from "../base/clock.ts";
import type { Random } from "../base/id.ts";
import { LIMITS } from "../base/limits.ts";
import type { Log } from "../base/log.ts";
import type { Admission } from "./peer_acceptor.ts";
import { type ByteStream, socketStream } from "./byte_stream.ts";
import { NOT_ACCEPTED, type PeerCheck } from "./peer_certificate.ts";
import type { Refusals } from "./refusals.ts";

/** What a dialer is made of. PEM texts. */
export interface DialerOptions {
  peer: { id: string; address: string; port: number };
  ca: string;
  cert: string;
  key: string;
  check: PeerCheck;
  clock: Clock;
  random: Random;
  log: Log;
  refusals: Refusals;
  /** The server's certificate was proved; see `AcceptorOptions.onConnection`. */
  onConnection: (stream: ByteStream, admit: Admission) => void;
}

/** Calls the peer whenever there is no link. */
export interface Dialer {
  start(): void;
  /** The link that came of the last call is down. */
  redial(): void;
  /** Calls no more; resolves when the last connection is closed. */
  stop(): Promise<void>;
}

/** A dialer at rest. Pauses between calls grow up to a bound and start anew after a link that lived so long. */
export function createDialer(options: DialerOptions): Dialer {
  const { clock, peer } = options;
  let failures = 0;
  let linkedMs: number | null = null;
  let timer: Timer | null = null;
  let stopped = false;
  let told = "";
  let closed: Promise<void> = Promise.resolve();
  let cancel = () => {};

  const again = () => {
    if (stopped) return;
    const longest = Math.min(LIMITS.linkDialMostMs, LIMITS.linkDialMs * 2 ** Math.min(failures++, 16));
    // Between half of it and all of it, so that two servers that were cut off together do not stay in step.
    const pause = longest * (0.5 + options.random.bytes(1)[0] / 510);
    timer = clock.after(pause, dial);
  };
  const dial = () => {
    if (stopped) return;
    cancel = call(options, {
      onSocket: (socket) => void (closed = new Promise((resolve) => socket.once("close", () => resolve()))),
      onLinked() {
        linkedMs = clock.monotonicMs();
        told = "";
      },
      onRefused(reason) {
        options.refusals(peer.address, reason);
        again();
      },
      onUnreachable(reason) {
        if (!stopped && reason !== told) {
          options.log.warn("replication.unreachable", { peer: peer.id, ip: peer.address, reason });
        }
        told = reason;
        again();
      },
    });
  };
  return {
    start: dial,
    redial() {
      if (linkedMs !== null && clock.monotonicMs() - linkedMs >= LIMITS.linkDialMostMs) failures = 0;
      linkedMs = null;
      again();
    },
    stop() {
      stopped = true;
      timer?.cancel();
      cancel();
      return closed;
    },
  };
}

/** How one call ends. */
interface CallEvents {
  onSocket(socket: TLSSocket): void;
  onLinked(): void;
  /** Somebody answers who is not the peer, or not ready. */
  onRefused(reason: string): void;
  /** Nobody answers. */
  onUnreachable(reason: string): void;
}

/** One call; the answer cancels it unless it has become the link. */
function call(options: DialerOptions, events: CallEvents): () => void {
  const { peer, clock } = options;
  let settled = false;
  let reached = false;
  const settle = (run: () => void) => {
    if (settled) return;
    settled = true;
    timer.cancel();
    run();
  };
  const fail = (reason: string) => {
    settle(() => reached ? events.onRefused(reason) : events.onUnreachable(reason));
  };
  const giveUp = () => {
    fail("it took too long");
    socket.destroy();
  };
  let timer = clock.after(LIMITS.linkConnectMs, giveUp);
  const socket = connect({
    host: peer.address,
    port: peer.port,
    // The certificate is for the node, wherever it lives.
    servername: peer.id,
    ca: options.ca,
    cert: options.cert,
    key: options.key,
    minVersion: "TLSv1.2",
    rejectUnauthorized: true,
    checkServerIdentity(_, certificate) {
      const problem = options.check(certificate.raw);
      return problem === null ? undefined : new Error(problem);
    },
  });
  events.onSocket(socket);
  socket.setNoDelay(true);
  socket.on("connect", () => {
    reached = true;
    timer.cancel();
    if (!settled) timer = clock.after(LIMITS.linkHandshakeMs, giveUp);
  });
  socket.on("error", (error: Error) => fail(problemOf(error)));
  socket.on("close", () => fail("it closed the connection"));
  socket.on("secureConnect", () => {
    const stream = socketStream(socket, clock);
    // Once more, because a resumed session asks nobody.
    const problem = socket.authorized ? options.check(socket.getPeerCertificate()?.raw) : NOT_ACCEPTED;
    if (problem !== null) {
      fail(problem);
      return socket.destroy();
    }
    options.onConnection(stream, {
      done: () => settle(events.onLinked),
      refused: fail,
    });
  });
  return () => {
    if (!settled) socket.destroy();
    settled = true;
    timer.cancel();
  };
}

function problemOf(error: Error): string {
  if (error.message === "unable to verify the first certificate") {
    return NOT_ACCEPTED;
  }
  return error.message;
}
