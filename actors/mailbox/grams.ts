/** Which texts a message has, for the search index: each is looked for on its own. They are what BODY and TEXT mean. */
export const KINDS = ["head", "body"] as const;

/** One of them. */
export type Kind = typeof KINDS[number];

/** Runs of three and of four characters fall into so many buckets. A message of usual size fills a fifth of them. */
export const BUCKETS = 16_384;

/** Bucket of messages that any search must look at, as their text is too long to be indexed. */
export const ALWAYS = 0;

/** Grams of either length that are looked up of a needle: more would hardly rule anything out. */
const NEEDLE_GRAMS = 8;

/** Bytes of one bit for each bucket. */
export const BUCKET_BYTES = BUCKETS / 8;

/** Sets the bits of a folded text's buckets. */
export function addGrams(filled: Uint8Array, kind: Kind, text: string): void {
  const seed = seedOf(kind);
  let a = 0, b = 0, c = 0;
  for (let i = 0; i < text.length; i++) {
    const d = text.charCodeAt(i);
    if (i >= 2) {
      const sum = sumOf(seed, b, c, d);
      set(filled, mix(sum));
      if (i >= 3) set(filled, mix(longer(sum, a)));
    }
    a = b;
    b = c;
    c = d;
  }
}

function set(filled: Uint8Array, bucket: number): void {
  filled[bucket >> 3] |= 1 << (bucket & 7);
}

/** Some buckets that every text with this folded needle fills; none when it is too short to tell anything. */
export function needleGrams(kind: Kind, needle: string): number[] {
  const seed = seedOf(kind);
  const short: number[] = [], long: number[] = [];
  for (let i = 2; i < needle.length; i++) {
    const sum = sumOf(seed, needle.charCodeAt(i - 2), needle.charCodeAt(i - 1), needle.charCodeAt(i));
    short.push(mix(sum));
    if (i >= 3) long.push(mix(longer(sum, needle.charCodeAt(i - 3))));
  }
  return [...new Set([...spread(long), ...spread(short)])];
}

/** So many of a list, from all over it. */
function spread(list: number[]): number[] {
  if (list.length <= NEEDLE_GRAMS) return list;
  return Array.from({ length: NEEDLE_GRAMS }, (_, i) => list[Math.floor(i * list.length / NEEDLE_GRAMS)]);
}

function seedOf(kind: Kind): number {
  return Math.imul(KINDS.indexOf(kind) + 1, 0x9e3779b1);
}

function sumOf(seed: number, a: number, b: number, c: number): number {
  return seed + Math.imul(a, 0x85ebca6b) + Math.imul(b, 0xc2b2ae35) + Math.imul(c, 0x27d4eb2f) | 0;
}

/** The sum of three characters and the one before them. */
function longer(sum: number, before: number): number {
  return sum + Math.imul(before, 0x165667b1) + 0x3c6ef372 | 0;
}

function mix(sum: number): number {
  let h = Math.imul(sum ^ (sum >>> 15), 0x2c1b3c6d);
  h = Math.imul(h ^ (h >>> 12), 0x297a2d39);
  return (h ^ (h >>> 15)) & (BUCKETS - 1) || 1;
}
