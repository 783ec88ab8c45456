import { createServer, type Server } from "node:https";
import type { IncomingMessage, ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { TlsContexts } from "../net/connection.ts";
import type { CertificatePair } from "../net/tls.ts";

/** Answers one request. */
export type Answer = (request: Request) => Promise<Response>;

/** One HTTPS port. Certificates are chosen by server name, each time anew: a reload needs no new listener. */
export interface HttpsServer {
  readonly address: string;
  readonly port: number;
  /** Takes no new requests and lets those under way finish. */
  shutdown(): Promise<void>;
}

/** Where an HTTPS port listens, and with which certificates. */
export interface HttpsOptions {
  hostname: string;
  port: number;
  /** For clients that name no server. */
  first: CertificatePair;
  contexts: TlsContexts;
}

/** Opens an HTTPS port. Rejects when it cannot be bound. */
export async function serveHttps(options: HttpsOptions, answer: Answer): Promise<HttpsServer> {
  const settings = {
    ...options.first,
    minVersion: "TLSv1.2" as const,
    SNICallback: (
      name: string,
      done: (error: Error | null, context?: ReturnType<TlsContexts["select"]>) => void,
    ) => done(null, options.contexts.select(name)),
  };
  const server = createServer(settings, (incoming, outgoing) => void respond(incoming, outgoing, answer));
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host: options.hostname, port: options.port }, resolve);
  });
  server.on("clientError", (_error, socket) => socket.destroy());
  const bound = server.address();
  const { address, port } = typeof bound === "object" && bound
    ? bound
    : { address: options.hostname, port: options.port };
  return { address, port, shutdown: () => shutdown(server) };
}

function shutdown(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeIdleConnections();
  });
}

async function respond(incoming: IncomingMessage, outgoing: ServerResponse, answer: Answer): Promise<void> {
  const gone = new AbortController();
  outgoing.once("close", () => gone.abort());
  try {
    const response = await answer(toRequest(incoming, gone.signal));
    outgoing.statusCode = response.status;
    for (const [name, value] of response.headers) outgoing.appendHeader(name, value);
    if (!response.body) return void outgoing.end();
    // The two stream types describe the same thing; Node's is declared apart from the standard one.
    await pipeline(Readable.fromWeb(response.body as Parameters<typeof Readable.fromWeb>[0]), outgoing);
  } catch {
    // The client has gone, or its request makes no sense: nobody is left to be told.
    outgoing.destroy();
  }
}

function toRequest(incoming: IncomingMessage, signal: AbortSignal): Request {
  const headers = new Headers();
  for (let i = 0; i < incoming.rawHeaders.length; i += 2) {
    headers.append(incoming.rawHeaders[i], incoming.rawHeaders[i + 1]);
  }
  const method = incoming.method ?? "GET";
  const hasBody = method !== "GET" && method !== "HEAD";
  const url = new URL(incoming.url ?? "/", `https://${incoming.headers.host ?? "localhost"}`);
  const body = hasBody ? Readable.toWeb(incoming) as ReadableStream<Uint8Array<ArrayBuffer>> : undefined;
  return new Request(url, { method, headers, body, signal });
}
