import { makeCertificateAuthority, makeLeaf } from "../../src/net/certificate.ts";
import type { ConfigurationInput } from "../../src/config/schema.ts";
import { freePorts } from "./ports.ts";

/** Ports of a test server. */
export type PortName =
  | "smtp"
  | "submission"
  | "submissions"
  | "lmtp"
  | "imap"
  | "imaps"
  | "pop3"
  | "pop3s"
  | "managesieve"
  | "http";

const LISTENERS: Record<PortName, Omit<ConfigurationInput["listeners"][number], "address" | "port">> = {
  smtp: { protocol: "smtp", tls: "starttls" },
  submission: { protocol: "submission", tls: "starttls" },
  submissions: { protocol: "submission", tls: "implicit" },
  lmtp: { protocol: "lmtp", tls: "none" },
  imap: { protocol: "imap", tls: "starttls" },
  imaps: { protocol: "imap", tls: "implicit" },
  pop3: { protocol: "pop3", tls: "starttls" },
  pop3s: { protocol: "pop3", tls: "implicit" },
  managesieve: { protocol: "managesieve", tls: "starttls" },
  http: { protocol: "http", tls: "none" },
};

const TOKEN = "test-token-0123456789abcdef";

/** What a test wants of its server. */
export interface HarnessOptions {
  /** Laid over the default configuration. */
  configuration?: Partial<ConfigurationInput>;
  /** Changes single listeners. */
  listeners?: Partial<Record<PortName, Partial<ConfigurationInput["listeners"][number]>>>;
  /** Keep this data folder instead of making one. */
  dataDir?: string;
  address?: string;
  /** Runs the server by this command, as `ip netns exec NAME`; its ports are taken to be free there. */
  within?: readonly string[];
  /** Write the log to this file, as an installed server does; `logs()` stays empty. For benchmarks. */
  logFile?: string;
}

/** How `deno task start` runs the server. */
const V8_FLAGS = "--v8-flags=--expose-gc,--max-old-space-size=1024";
const ENVIRONMENT = {
  MALLOC_MMAP_THRESHOLD_: "2097152",
  MALLOC_TRIM_THRESHOLD_: "33554432",
  MALLOC_ARENA_MAX: "2",
  DENO_USR2_MEMORY_TRIM: "1",
};

/** A real server in its own process, on free loopback ports, with a data folder of its own. */
export interface TestServer {
  readonly dataDir: string;
  readonly ports: Record<PortName, number>;
  readonly address: string;
  /** PEM file of the authority that signed the server's certificate (names: localhost, 127.0.0.1, ::1). */
  readonly caFile: string;
  readonly token: string;
  readonly pid: number;
  /** Calls the admin API. */
  api(
    method: string,
    path: string,
    body?: unknown,
  ): Promise<{ status: number; body: Record<string, unknown> }>;
  addDomain(name: string): Promise<void>;
  /** Makes an account (and its domain when missing); the password is `pass-word` unless given. */
  addAccount(address: string, password?: string, settings?: Record<string, unknown>): Promise<void>;
  /** Log lines so far, parsed. */
  logs(): Record<string, unknown>[];
  /** Waits for a log line. */
  waitForLog(
    matches: (line: Record<string, unknown>) => boolean,
    timeoutMs?: number,
  ): Promise<Record<string, unknown>>;
  signal(signal: Deno.Signal): void;
  /** Stops gracefully; the data folder stays until `remove`. */
  stop(): Promise<number>;
  /** kill -9 of main; its places end by themselves. */
  kill(): Promise<void>;
  /** kill -9 of one place; main starts it anew. */
  killPlace(place: string): void;
  /** Starts again on the same ports and data. */
  start(): Promise<void>;
  /** Stops and removes the data folder. */
  remove(): Promise<void>;
}

let certificate: Promise<{ ca: string; cert: string; key: string }> | null = null;

async function makeCertificate() {
  const ca = await makeCertificateAuthority("Mallard test authority");
  const leaf = await makeLeaf(ca, { names: ["localhost"], ips: ["127.0.0.1", "::1"], days: 30 });
  return { ca: ca.cert, cert: leaf.cert, key: leaf.key };
}

