/** Longest word that a suggestion is looked for. */
const MOST_CHARS = 30;

/** `; did you mean "fileinto"?` for a word that one or two slips make of a known one; empty when none is near. */
export function suggestion(word: string, known: Iterable<string>): string {
  const lower = word.toLowerCase();
  if (lower.length < 3 || lower.length > MOST_CHARS) return "";
  const most = lower.length < 5 ? 1 : 2;
  let best = "", least = most + 1;
  for (const candidate of known) {
    if (Math.abs(candidate.length - lower.length) > most) continue;
    const slips = distance(lower, candidate);
    if (slips < least) [best, least] = [candidate, slips];
  }
  return best === "" ? "" : `; did you mean "${best}"?`;
}

/** How many characters have to be put in, left out or changed to make one word of another. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next.push(Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1)));
    }
    row = next;
  }
  return row[b.length];
}
