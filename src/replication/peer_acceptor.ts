import { createServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer, type TLSSocket } from "node:tls";
import type { Clock, Timer } from "../base/clock.ts";
import { LIMITS } from "../base/limits.ts";
import { errorFields, type Log } from "../base/log.ts";
import { type ByteStream, socketStream } from "./byte_stream.ts";
import { NOT_ACCEPTED, type PeerCheck } from "./peer_certificate.ts";
import type { Refusals } from "./refusals.ts";

const WENT_AWAY = "it went away in the handshake";

/** What an acceptor is made of. PEM texts. */
export interface AcceptorOptions {
  listen: { address: string; port: number };
  ca: string;
  cert: string;
  key: string;
  check: PeerCheck;
  clock: Clock;
  log: Log;
  refusals: Refusals;
  /** The peer's certificate was proved; `admit.done` once it has introduced itself, `admit.refused` when it has not. */
  onConnection: (stream: ByteStream, admit: Admission) => void;
}

/** How the introduction of a connection ended. */
export interface Admission {
  done(): void;
  refused(reason: string): void;
}

/** An open port for the peer. */
export interface Acceptor {
  readonly port: number;
  /** Closes the port and every connection that is not a link; resolves when no connection is left. */
  stop(): Promise<void>;
}

/** A connection that is not the link yet. */
interface Stranger {
  socket: Socket;
  address: string;
  timer: Timer;
  refuse: (reason: string) => void;
}

/**
 * Listens for the peer. Anybody else is refused without effect: each connection has a few seconds to prove who it is,
 * and there are only so many at a time that have not.
 */
export async function acceptPeer(options: AcceptorOptions): Promise<Acceptor> {
  const strangers = new Set<Stranger>();
  const server = createServer({ noDelay: true }, (socket) => {
    if (strangers.size >= LIMITS.linkHalfOpen) crowdedOut(strangers).refuse("too many connections");
    meet(socket, strangers, options);
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host: options.listen.address, port: options.listen.port }, () => {
      server.off("error", reject);
      resolve();
    });
  });
  server.on("error", (error: Error) => options.log.error("replication.internal", errorFields(error)));
  return {
    port: boundPort(server),
    stop() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const stranger of [...strangers]) stranger.refuse("this server is stopping");
      return closed;
    },
  };
}

/** The oldest of the address that has most: one address cannot keep the peer out. */
function crowdedOut(strangers: ReadonlySet<Stranger>): Stranger {
  const counts = new Map<string, number>();
  for (const { address } of strangers) counts.set(address, (counts.get(address) ?? 0) + 1);
  const most = Math.max(...counts.values());
  return [...strangers].find(({ address }) => counts.get(address) === most)!;
}

/** TLS, then the certificate, then the introduction. */
function meet(socket: Socket, strangers: Set<Stranger>, options: AcceptorOptions): void {
  const address = socket.remoteAddress ?? "";
  const leave = () => {
    stranger.timer.cancel();
    return strangers.delete(stranger);
  };
  const stranger: Stranger = {
    socket,
    address,
    timer: options.clock.after(LIMITS.linkHandshakeMs, () => stranger.refuse("it took too long")),
    refuse(reason) {
      if (!leave()) return;
      options.refusals(address, reason);
      socket.destroy();
    },
  };
  strangers.add(stranger);
  // The TLS server of Deno tells about a failed handshake without saying whose it was, so each connection has its own.
  const tls = createTlsServer({
    ca: options.ca,
    cert: options.cert,
    key: options.key,
    minVersion: "TLSv1.2",
    requestCert: true,
    rejectUnauthorized: true,
  });
  tls.on("tlsClientError", (error: Error, failed: TLSSocket) => {
    stranger.refuse(handshakeProblem(error, failed));
  });
  tls.on("secureConnection", (secure: TLSSocket) => {
    const stream = socketStream(secure, options.clock);
    const problem = secure.authorized ? options.check(secure.getPeerCertificate()?.raw) : NOT_ACCEPTED;
    if (problem !== null) return stranger.refuse(problem);
    options.onConnection(stream, {
      done: () => void leave(),
      // What was wrong is still on its way to the other side: the stream ends by itself.
      refused: (reason) => void (leave() && options.refusals(address, reason)),
    });
  });
  socket.on("error", (error: Error) => stranger.refuse(error.message));
  // The reason, if there is a better one, comes right behind the close.
  socket.on("close", () => setImmediate(() => stranger.refuse(WENT_AWAY)));
  tls.emit("connection", socket);
}

function handshakeProblem(error: Error, socket: TLSSocket): string {
  if (socket.authorizationError) return NOT_ACCEPTED;
  if (error.message.includes("no certificates")) return "it shows no certificate";
  if (error.message.includes("InvalidContentType")) return "it does not speak TLS";
  if (error.message === "socket hang up") return WENT_AWAY;
  return `TLS: ${error.message}`;
}

function boundPort(server: Server): number {
  const bound = server.address();
  return typeof bound === "object" && bound ? bound.port : 0;
}
