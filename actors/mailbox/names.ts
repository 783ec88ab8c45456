import { Fault } from "../../src/base/fault.ts";
import { utf8 } from "../../src/base/bytes.ts";
import { LIMITS } from "../../src/base/limits.ts";

/** The separator of levels, the same in every folder. */
export const SEPARATOR = "/";

// C0, DEL and C1 controls, LINE and PARAGRAPH SEPARATOR (RFC 9051 §5.1 by way of Net-Unicode), the wildcards of LIST, and lone surrogates.
const REFUSED = /[\u0000-\u001f\u007f-\u009f\u2028\u2029%*]|\p{Surrogate}/u;

/**
 * The name under which a folder is known: NFC, with INBOX in capitals (RFC 9051 §5.1: case does not count there, also
 * as the first level of another name). Throws `invalid` for names that could not be listed or typed again, and for
 * those that begin with `#`, which is kept for other namespaces.
 */
export function folderName(text: string): string {
  const name = text.normalize("NFC");
  const bad = (why: string) => new Fault("invalid", `folder name ${why}`);
  if (REFUSED.test(name)) throw bad("holds a character that is not allowed");
  if (name.startsWith("#")) throw bad("begins with #");
  if (utf8(name).length > LIMITS.folderNameBytes) throw bad("is too long");
  const levels = name.split(SEPARATOR);
  if (levels.length > LIMITS.folderLevels) throw bad("has too many levels");
  if (levels.some((level) => level === "")) throw bad("has an empty level");
  if (levels[0].toUpperCase() === "INBOX") levels[0] = "INBOX";
  return levels.join(SEPARATOR);
}

/** A name as subscriptions hold it: also one of another namespace, which begins with `#`. */
export function subscriptionName(text: string): string {
  return text.startsWith("#") ? `#${folderName(text.slice(1))}` : folderName(text);
}

/** The names above a name, outermost first: `a/b/c` has `a` and `a/b`. */
export function superiors(name: string): string[] {
  const out: string[] = [];
  for (let at = name.indexOf(SEPARATOR); at >= 0; at = name.indexOf(SEPARATOR, at + 1)) {
    out.push(name.slice(0, at));
  }
  return out;
}
