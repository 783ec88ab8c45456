import type { Configuration } from "../config/schema.ts";
import type { CertificatePair } from "../net/tls.ts";
import { type Log } from "../base/log.ts";

type Handler = (request: Request, info: Deno.ServeHandlerInfo) => Response | Promise<Response>;

/** The HTTP ports. The handler is loaded with the first request: an idle server needs no web framework in memory. */
export interface HttpServers {
  bound(): { address: string; port: number; secure: boolean }[];
  /** Opens the configured ports, anew when the certificate changed. */
  apply(listeners: Configuration["listeners"], certificate: CertificatePair | null): Promise<void>;
  stop(): Promise<void>;
}

/** Serves `loadHandler()`'s result on every configured `http` listener. */
export function httpServers(loadHandler: () => Promise<Handler>, log: Log): HttpServers {
  const open = new Map<string, { server: Deno.HttpServer<Deno.NetAddr>; secure: boolean }>();
  let handler: Promise<Handler> | null = null;
  const handle: Handler = async (request, info) => {
    handler ??= loadHandler();
    return await (await handler)(request, info);
  };
  return {
    bound: () =>
      [...open.values()].map(({ server, secure }) => ({
        address: server.addr.hostname,
        port: server.addr.port,
        secure,
      })),
    async apply(listeners, certificate) {
      const wanted = new Map(
        listeners.filter((l) => l.protocol === "http").map((l, index) => [
          JSON.stringify([
            l.address,
            l.port,
            l.tls,
            l.port === 0 ? index : 0,
            l.tls === "implicit" ? certificate?.cert : "",
          ]),
          l,
        ]),
      );
      for (const [key, { server }] of open) {
        if (wanted.has(key)) continue;
        open.delete(key);
        await server.shutdown();
      }
      for (const [key, { address, port, tls }] of wanted) {
        if (open.has(key)) continue;
        const secure = tls === "implicit";
        const options = {
          hostname: address,
          port,
          onListen: () => {},
          onError: (error: unknown) => failed(error, log),
        };
        const server = secure
          ? Deno.serve({ ...options, ...certificate! }, handle)
          : Deno.serve(options, handle);
        open.set(key, { server: server as Deno.HttpServer<Deno.NetAddr>, secure });
      }
    },
    async stop() {
      await Promise.race([
        Promise.all([...open.values()].map(({ server }) => server.shutdown())),
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
