/**
 * Whether a folder name matches a LIST pattern (RFC 9051 §6.3.9): `*` is anything, `%` anything but `/`. Steps are
 * bounded by name times pattern length.
 */
export function matchesPattern(name: string, pattern: string): boolean {
  let at = 0, want = 0;
  let starName = -1, starPattern = 0, percentName = -1, percentPattern = 0;
  while (at < name.length || want < pattern.length) {
    const token = pattern[want];
    if (token === "*") {
      starName = at;
      starPattern = ++want;
      percentName = -1;
    } else if (token === "%") {
      percentName = at;
      percentPattern = ++want;
    } else if (at < name.length && token === name[at]) {
      at++;
      want++;
    } else if (percentName >= 0 && percentName < name.length && name[percentName] !== "/") {
      at = ++percentName;
      want = percentPattern;
    } else if (starName >= 0 && starName < name.length) {
      at = ++starName;
      want = starPattern;
      percentName = -1;
    } else return false;
  }
  return true;
}

/** Joins reference and pattern; runs of wildcards mean no more than one of them. */
export function fullPattern(reference: string, pattern: string): string {
  const joined = (reference + pattern).replace(/[*%]*\*[*%]*/g, "*").replace(/%+/g, "%");
  return /^inbox(?=$|[/*%])/i.test(joined) ? `INBOX${joined.slice(5)}` : joined;
}
