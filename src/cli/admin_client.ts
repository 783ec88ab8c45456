import { join } from "node:path";
import { CommandFailure, type Input, type Io } from "./command.ts";

/** The admin API of a running server. Failures are CommandFailure with the server's own words. */
export interface AdminClient {
  get<T>(path: string): Promise<T>;
  post<T>(path: string, body?: unknown): Promise<T>;
  patch<T>(path: string, body: unknown): Promise<T>;
  put<T>(path: string, body: unknown): Promise<T>;
  /** Answers what the server said, if anything. */
  delete<T = void>(path: string): Promise<T>;
  /** Octets, of a message for example. */
  getBytes(path: string): Promise<Uint8Array>;
  /** Sends a message; a repeat under the same key changes nothing. */
  postMessage<T>(path: string, raw: Uint8Array, key: string): Promise<T>;
  /** Every item of a paged list. */
  list<T>(path: string): Promise<T[]>;
}

/** A page of the admin API. */
interface ApiPage {
  items: unknown[];
  next?: string | null;
}

/** The admin API refused: `code` is from the one list of failures. */
export class ApiRefusal extends CommandFailure {
  constructor(readonly status: number, readonly code: string | undefined, message: string) {
    super(message);
  }
}

/** How long one request may take, in milliseconds. */
const REQUEST_TIMEOUT_MS = 60_000;
/** Pages of one list; far beyond any installation, so that a faulty server can't keep us forever. */
const MOST_PAGES = 100_000;

/** Connects by `--url` and `--token`, the environment, or what the server left in its data folder. */
export async function openAdminClient(input: Input, io: Io): Promise<AdminClient> {
  const { url, client } = await reachServer(input, io);
  const token = input.option("token") ?? io.environment.MALLARD_TOKEN ?? io.environment.MALLARD_ADMIN_TOKEN ??
    await tokenFrom(dataFolder(input, io), io);
  return adminClient(url, token, client);
}

/** Where a server is, without a slash at the end, and how to get there when not by a plain connection. */
export interface Reached {
  url: string;
  client?: Deno.HttpClient;
}

/**
 * `--url`, the environment, or what the server wrote down: its port in clear text, else its socket in the data folder,
 * which needs neither its name nor its certificate.
 */
export async function reachServer(input: Input, io: Io): Promise<Reached> {
  const url = input.option("url") ?? io.environment.MALLARD_URL;
  const ca = input.option("ca");
  if (url !== undefined) {
    const client = ca === undefined ? undefined : Deno.createHttpClient({ caCerts: [await io.readFile(ca)] });
    return { url: url.replace(/\/+$/, ""), client };
  }
  const data = dataFolder(input, io);
  const known = await writtenDown(data, io);
  if (known.url?.startsWith("http:")) return { url: known.url };
  if (known.socket === undefined) {
    throw new CommandFailure(`${join(data, "run", "http.json")} names no server`);
  }
  const client = Deno.createHttpClient({ proxy: { transport: "unix", path: known.socket } });
  return { url: "http://localhost", client };
}

function dataFolder(input: Input, io: Io): string {
  return input.option("data") ?? io.environment.MALLARD_DATADIR ?? io.environment.MALLARD_DATA_DIR ?? "data";
}

/** What a running server calls itself; undefined where none runs on the data folder. */
export async function serverHostname(input: Input, io: Io): Promise<string | undefined> {
  return (await writtenDown(dataFolder(input, io), io).catch(() => undefined))?.hostname;
}

/** What the server wrote down about itself when it opened its ports. */
async function writtenDown(
  data: string,
  io: Io,
): Promise<{ url?: string; socket?: string; hostname?: string }> {
  const file = join(data, "run", "http.json");
  const text = await io.readFile(file).catch(() => {
    throw new CommandFailure(`no server runs on ${data} (${file} is not there); give --data or --url`);
  });
  const value: unknown = JSON.parse(text);
  const fields = new Map(typeof value === "object" && value ? Object.entries(value) : []);
  const field = (name: string) =>
    typeof fields.get(name) === "string" ? fields.get(name) as string : undefined;
  return { url: field("url"), socket: field("socket"), hostname: field("hostname") };
}

async function tokenFrom(data: string, io: Io): Promise<string> {
  const file = join(data, "admin-token");
  const text = await io.readFile(file).catch((error: Error) => {
    throw new CommandFailure(`cannot read ${file}: ${error.message}; give --token`);
  });
  return text.trim();
}

/** A client of one server. */
function adminClient(url: string, token: string, client?: Deno.HttpClient): AdminClient {
  const base = url + "/api/v1";
  const send = async (
    method: string,
    path: string,
    body?: BodyInit,
    more: Record<string, string> = {},
  ): Promise<Response> => {
    const init: RequestInit & { client?: Deno.HttpClient } = {
      method,
      headers: { authorization: `Bearer ${token}`, accept: "application/json, */*", ...more },
      body,
      signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
    };
    if (client) init.client = client;
    const response = await fetch(base + path, init).catch((error: Error) => {
      throw new CommandFailure(`cannot reach ${url}: ${reasonOf(error)}`);
    });
    if (!response.ok) throw refusal(response.status, await response.text());
    return response;
  };
  const ask = async (method: string, path: string, body?: unknown): Promise<unknown> => {
    const response = body === undefined
      ? await send(method, path)
      : await send(method, path, JSON.stringify(body), { "content-type": "application/json" });
    const text = await response.text();
    return text === "" ? undefined : JSON.parse(text);
  };
  return {
    // The server's own OpenAPI description states these shapes; both are built from one source.
    get: <T>(path: string) => ask("GET", path) as Promise<T>,
    post: <T>(path: string, body: unknown = {}) => ask("POST", path, body) as Promise<T>,
    patch: <T>(path: string, body: unknown) => ask("PATCH", path, body) as Promise<T>,
    put: <T>(path: string, body: unknown) => ask("PUT", path, body) as Promise<T>,
    delete: <T>(path: string) => ask("DELETE", path) as Promise<T>,
    getBytes: async (path) => new Uint8Array(await (await send("GET", path)).arrayBuffer()),
    async postMessage<T>(path: string, raw: Uint8Array, key: string) {
      const headers = { "content-type": "message/rfc822", "idempotency-key": key };
      return await (await send("POST", path, raw as Uint8Array<ArrayBuffer>, headers)).json() as T;
    },
    async list<T>(path: string) {
      const items: unknown[] = [];
      let after = "";
      for (let page = 0; page < MOST_PAGES; page++) {
        const mark = path.includes("?") ? "&" : "?";
        const query = `${mark}limit=500` + (after && `&after=${encodeURIComponent(after)}`);
        const reply = await ask("GET", path + query) as ApiPage;
        items.push(...reply.items);
        if (!reply.next) break;
        after = reply.next;
      }
      return items as T[];
    },
  };
}

/** Why a connection failed: the cause says what "fetch failed" does not. */
export function reasonOf(error: Error): string {
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
}

/** The server's words of a problem document (RFC 9457), or the status when it sent none. */
function refusal(status: number, text: string): ApiRefusal {
  try {
    const problem: { title?: string; detail?: string; code?: string } = JSON.parse(text);
    const words = problem.detail ?? problem.title ?? `the server answered ${status}`;
    return new ApiRefusal(status, problem.code, problem.code ? `${words} (${problem.code})` : words);
  } catch {
    return new ApiRefusal(status, undefined, `the server answered ${status}`);
  }
}
