import { LIMITS } from "../../src/base/limits.ts";
import { compile, type CompileResult } from "../../src/sieve/compile.ts";

/**
 * Compiled scripts of this place by their text, the least recently used going first. A text always compiles to the
 * same, so all mailboxes share it.
 */
const known = new Map<string, CompileResult>();
let chars = 0;

/** A script compiled, at most once while it is in use. */
export function compiled(text: string): CompileResult {
  let result = known.get(text);
  if (result) known.delete(text);
  else {
    result = compile(text);
    chars += text.length;
  }
  known.set(text, result);
  for (const oldest of known.keys()) {
    if (chars <= LIMITS.compiledScriptChars || oldest === text) break;
    known.delete(oldest);
    chars -= oldest.length;
  }
  return result;
}
