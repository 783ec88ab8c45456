import { createServer, type Socket } from "node:net";
import { LIMITS } from "../base/limits.ts";
import { errorFields, type Log } from "../base/log.ts";
import type { Metrics } from "../base/metrics.ts";
import { type Connection, ConnectionClosed, type TlsContexts } from "./connection.ts";
import { Deadlines, SocketConnection } from "./socket_connection.ts";

/** One listening port. */
export interface ListenerOptions {
  address: string;
  port: number;
  /** `implicit` speaks TLS from the first byte. */
  implicitTls: boolean;
  tls: TlsContexts | null;
  /** Shown in metrics and logs: `imap`, `smtp` … */
  protocol: string;
  /** Names a new session. */
  newSessionId: () => string;
  log: Log;
  metrics: Metrics;
  /** Runs a session; the listener closes the connection when it returns. */
  serve: (connection: Connection) => Promise<void>;
  /** What to say before closing when there are too many connections; empty says nothing. */
  busyGreeting: string;
  counts: ConnectionCounts;
}

/** Connections of the whole server and by address, shared by all listeners. */
export class ConnectionCounts {
  #total = 0;
  readonly #byAddress = new Map<string, number>();

  /** Takes a place for a connection; false when there is none left. */
  enter(address: string): boolean {
    const count = this.#byAddress.get(address) ?? 0;
    if (this.#total >= LIMITS.connections || count >= LIMITS.connectionsPerAddress) return false;
    this.#total++;
    this.#byAddress.set(address, count + 1);
    return true;
  }

  leave(address: string): void {
    this.#total--;
    const count = this.#byAddress.get(address)! - 1;
    if (count) this.#byAddress.set(address, count);
    else this.#byAddress.delete(address);
  }
}

/** An open port with its sessions. */
export interface Listener {
  readonly port: number;
  readonly sessions: ReadonlySet<Connection>;
  /** Takes no new connections; open sessions go on. */
  stop(): void;
}

const deadlines = new Deadlines();

/** Opens a port. Rejects when it cannot be bound. */
export async function listen(options: ListenerOptions): Promise<Listener> {
  const sessions = new Set<Connection>();
  // A client that has sent all it will (`nc -N`, a script) still wants its answers: our end closes with the session.
  const server = createServer({ pauseOnConnect: true, allowHalfOpen: true }, (socket) => {
    const address = socket.remoteAddress ?? "";
    if (!options.counts.enter(address)) return refuse(socket, options);
    socket.setNoDelay(true);
    const connection = new SocketConnection(options.newSessionId(), socket, options.tls, deadlines);
    sessions.add(connection);
    options.metrics.count("connections", { protocol: options.protocol });
    run(connection, options)
      .catch((error) =>
        options.log.error("session.internal", { session: connection.id, ...errorFields(error) })
      )
      .then(() => connection.close())
      .catch(() => connection.destroy())
      .finally(() => {
        sessions.delete(connection);
        options.counts.leave(address);
      });
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host: options.address, port: options.port, backlog: 1024 }, () => {
      server.off("error", reject);
      resolve();
    });
  });
  server.on(
    "error",
    (error: Error) =>
      options.log.error("listener.error", { protocol: options.protocol, ...errorFields(error) }),
  );
  const bound = server.address();
  const port = typeof bound === "object" && bound ? bound.port : options.port;
  return { port, sessions, stop: () => void server.close() };
}

async function run(connection: SocketConnection, options: ListenerOptions): Promise<void> {
  if (options.implicitTls) {
    try {
      await connection.startTls();
    } catch (error) {
      if (!(error instanceof ConnectionClosed)) throw error;
      // A client that speaks clear text here (it means STARTTLS) shows up as a corrupt TLS record.
      const clear = error.message.includes("InvalidContentType");
      const reason = clear ? "the client speaks clear text on a TLS port" : error.message;
      options.log.info("tls.handshake", {
        protocol: options.protocol,
        session: connection.id,
        ip: connection.remote.address,
        reason,
      });
      options.metrics.count("tls_handshake_failures", { protocol: options.protocol });
      return connection.destroy();
    }
  }
  await options.serve(connection);
}

function refuse(socket: Socket, options: ListenerOptions): void {
  options.log.info("connection.refused", {
    protocol: options.protocol,
    ip: socket.remoteAddress,
    reason: "too many",
  });
  options.metrics.count("connections_refused", { protocol: options.protocol });
  socket.on("error", () => {});
  socket.end(options.implicitTls ? "" : options.busyGreeting, () => socket.destroy());
}
