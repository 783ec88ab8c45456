/** Runs the steps of a check one after the other and counts what passed. */

/** One step: a command. Test runs are counted by their tests, everything else as one. */
export interface Step {
  name: string;
  args: string[];
  /** Count its tests from the summary of `deno test`. */
  tests?: boolean;
  timeoutMs?: number;
}

/** What a step or all of them came to. */
export interface Tally {
  passed: number;
  failed: number;
  ignored: number;
}

const DEFAULT_TIMEOUT_MS = 6 * 60_000;

/** The last summary in the output of `deno test`; null when there is none. */
export function readSummary(output: string): Tally | null {
  const plain = output.replace(/\x1b\[[0-9;]*m/g, "");
  const lines = [...plain.matchAll(/^(?:ok|FAILED) \| (\d+) passed(?: \([^)]*\))? \| (\d+) failed(.*)$/gm)];
  const last = lines.at(-1);
  if (!last) return null;
  return {
    passed: Number(last[1]),
    failed: Number(last[2]),
    ignored: Number(/(\d+) ignored/.exec(last[3])?.[1] ?? 0),
  };
}

/** Runs every step, whatever the others came to; one line tells how each went. `quiet`: shows only output of failures. */
export async function runSteps(steps: readonly Step[], quiet = false): Promise<Tally> {
  const total: Tally = { passed: 0, failed: 0, ignored: 0 };
  for (const step of steps) {
    const started = performance.now();
    const tally = await runStep(step, quiet);
    total.passed += tally.passed;
    total.failed += tally.failed;
    total.ignored += tally.ignored;
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    console.log(
      `${
        tally.failed ? "FAILED" : "ok"
      }  ${step.name} (${tally.passed} passed, ${tally.failed} failed, ${seconds} s)`,
    );
  }
  return total;
}

async function runStep(step: Step, quiet: boolean): Promise<Tally> {
  const [command, ...args] = step.args[0] === "deno" ? [Deno.execPath(), ...step.args.slice(1)] : step.args;
  const child = new Deno.Command(command, {
    args,
    cwd: new URL("..", import.meta.url).pathname,
    env: { NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1" },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    child.kill("SIGKILL");
  }, step.timeoutMs ?? DEFAULT_TIMEOUT_MS);
  const [out, errors] = await Promise.all([read(child.stdout, quiet), read(child.stderr, quiet)]);
  const { success } = await child.status;
  clearTimeout(timer);
  // Of a test run only the failures are of interest.
  if (quiet && !success) console.error(out.slice(Math.max(0, out.indexOf(" ERRORS "))) + errors);
  if (late) console.error(`${step.name}: stopped after ${step.timeoutMs ?? DEFAULT_TIMEOUT_MS} ms`);
  const summary = step.tests ? readSummary(out) : null;
  if (!summary) {
    return success && !step.tests
      ? { passed: 1, failed: 0, ignored: 0 }
      : { passed: 0, failed: 1, ignored: 0 };
  }
  // A run that fails with every test passed (a leak, a type error) is a failure of its own.
  return { ...summary, failed: success ? summary.failed : Math.max(1, summary.failed) };
}

/** All of a stream; unless `quiet` it also goes to standard output as it comes. */
async function read(stream: ReadableStream<Uint8Array>, quiet: boolean): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of stream) {
    if (!quiet) await Deno.stdout.write(chunk);
    text += decoder.decode(chunk, { stream: true });
  }
  return text;
}

/** What `deno task ok` runs: a minute or two, before every commit. */
export const OK_STEPS: readonly Step[] = [
  { name: "format", args: ["deno", "fmt", "--check"] },
  { name: "lint", args: ["deno", "lint"] },
  { name: "types", args: ["deno", "check"] },
  { name: "tidy", args: ["deno", "run", "-A", "scripts/tidy.ts"] },
  { name: "standards", args: ["deno", "run", "-A", "scripts/check_rfc.ts"] },
  {
    name: "configuration page",
    args: ["deno", "run", "-A", "scripts/write_configuration_doc.ts", "--check"],
  },
  {
    name: "unit tests",
    args: ["deno", "test", "-A", "--no-check", "--parallel", "src", "actors", "scripts"],
    tests: true,
  },
];
