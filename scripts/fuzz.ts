/**
 * `deno task fuzz [--seconds N] [--seed N] [FILE…]`: every fuzz test of every codec for N seconds (60), one file after
 * the other; tells executions and the largest resident memory of each. Fails when a test fails or memory has no bound.
 */

const FOLDER = new URL("../tests/fuzz/", import.meta.url).pathname;
/** The heap that a codec's test gets, and what the process may take, the runtime's own share included. */
const HEAP_MIB = 256;
const PEAK_MIB = 1024;
const SAMPLE_MS = 200;

/** What one file came to. */
interface Outcome {
  file: string;
  runs: number;
  peakMiB: number;
  ok: boolean;
}

/** Runs one file; its output is shown when it fails. */
async function fuzzFile(file: string, seconds: number, seed: string | undefined): Promise<Outcome> {
  const report = await Deno.makeTempFile({ prefix: "mallard-fuzz-" });
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "test",
      "-A",
      "--no-check",
      "--reporter=dot",
      `--v8-flags=--max-old-space-size=${HEAP_MIB}`,
      FOLDER + file,
    ],
    env: {
      NO_COLOR: "1",
      MALLARD_FUZZ_MS: String(seconds * 1000),
      MALLARD_FUZZ_REPORT: report,
      ...seed ? { MALLARD_FUZZ_SEED: seed } : {},
    },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  let peakMiB = 0;
  const timer = setInterval(() => peakMiB = Math.max(peakMiB, residentMiB(child.pid)), SAMPLE_MS);
  const { success, stdout, stderr } = await child.output();
  clearInterval(timer);
  if (!success) {
    await Deno.stdout.write(stdout);
    await Deno.stderr.write(stderr);
  }
  const lines = (await Deno.readTextFile(report)).split("\n").filter((line) => line);
  await Deno.remove(report);
  let runs = 0;
  for (const line of lines) runs += (JSON.parse(line) as { runs: number }).runs;
  return { file, runs, peakMiB, ok: success && runs > 0 && peakMiB < PEAK_MIB };
}

/** Resident memory of a process now; 0 where /proc does not tell. */
function residentMiB(pid: number): number {
  try {
    const status = Deno.readTextFileSync(`/proc/${pid}/status`);
    return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
}

function option(name: string): string | undefined {
  const at = Deno.args.indexOf(`--${name}`);
  return at < 0 ? undefined : Deno.args[at + 1];
}

const seconds = Number(option("seconds") ?? 60);
const wanted = Deno.args.filter((arg) => arg.endsWith("_test.ts"));
const files = [...Deno.readDirSync(FOLDER)].map((entry) => entry.name)
  .filter((name) => name.endsWith("_test.ts") && (!wanted.length || wanted.includes(name))).sort();
let failed = 0;
for (const file of files) {
  const outcome = await fuzzFile(file, seconds, option("seed"));
  if (!outcome.ok) failed++;
  console.log(
    `${outcome.ok ? "ok" : "FAILED"}  ${file}: ${outcome.runs.toLocaleString("en")} executions, ` +
      `peak ${outcome.peakMiB.toFixed(0)} MiB`,
  );
}
console.log(`${files.length - failed} passed, ${failed} failed`);
Deno.exit(failed ? 1 : 0);
