import { utf8 } from "../base/bytes.ts";
import type { Diagnostic } from "../codec/sieve/diagnostic.ts";
import { parseSieve } from "../codec/sieve/parser.ts";
import { Binder } from "./bind/binder.ts";
import { readRequires } from "./bind/requires.ts";
import { Findings } from "./checker.ts";
import { eventWarnings } from "./event_rules.ts";
import type { Extension } from "./extension.ts";
import { languageWith } from "./language.ts";
import { SIEVE_LIMITS, type SieveLimits } from "./limits.ts";
import type { Script } from "./script.ts";

/** How a script is compiled. */
export interface CompileOptions {
  limits?: Partial<SieveLimits>;
  /** Extensions besides the built-in ones, from outside. Keep the list: the language is made once for it. */
  extensions?: readonly Extension[];
  /** Names of the extensions that may be required; everything that is known when it is missing. */
  enabled?: readonly string[];
}

/** A script that may run, or the reasons why not. */
export interface CompileResult {
  /** Null exactly if there are errors. */
  script: Script | null;
  /** In the order of the text, several in one pass. */
  errors: Diagnostic[];
  warnings: Diagnostic[];
}

/** Reads and checks a script: grammar, extensions, arguments. Never throws, whatever the text. */
export function compile(source: string, options: CompileOptions = {}): CompileResult {
  const limits = { ...SIEVE_LIMITS, ...options.limits };
  const size = utf8(source).length;
  if (size > limits.scriptBytes) {
    return refused(`the script has ${size} bytes; ${limits.scriptBytes} are allowed`);
  }
  const { tree, errors } = parseSieve(source, limits);
  const findings = new Findings();
  const language = languageWith(options.extensions);
  const requires = readRequires(tree, language, options.enabled ?? null, findings);
  const binder = new Binder(language, requires, limits, findings, errors.length > 0);
  const commands = binder.script(tree);
  const all = [...errors, ...findings.errors].sort(byPosition);
  const script = all.length > 0 ? null : { requires: requires.required, commands };
  const warnings = [...eventWarnings(requires.required), ...findings.warnings].sort(byPosition);
  return { script, errors: all, warnings };
}

/** Names that `require` takes, for ManageSieve's SIEVE capability (RFC 5804 §1.7). */
export function extensionNames(): string[] {
  return [...languageWith().extensions.keys()].sort();
}

function refused(message: string): CompileResult {
  return { script: null, errors: [{ severity: "error", line: 1, column: 1, message }], warnings: [] };
}

function byPosition(a: Diagnostic, b: Diagnostic): number {
  return a.line - b.line || a.column - b.column;
}
