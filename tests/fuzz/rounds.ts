import { type Random, seededRandom } from "../../src/base/id.ts";
import { reportRuns } from "./report.ts";

/** Milliseconds of one fuzz test; `MALLARD_FUZZ_SEED` repeats a run. */
const DURATION_MS = Number(Deno.env.get("MALLARD_FUZZ_MS") ?? 300);
const SEED = Number(Deno.env.get("MALLARD_FUZZ_SEED") ?? 1);
/** However short the time is. */
const LEAST_ROUNDS = 20;

/** Runs `round` with fresh randoms for `share` of the time; a failure names its seed. */
export function fuzz(name: string, share: number, round: (random: Random) => void | Promise<void>): void {
  Deno.test(`fuzz: ${name}`, async () => {
    const end = performance.now() + DURATION_MS * share;
    let runs = 0;
    for (; performance.now() < end || runs < LEAST_ROUNDS; runs++) {
      try {
        const waits = round(seededRandom(Math.imul(SEED + runs, 0x9e3779b1)));
        if (waits) await waits;
      } catch (error) {
        throw new Error(`MALLARD_FUZZ_SEED=${SEED + runs}`, { cause: error });
      }
    }
    reportRuns(name, runs);
  });
}

/** A number below `limit`. */
export function below(random: Random, limit: number): number {
  const [a, b, c] = random.bytes(3);
  return (a << 16 | b << 8 | c) % limit;
}

/** Some octets of `bytes` changed, cut out, doubled or made up. */
export function mutate(random: Random, bytes: Uint8Array, changes: number): Uint8Array {
  let out = Uint8Array.from(bytes);
  for (let left = below(random, changes + 1); left > 0; left--) {
    const at = below(random, out.length + 1), length = below(random, 8);
    switch (below(random, 4)) {
      case 0:
        if (at < out.length) out[at] = random.bytes(1)[0];
        break;
      case 1:
        out = splice(out, at, length, new Uint8Array(0));
        break;
      case 2:
        out = splice(out, at, 0, random.bytes(length));
        break;
      default:
        out = splice(out, at, 0, out.slice(at, at + length * 4));
    }
  }
  return out;
}

function splice(bytes: Uint8Array, at: number, remove: number, put: Uint8Array): Uint8Array<ArrayBuffer> {
  const tail = bytes.subarray(Math.min(bytes.length, at + remove));
  const out = new Uint8Array(at + put.length + tail.length);
  out.set(bytes.subarray(0, at));
  out.set(put, at);
  out.set(tail, at + put.length);
  return out;
}
