import type { Diagnostic } from "../codec/sieve/diagnostic.ts";
import type { Extension } from "./extension.ts";
import type { SieveLimits } from "./limits.ts";
import type { Script } from "./script.ts";

/** How a script is compiled. */
export interface CompileOptions {
  limits?: Partial<SieveLimits>;
  /** Extensions besides the built-in ones, from outside. */
  extensions?: readonly Extension[];
  /** Names of the extensions that may be required; everything that is known when it is missing. */
  enabled?: readonly string[];
}

/** A script that may run, or the reasons why not. Scripts depend on nothing and may be kept and run any number of times. */
export interface CompileResult {
  /** Null exactly if there are errors. */
  script: Script | null;
  /** In the order of the text, several in one pass. */
  errors: Diagnostic[];
  warnings: Diagnostic[];
}

/** Reads and checks a script: grammar, extensions, arguments. Never throws, whatever the text. */
export declare function compile(source: string, options?: CompileOptions): CompileResult;

/** Names that `require` takes, for ManageSieve's SIEVE capability (RFC 5804 §1.7). */
export declare function extensionNames(options?: CompileOptions): string[];
