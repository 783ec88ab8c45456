import type { Clock, Timer } from "../../src/base/clock.ts";
import { Fault } from "../../src/base/fault.ts";
import type { HashJob, HashResult } from "./hash_job.ts";
import type { HashAnswer } from "./hash_worker.ts";

/** Runs hashing jobs one after another, away from the calling thread. */
export interface Hasher {
  /** Jobs that wait or run. */
  readonly waiting: number;
  /**
   * `admit` is called when the job's turn comes; what it throws refuses the job. Faults: `busy` when too many wait,
   * `unavailable` when the thread fails; SyntaxError for an unsupported hash.
   */
  run(job: HashJob, admit?: () => void): Promise<HashResult>;
  /** Ends the thread. */
  close(): void;
}

/** Jobs that may wait: at 90 ms each the last one is done before an ask times out. */
const QUEUE_LENGTH = 500;
/** The thread ends when nothing was asked for so long: it gives back about 30 MiB. */
const IDLE_MS = 30_000;
/** The longest a job of the highest allowed cost may take. */
const JOB_MS = 30_000;

interface Waiting {
  job: HashJob;
  admit: () => void;
  resolve: (result: HashResult) => void;
  reject: (error: unknown) => void;
}

/** A hasher on a web worker without any permission, started at the first job. `workerUrl` is for bundled builds. */
export function createHasher(clock: Clock, workerUrl?: string | URL): Hasher {
  const url = workerUrl ?? new URL("./hash_worker.ts", import.meta.url);
  const queue: Waiting[] = [];
  let worker: Worker | null = null;
  let running: Waiting | null = null;
  let timer: Timer | null = null;

  const end = () => {
    timer?.cancel();
    worker?.terminate();
    worker = null;
  };
  const settle = (finish: (waiting: Waiting) => void) => {
    const done = running;
    running = null;
    if (done) finish(done);
    next();
  };
  const fail = (message: string) => {
    end();
    settle((waiting) => waiting.reject(new Fault("unavailable", message)));
  };
  const start = (): Worker => {
    const made = startWorker(url);
    made.onmessage = ({ data }: MessageEvent<HashAnswer>) => {
      settle(({ resolve, reject }) => data.ok ? resolve(data.result) : reject(new SyntaxError(data.error)));
    };
    made.onerror = (event) => {
      event.preventDefault(); // otherwise the whole process ends with its worker
      fail(`password hashing failed: ${event.message}`);
    };
    return made;
  };
  const next = () => {
    timer?.cancel();
    while (!running && queue.length) {
      const waiting = queue.shift()!;
      try {
        waiting.admit();
        running = waiting;
      } catch (error) {
        waiting.reject(error);
      }
    }
    if (!running) {
      timer = worker && clock.after(IDLE_MS, end);
      return;
    }
    worker ??= start();
    worker.postMessage(running.job);
    timer = clock.after(JOB_MS, () => fail("password hashing took too long"));
  };

  return {
    get waiting() {
      return queue.length + (running ? 1 : 0);
    },
    run: (job, admit = () => {}) =>
      new Promise((resolve, reject) => {
        if (queue.length >= QUEUE_LENGTH) return reject(new Fault("busy", "too many logins at once"));
        queue.push({ job, admit, resolve, reject });
        if (!running) next();
      }),
    close() {
      for (const { reject } of queue.splice(0)) reject(new Fault("unavailable", "shutting down"));
      running?.reject(new Fault("unavailable", "shutting down"));
      running = null;
      end();
    },
  };
}

/** `deno.permissions` is Deno's own option; it needs `unstable: ["worker-options"]`. */
function startWorker(url: string | URL): Worker {
  return new Worker(url, { type: "module", name: "password-hashing", deno: { permissions: "none" } });
}
