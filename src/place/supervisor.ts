import { systemClock } from "../base/clock.ts";
import { LIMITS } from "../base/limits.ts";
import type { Log } from "../base/log.ts";
import type { Router } from "./router.ts";
import { socketPort } from "./socket_port.ts";
import { Slack } from "./slack.ts";
import { TRIM_SIGNAL, TRIM_VARIABLE } from "./tidy_memory.ts";
import { placeArguments, placeFolders } from "./table.ts";

/** What a supervisor is made of. */
export interface SupervisorOptions {
  router: Router;
  log: Log;
  /** Absolute path of the data folder. */
  data: string;
  shards: number;
  /** The module that places run; a test may replace one place's by a hostile build. */
  entry: string;
  /** Folder of the code that the login worker is loaded from. */
  code: string;
  /** This server and the other one of its pair, if there is one. */
  node?: { id: string; peer: string | null };
  /** How places write their own log lines. */
  logging?: { level: string; format: string };
  /** For tests: how often places are pinged, how long one may be silent, and a smaller heap. */
  heartbeatMs?: number;
  silenceMs?: number;
  heapMiB?: number;
}

interface Child {
  place: string;
  process: Deno.ChildProcess;
  startedMs: number;
  slack: Slack;
}

/**
 * Starts the places as child processes, each with exactly its rights, and keeps them running: one that exits, runs
 * out of memory or falls silent is replaced; the router rejects what waited on it and sessions live on.
 */
export class Supervisor {
  readonly #children = new Map<string, Child>();
  #stopping = false;
  #restarts = new Map<string, number>();
  #heartbeat: ReturnType<typeof setInterval> | null = null;

  constructor(private readonly options: SupervisorOptions) {}

  /** Places by name. */
  get places(): string[] {
    return ["control", ...Array.from({ length: this.options.shards }, (_, i) => `shard-${i}`)];
  }

  /** Starts every place; resolves when all are connected. */
  async start(): Promise<void> {
    await Promise.all(this.places.map((place) => this.#spawn(place)));
    const { heartbeatMs = LIMITS.heartbeatMs, silenceMs = LIMITS.heartbeatSilenceMs } = this.options;
    let beat = 0;
    this.#heartbeat = setInterval(() => {
      for (const [place, child] of this.#children) {
        const { router, log } = this.options;
        const state = router.state(place);
        if (state && child.slack.isWorthTrimming(state)) trim(child.process);
        router.tell(place, ["ping", ++beat]);
        if (router.silenceMs(place) < silenceMs) continue;
        log.error("place.silent", { place, pid: child.process.pid });
        kill(child.process, "SIGKILL");
      }
    }, heartbeatMs);
    Deno.unrefTimer(this.#heartbeat);
  }

  /** The process ids, for tests and for the health page. */
  pids(): Record<string, number> {
    return Object.fromEntries([...this.#children].map(([place, child]) => [place, child.process.pid]));
  }

  /** Lets every place finish its turns and end; kills what does not within ten seconds. */
  async stop(): Promise<void> {
    this.#stopping = true;
    if (this.#heartbeat !== null) clearInterval(this.#heartbeat);
    for (const place of this.#children.keys()) this.options.router.tell(place, ["stop"]);
    await Promise.all([...this.#children.values()].map(async (child) => {
      const timer = setTimeout(() => kill(child.process, "SIGKILL"), 10_000);
      await child.process.status;
      clearTimeout(timer);
    }));
  }

  async #spawn(place: string): Promise<void> {
    const { data, shards, entry, code, heapMiB, logging, node } = this.options;
    for (const folder of placeFolders(place, shards)) {
      await Deno.mkdir(`${data}/${folder}`, { recursive: true, mode: 0o700 });
    }
    const path = `${data}/run/${place}.sock`;
    await Deno.remove(path).catch(() => {});
    const listener = Deno.listen({ transport: "unix", path });
    const process = new Deno.Command(Deno.execPath(), {
      args: placeArguments(place, { data, shards, entry, socket: path, code, heapMiB, log: logging, node }),
      clearEnv: true,
      env: placeEnvironment(),
      stdin: "null",
      stdout: "inherit",
      stderr: "inherit",
    }).spawn();
    const child = { place, process, startedMs: systemClock.monotonicMs(), slack: new Slack() };
    this.#children.set(place, child);
    const exited = process.status.then((status) => this.#onExit(child, status));
    const socket = await Promise.race([listener.accept(), exited]);
    listener.close();
    if (!socket) return;
    this.options.router.attach(place, socketPort(socket));
    this.options.log.info("place.started", { place, pid: process.pid });
  }

  #onExit(child: Child, status: Deno.CommandStatus): void {
    this.#children.delete(child.place);
    if (this.#stopping) return;
    const lived = systemClock.monotonicMs() - child.startedMs;
    const failures = lived > 60_000 ? 0 : (this.#restarts.get(child.place) ?? 0);
    this.#restarts.set(child.place, failures + 1);
    const delayMs = Math.min(50 * 2 ** failures, 5_000);
    this.options.log.error("place.ended", {
      place: child.place,
      code: status.code,
      signal: status.signal,
      restartMs: delayMs,
    });
    setTimeout(() => void (this.#stopping || this.#spawn(child.place)), delayMs);
  }
}

/**
 * Pages of bodies are large short-lived blocks. Mapped, each would be made of fresh memory, which costs ten times what
 * copying the bodies does: so they come from the heap, of which a burst may leave a good part until it is over.
 */
const ALLOCATOR = {
  MALLOC_MMAP_THRESHOLD_: "2097152",
  MALLOC_TRIM_THRESHOLD_: "33554432",
  MALLOC_ARENA_MAX: "2",
};

/** Where Deno finds its cached packages: all that a place gets to see of the environment, and it cannot read it. */
function placeEnvironment(): Record<string, string> {
  const env: Record<string, string> = { DENO_NO_UPDATE_CHECK: "1", [TRIM_VARIABLE]: "1", ...ALLOCATOR };
  for (const name of ["DENO_DIR", "HOME", "XDG_CACHE_HOME"]) {
    const value = Deno.env.get(name);
    if (value) env[name] = value;
  }
  return env;
}

/** Lets a place give back what its heaps do not need. */
function trim(process: Deno.ChildProcess): void {
  if (Deno.build.os === "linux") kill(process, TRIM_SIGNAL);
}

function kill(process: Deno.ChildProcess, signal: Deno.Signal): void {
  try {
    process.kill(signal);
  } catch {
    // It has ended meanwhile: `status` tells.
  }
}
