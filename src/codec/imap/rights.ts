/** Every right of RFC 4314 §2.1, in the order in which they are written. */
export const RIGHTS = "lrswipkxtea";

/** The letters of old clients (RFC 4314 §2.1.1) and what they mean here. */
const OBSOLETE: readonly (readonly [letter: string, members: string])[] = [["c", "kx"], ["d", "te"]];

/** Rights as a client writes them, in one form: `d` means `te`, each once, in order. SyntaxError for unknown letters. */
export function parseRights(text: string): string {
  let given = text;
  for (const [letter, members] of OBSOLETE) if (text.includes(letter)) given += members;
  const unknown = [...text].find((letter) => !RIGHTS.includes(letter) && letter !== "c" && letter !== "d");
  if (unknown !== undefined) throw new SyntaxError(`unknown right ${unknown}`);
  return [...RIGHTS].filter((right) => given.includes(right)).join("");
}

/** Rights for MYRIGHTS and ACL responses: `c` and `d` stand beside any of their members (RFC 4314 §2.1.1). */
export function formatRights(rights: string): string {
  const old = OBSOLETE.filter(([, members]) => [...members].some((right) => rights.includes(right)));
  return rights + old.map(([letter]) => letter).join("");
}