/** Starts a server and waits until it is healthy. */
export async function startServer(options: HarnessOptions = {}): Promise<TestServer> {
  const address = options.address ?? "127.0.0.1";
  const dataDir = options.dataDir ?? await Deno.makeTempDir({ prefix: "mallard-" });
  const names = Object.keys(LISTENERS) as PortName[];
  const numbers = freePorts(names.length, options.within ? undefined : address);
  const ports = Object.fromEntries(names.map((name, i) => [name, numbers[i]])) as Record<PortName, number>;
  const { ca, cert, key } = await (certificate ??= makeCertificate());
  await Deno.writeTextFile(`${dataDir}/ca.pem`, ca);
  await Deno.writeTextFile(`${dataDir}/cert.pem`, cert);
  await Deno.writeTextFile(`${dataDir}/key.pem`, key);
  const configuration: ConfigurationInput = {
    hostname: "mx.mallard.test",
    dataDir: `${dataDir}/data`,
    listeners: names.map((name) => ({
      ...LISTENERS[name],
      address,
      port: ports[name],
      ...options.listeners?.[name],
    })),
    tls: { certificates: [{ cert: `${dataDir}/cert.pem`, key: `${dataDir}/key.pem` }] },
    admin: { token: TOKEN },
    ...options.configuration,
  };
  await Deno.writeTextFile(`${dataDir}/config.jsonc`, JSON.stringify(configuration, null, 2));

  const lines: Record<string, unknown>[] = [];
  let child: Deno.ChildProcess | null = null;
  const run = async () => {
    const main = new URL("../../src/main.ts", import.meta.url).pathname;
    const args = ["run", "-A", "--unstable-worker-options", V8_FLAGS, main, "serve"];
    args.push("--config", `${dataDir}/config.jsonc`);
    const quiet = options.logFile !== undefined;
    const line = [...options.within ?? [], Deno.execPath(), ...args];
    if (quiet) line.unshift("sh", "-c", 'exec "$@" >>"$0"', options.logFile!);
    child = new Deno.Command(line[0], {
      args: line.slice(1),
      env: ENVIRONMENT,
      stdout: quiet ? "null" : "piped",
      stderr: "inherit",
      stdin: "null",
    }).spawn();
    if (!quiet) void collect(child.stdout, lines);
    await waitHealthy(child, `http://${host(address)}:${ports.http}/healthz`);
  };
  const end = async (signal: Deno.Signal): Promise<number> => {
    const current = child;
    if (!current) return 0;
    child = null;
    current.kill(signal);
    const status = await current.status;
    return status.code;
  };
  const server: TestServer = {
    dataDir: `${dataDir}/data`,
    ports,
    address,
    caFile: `${dataDir}/ca.pem`,
    token: TOKEN,
    get pid() {
      return child!.pid;
    },
    async api(method, path, body) {
      const response = await fetch(`http://${host(address)}:${ports.http}${path}`, {
        method,
        headers: { authorization: `Bearer ${TOKEN}`, "content-type": "application/json" },
        body: body === undefined ? undefined : JSON.stringify(body),
      });
      const text = await response.text();
      return { status: response.status, body: text.startsWith("{") ? JSON.parse(text) : { text } };
    },
    async addDomain(name) {
      expect(await server.api("POST", "/api/v1/domains", { name }), 201);
    },
    async addAccount(account, password = "pass-word", settings = {}) {
      const domain = account.slice(account.indexOf("@") + 1);
      if ((await server.api("GET", `/api/v1/domains/${domain}`)).status === 404) {
        await server.addDomain(domain);
      }
      expect(await server.api("POST", "/api/v1/accounts", { address: account, password, ...settings }), 201);
    },
    logs: () => lines,
    async waitForLog(matches, timeoutMs = 10_000) {
      const deadline = performance.now() + timeoutMs;
      for (;;) {
        const line = lines.find(matches);
        if (line) return line;
        if (performance.now() > deadline) throw new Error("the awaited log line did not come");
        await sleep(10);
      }
    },
    signal: (signal) => child!.kill(signal),
    stop: () => end("SIGTERM"),
    async kill() {
      await end("SIGKILL");
      await sleep(100);
    },
    killPlace(place) {
      const line = lines.findLast((line) => line.event === "place.started" && line.place === place);
      Deno.kill(line!.pid as number, "SIGKILL");
    },
    start: run,
    async remove() {
      await end("SIGTERM");
      if (!options.dataDir) await Deno.remove(dataDir, { recursive: true });
    },
  };
  await run();
  return server;
}

/** Waits. */
export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function expect(response: { status: number; body: unknown }, status: number): void {
  if (response.status !== status) {
    throw new Error(`admin API: ${response.status} ${JSON.stringify(response.body)}`);
  }
}

function host(address: string): string {
  return address.includes(":") ? `[${address}]` : address;
}

async function collect(stream: ReadableStream<Uint8Array>, lines: Record<string, unknown>[]): Promise<void> {
  let rest = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    const parts = (rest + text).split("\n");
    rest = parts.pop()!;
    for (const part of parts) {
      try {
        lines.push(JSON.parse(part));
      } catch {
        lines.push({ event: "text", text: part });
      }
    }
  }
}

async function waitHealthy(child: Deno.ChildProcess, url: string): Promise<void> {
  let ended: Deno.CommandStatus | null = null;
  void child.status.then((status) => ended = status);
  for (let i = 0; i < 600; i++) {
    if (ended) throw new Error(`the server ended with ${(ended as Deno.CommandStatus).code}`);
    try {
      const response = await fetch(url);
      await response.body?.cancel();
      if (response.ok) return;
    } catch {
      // Not listening yet.
    }
    await sleep(50);
  }
  child.kill("SIGKILL");
  throw new Error("the server did not become healthy in 30 s");
}
