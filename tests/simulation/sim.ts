import { findFault, type Found, playSeeds, type Tally } from "./runs.ts";
import { PLANTED } from "./planted.ts";

/**
 * `deno task sim [--seeds N] [--first SEED]`: plays N histories (1,000) of two servers under a seeded scheduler and
 * holds them against the laws of replication; tells seeds a second and the first seeds that fail.
 * `--seed SEED [--verbose]` replays one. `--planted [WORDS]` switches faults on, one at a time, and looks how many
 * seeds (10,000 at most) it takes to find each. Two processes share the work.
 */

const WORKERS = 2;
/** Failures after which there is no use in going on. */
const ENOUGH = 5;

function flag(name: string): string | undefined {
  const at = Deno.args.indexOf(`--${name}`);
  return at < 0 ? undefined : Deno.args[at + 1] ?? "";
}

const has = (name: string) => Deno.args.includes(`--${name}`);
const first = Number(flag("first") ?? 1);
const seeds = Number(flag("seeds") ?? (has("planted") ? 10_000 : 1000));
const worker = flag("worker");

if (flag("seed") !== undefined) Deno.exit(await replay(Number(flag("seed"))));
if (worker !== undefined) Deno.exit(await work(Number(worker)));
Deno.exit(has("planted") ? await planted() : await histories());

async function replay(seed: number): Promise<number> {
  const words = flag("planted");
  const fault = PLANTED.find(({ name }) => words !== undefined && name.includes(words));
  const tally = await playSeeds(
    { first: seed, seeds: 1, step: 1, verbose: has("verbose"), planted: fault },
    tell,
  );
  console.log(`${tally.steps} steps, ${tally.heals} heals, ${tally.renumbered} messages renumbered`);
  return tally.failed ? 1 : 0;
}

function tell(seed: number, violations: readonly string[]): boolean {
  console.log(`seed ${seed} fails:\n  ${violations.join("\n  ")}`);
  return true;
}

/** Half of the work; the last line is for the other process to read. */
async function work(number: number): Promise<number> {
  if (has("planted")) {
    const words = flag("planted")!.replace(/^--.*/, "");
    const mine = PLANTED.filter(({ name }) => name.includes(words)).filter((_, n) => n % WORKERS === number);
    for (const fault of mine) console.log(JSON.stringify(await findFault(fault, first, seeds)));
    return 0;
  }
  let failures = 0;
  const half = { first: first + number, seeds: Math.ceil((seeds - number) / WORKERS), step: WORKERS };
  const tally = await playSeeds(half, (seed, violations) => tell(seed, violations) && ++failures < ENOUGH);
  console.log(JSON.stringify(tally));
  return 0;
}

/** Runs both halves; every line of theirs that is no JSON is shown, the others are the answer. */
async function share<T>(seen: (answer: T) => void): Promise<T[]> {
  const answers: T[] = [];
  await Promise.all(Array.from({ length: WORKERS }, async (_, number) => {
    const child = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--no-check", import.meta.filename!, ...Deno.args, "--worker", String(number)],
      stdout: "piped",
    }).spawn();
    let rest = "";
    for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + text).split("\n");
      rest = lines.pop()!;
      for (const line of lines) {
        if (!line.startsWith("{")) console.log(line);
        else {
          answers.push(JSON.parse(line));
          seen(answers[answers.length - 1]);
        }
      }
    }
    if (!(await child.status).success) throw new Error("half of the work broke off");
  }));
  return answers;
}

async function histories(): Promise<number> {
  const started = performance.now();
  const halves = await share<Tally>(() => {});
  const sum = (name: "seeds" | "steps" | "heals" | "renumbered" | "failed") =>
    halves.reduce((total, half) => total + half[name], 0);
  const seconds = (performance.now() - started) / 1000;
  console.log(
    `${sum("seeds")} seeds in ${seconds.toFixed(1)} s, ${(sum("seeds") / seconds).toFixed(1)} a second; ` +
      `${sum("steps")} steps, ${sum("heals")} heals, ${sum("renumbered")} messages renumbered`,
  );
  const failing = halves.flatMap(({ firstFailing }) => firstFailing ?? []);
  console.log(
    failing.length
      ? `${sum("failed")} seeds failed, the first is ${Math.min(...failing)}`
      : "every law holds in all of them",
  );
  return failing.length ? 1 : 0;
}

async function planted(): Promise<number> {
  const found = await share<Found>(({ name, seed, seconds, violation }) =>
    console.log(
      seed === null
        ? `NOT FOUND in ${seeds} seeds: ${name}`
        : `${name}: seed ${seed}, ${seconds.toFixed(1)} s (${violation})`,
    )
  );
  const missed = found.filter(({ seed }) => seed === null).length;
  console.log(`${found.length - missed} of ${found.length} faults found`);
  return missed ? 1 : 0;
}
