import type { SieveLimits } from "./limits.ts";
import { ScriptProblem } from "./problem.ts";

/** Highest match variable (RFC 5229 §6 asks for nine). */
export const MOST_MATCH_VARIABLE = 99;

/** Values that scripts share by `global` (RFC 6609 §3.4), or the variables of one script. */
export class Variables {
  readonly #values = new Map<string, string>();
  /** Names that are global in this script. */
  readonly #shared = new Set<string>();
  #matches: readonly string[] = [];

  constructor(readonly limits: SieveLimits, readonly globals: Map<string, string> = new Map()) {}

  /** The value by a lower-case name; empty when it was never set. */
  get(name: string): string {
    return (this.#shared.has(name) ? this.globals : this.#values).get(name) ?? "";
  }

  /** Sets a value, cut to the longest that is kept (RFC 5229 §6). */
  set(name: string, value: string): void {
    this.#put(this.#shared.has(name) ? this.globals : this.#values, name, value);
  }

  /** A global variable by its lower-case name. */
  getGlobal(name: string): string {
    return this.globals.get(name) ?? "";
  }

  /** Sets a global variable. */
  setGlobal(name: string, value: string): void {
    this.#put(this.globals, name, value);
  }

  /** Makes a name mean the global variable from here on. It must not be one of the script's own (RFC 6609 §3.4.1). */
  share(name: string): void {
    if (this.#values.has(name)) {
      throw new ScriptProblem(`the variable "${name}" is in use already and cannot be global`);
    }
    this.#shared.add(name);
  }

  /** `${0}` and on; empty beyond the last. */
  match(index: number): string {
    return this.#matches[index] ?? "";
  }

  /** Replaces all match variables. */
  setMatches(matches: readonly string[]): void {
    const most = this.limits.variableChars;
    this.#matches = matches.slice(0, MOST_MATCH_VARIABLE + 1).map((text) => cut(text, most));
  }

  #put(map: Map<string, string>, name: string, value: string): void {
    if (!map.has(name) && map.size >= this.limits.variables) {
      throw new ScriptProblem(`the script sets more than ${this.limits.variables} variables`);
    }
    map.set(name, cut(value, this.limits.variableChars));
  }
}

/** At most so many UTF-16 units, without half a character at the end. */
function cut(text: string, most: number): string {
  if (text.length <= most) return text;
  const code = text.charCodeAt(most - 1);
  return text.slice(0, code >= 0xd800 && code < 0xdc00 ? most - 1 : most);
}
