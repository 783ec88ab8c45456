/** Source of random bytes; seeded in simulation. */
export interface Random {
  bytes(count: number): Uint8Array;
}

/** The machine's cryptographic random. */
export const systemRandom: Random = {
  bytes: (count) => crypto.getRandomValues(new Uint8Array(count)),
};

/** A repeatable random for tests and simulation (xorshift32); never for secrets. */
export function seededRandom(seed: number): Random {
  let state = (seed | 0) || 0x9e3779b9;
  return {
    bytes(count) {
      const out = new Uint8Array(count);
      for (let i = 0; i < count; i++) {
        state ^= state << 13;
        state ^= state >>> 17;
        state ^= state << 5;
        out[i] = state & 0xff;
      }
      return out;
    },
  };
}

const BASE32 = "0123456789abcdefghjkmnpqrstvwxyz";

/**
 * A name that sorts by creation time and is never given twice: 10 characters of milliseconds and 16 of
 * random, in lower-case Crockford base 32. Used for accounts, folders, queue entries and requests.
 */
export function newId(nowMs: number, random: Random): string {
  let time = "";
  for (let rest = nowMs, i = 0; i < 10; i++) {
    time = BASE32[rest % 32] + time;
    rest = Math.floor(rest / 32);
  }
  let tail = "";
  for (const byte of random.bytes(16)) tail += BASE32[byte & 31];
  return time + tail;
}

/**
 * A time field below this is no time, as `newId` never gives it (17 minutes after 1970): ids that follow from a name
 * count there how often the name was given before.
 */
export const ID_GENERATIONS = 1_000_000;

/** The creation time inside an id made by `newId`, in milliseconds; 0 when it is not such an id. */
export function idTimeMs(id: string): number {
  let ms = 0;
  for (const char of id.slice(0, 10)) {
    const digit = BASE32.indexOf(char);
    if (digit < 0) return 0;
    ms = ms * 32 + digit;
  }
  return ms;
}
