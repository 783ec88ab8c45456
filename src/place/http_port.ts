import { createServer as createClear, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createSecure } from "node:https";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { TlsContexts } from "../net/connection.ts";
import type { CertificatePair } from "../net/tls.ts";

/** Answers one request. */
export type Answer = (request: Request) => Promise<Response>;

/** One HTTP or HTTPS port. */
export interface HttpPort {
  readonly address: string;
  readonly port: number;
  /** Takes no new requests and lets those under way finish. */
  shutdown(): Promise<void>;
}

/** Where a port listens, and with which certificates. */
export interface HttpPortOptions {
  hostname: string;
  port: number;
  /**
   * Null speaks clear text. `first` is for clients that name no server; others choose by name, each time anew, so that a
   * reload needs no new listener.
   */
  tls: { first: CertificatePair; contexts: TlsContexts } | null;
}

/** A client has so long for the lines of its request, and so long for all of it. */
const HEADERS_MS = 30_000;
const REQUEST_MS = 300_000;
/** How often that is looked at. */
const LOOK_MS = 5_000;
const TIMEOUTS = {
  headersTimeout: HEADERS_MS,
  requestTimeout: REQUEST_MS,
  connectionsCheckingInterval: LOOK_MS,
};
/** What is under way when a port closes may take so long. */
const GRACE_MS = 1_000;
/** What is read of a request that was refused already, and for how long. */
const PASSED_OVER_BYTES = 16 * 1024 * 1024;
const PASSED_OVER_MS = 3_000;
/** Connections of one port at once, beside those of mail. */
const CONNECTIONS = 2_000;

/** A socket in the file system for programs of the same user. Rejects when it cannot be made. */
export async function openHttpSocket(path: string, answer: Answer): Promise<Pick<HttpPort, "shutdown">> {
  await Deno.remove(path).catch(() => {}); // of a run that was killed
  const server = createClear(
    TIMEOUTS,
    (incoming: IncomingMessage, outgoing: ServerResponse) => void respond(incoming, outgoing, "http", answer),
  );
  server.maxConnections = CONNECTIONS;
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen({ path }, resolve);
  });
  await Deno.chmod(path, 0o600);
  return { shutdown: () => shutdown(server) };
}

/** Opens a port. Rejects when it cannot be bound. */
export async function openHttpPort(options: HttpPortOptions, answer: Answer): Promise<HttpPort> {
  const serve = (incoming: IncomingMessage, outgoing: ServerResponse) =>
    void respond(incoming, outgoing, options.tls ? "https" : "http", answer);
  const server = options.tls
    ? createSecure({ ...secureOptions(options.tls), ...TIMEOUTS }, serve)
    : createClear(TIMEOUTS, serve);
  server.maxConnections = CONNECTIONS;
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host: options.hostname, port: options.port }, resolve);
  });
  const bound = server.address();
  const { address, port } = typeof bound === "object" && bound
    ? bound
    : { address: options.hostname, port: options.port };
  return { address, port, shutdown: () => shutdown(server) };
}

function secureOptions({ first, contexts }: NonNullable<HttpPortOptions["tls"]>) {
  type Done = (error: Error | null, context?: ReturnType<TlsContexts["select"]>) => void;
  return {
    ...first,
    minVersion: "TLSv1.2" as const,
    SNICallback: (name: string, done: Done) => done(null, contexts.select(name)),
  };
}

function shutdown(server: ReturnType<typeof createClear> | ReturnType<typeof createSecure>): Promise<void> {
  return new Promise((resolve) => {
    const cut = setTimeout(() => server.closeAllConnections(), GRACE_MS);
    server.close(() => {
      clearTimeout(cut);
      resolve();
    });
    server.closeIdleConnections();
  });
}

async function respond(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  scheme: string,
  answer: Answer,
): Promise<void> {
  const gone = new AbortController();
  outgoing.once("close", () => gone.abort());
  try {
    const request = toRequest(incoming, scheme, gone.signal);
    const response = await answer(request);
    await passOver(request);
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

/**
 * Reads the rest of a request that was refused unread, within bounds: many clients look for the answer only when they
 * have sent everything, and would find a reset instead of it.
 */
async function passOver({ body, bodyUsed }: Request): Promise<void> {
  if (!body || bodyUsed || body.locked) return;
  const reader = body.getReader();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<null>((resolve) => timer = setTimeout(() => resolve(null), PASSED_OVER_MS));
  for (let left = PASSED_OVER_BYTES; left > 0;) {
    const piece = await Promise.race([reader.read(), late]);
    if (!piece?.value) break;
    left -= piece.value.length;
  }
  clearTimeout(timer);
}

function toRequest(incoming: IncomingMessage, scheme: string, signal: AbortSignal): Request {
  const headers = new Headers();
  for (let i = 0; i < incoming.rawHeaders.length; i += 2) {
    headers.append(incoming.rawHeaders[i], incoming.rawHeaders[i + 1]);
  }
  const method = incoming.method ?? "GET";
  const hasBody = method !== "GET" && method !== "HEAD";
  const url = new URL(incoming.url ?? "/", `${scheme}://${incoming.headers.host ?? "localhost"}`);
  const body = hasBody ? Readable.toWeb(incoming) as ReadableStream<Uint8Array<ArrayBuffer>> : undefined;
  return new Request(url, { method, headers, body, signal });
}
