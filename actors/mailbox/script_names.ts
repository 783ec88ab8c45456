import { LIMITS } from "../../src/base/limits.ts";
import { Fault } from "../../src/base/fault.ts";
import type { Row } from "../../src/actor/rows.ts";

/** What RFC 5804 §1.6 prohibits, and lone surrogates, which are no characters. */
const REFUSED = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]|\p{Surrogate}/u;
/** Signs that no text begins with (RFC 5198 §2), and names that no URL can hold (RFC 5804 §3 wants that they do). */
const BYTE_ORDER_MARK = "\ufeff";
const DOTS = new Set([".", ".."]);

/**
 * The name under which a script is known: Net-Unicode (RFC 5804 §1.6), NFC. Throws `invalid` for what can be none; a
 * name that is too long is refused and never cut.
 */
export function scriptName(text: string): string {
  const name = text.normalize("NFC");
  const bad = (why: string) => new Fault("invalid", `script name ${why}`);
  if (name === "") throw bad("is empty");
  if (REFUSED.test(name)) throw bad("holds a character that is not allowed");
  if (name.startsWith(BYTE_ORDER_MARK)) throw bad("begins with a byte order mark");
  if (DOTS.has(name)) throw bad("is only dots");
  if ([...name].length > LIMITS.scriptNameChars) throw bad("is too long");
  return name;
}

/**
 * The row under which a version of a script is kept that lost against one of the other server: `vacation (2)`, or the
 * next number that is free. The end of a long name makes room.
 */
export function scriptCopy(lost: Row, taken: (row: Row) => boolean): Row {
  const chars = [...String(lost.name)];
  for (let n = 2;; n++) {
    const mark = ` (${n})`;
    const copy = { ...lost, name: chars.slice(0, LIMITS.scriptNameChars - mark.length).join("") + mark };
    if (!taken(copy)) return copy;
  }
}
