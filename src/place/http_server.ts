import type { Log } from "../base/log.ts";
import type { Configuration } from "../config/schema.ts";
import type { Certificates } from "./certificates.ts";
import { type Answer, type HttpPort, openHttpPort, openHttpSocket } from "./http_port.ts";

type Handler = (request: Request) => Response | Promise<Response>;

/** The HTTP ports. The handler is loaded with the first request: an idle server needs no web framework in memory. */
export interface HttpServers {
  bound(): { address: string; port: number; secure: boolean }[];
  /** Opens what is configured and not open, closes what is open and no longer configured. */
  apply(listeners: Configuration["listeners"], certificates: Certificates | null): Promise<void>;
  /** Serves on a socket in the file system, too: the command line needs no port, name or certificate then. */
  openSocket(path: string): Promise<void>;
  stop(): Promise<void>;
}

interface Port extends HttpPort {
  secure: boolean;
}

/** Serves `loadHandler()`'s result on every configured `http` listener. */
export function httpServers(loadHandler: () => Promise<Handler>, log: Log): HttpServers {
  const open = new Map<string, Port>();
  let socket: Pick<HttpPort, "shutdown"> | null = null;
  let handler: Promise<Handler> | null = null;
  const answer: Answer = async (request) => {
    try {
      handler ??= loadHandler();
      return await (await handler)(request);
    } catch (error) {
      return failed(error, log);
    }
  };
  const listen = async (
    { address, port, tls }: Configuration["listeners"][number],
    certificates: Certificates | null,
  ): Promise<Port> => {
    const secure = tls === "implicit";
    // The configuration was checked: a port with TLS has certificates.
    const chosen = secure ? { first: certificates!.first(), contexts: certificates!.contexts } : null;
    return { ...await openHttpPort({ hostname: address, port, tls: chosen }, answer), secure };
  };
  return {
    bound: () => [...open.values()].map(({ address, port, secure }) => ({ address, port, secure })),
    async apply(listeners, certificates) {
      const wanted = new Map(
        listeners.filter((l) => l.protocol === "http").map((l, index) => [
          JSON.stringify([l.address, l.port, l.tls, l.port === 0 ? index : 0]),
          l,
        ]),
      );
      for (const [key, port] of open) {
        if (wanted.has(key)) continue;
        open.delete(key);
        await port.shutdown();
      }
      for (const [key, listener] of wanted) {
        if (!open.has(key)) open.set(key, await listen(listener, certificates));
      }
    },
    async openSocket(path) {
      socket = await openHttpSocket(path, answer);
    },
    async stop() {
      await Promise.race([
        Promise.all([...open.values(), ...socket ? [socket] : []].map((port) => port.shutdown())),
        new Promise((resolve) => setTimeout(resolve, 2_000)),
      ]);
    },
  };
}

function failed(error: unknown, log: Log): Response {
  log.error("http.internal", {
    error: String((error as Error)?.message ?? error),
    stack: (error as Error)?.stack,
  });
  return new Response("internal error\n", { status: 500 });
}
