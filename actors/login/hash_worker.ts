import { type HashJob, type HashResult, runHashJob } from "./hash_job.ts";

/** What the worker answers to each job. */
export type HashAnswer = { ok: true; result: HashResult } | { ok: false; error: string };

/** The two members of a worker's global scope that are used; the program is type-checked without that library. */
interface WorkerScope {
  onmessage: ((event: MessageEvent<HashJob>) => void) | null;
  postMessage(answer: HashAnswer): void;
  /** There when the process was started with `--expose-gc`. */
  gc?: () => void;
}

const scope = globalThis as unknown as WorkerScope;

scope.onmessage = (event) => {
  runHashJob(event.data).then(
    (result) => scope.postMessage({ ok: true, result }),
    (error: unknown) => scope.postMessage({ ok: false, error: String(error) }),
  ).finally(() => scope.gc?.());
};
