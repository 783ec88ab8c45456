import type { Diagnostic, Position } from "../codec/sieve/diagnostic.ts";
import type { VariableNamespace } from "./extension.ts";
import type { SieveLimits } from "./limits.ts";

/** What a definition's own check may ask and say while a script is compiled. */
export interface Checker {
  readonly limits: SieveLimits;
  error(position: Position, message: string): void;
  warn(position: Position, message: string): void;
  /** Whether the script requires an extension. */
  requires(extension: string): boolean;
  /** An extension with all that it implies. */
  implied(extension: string): string[];
  /** Variables of a required extension by the first word of their names; null when there are none. */
  namespace(name: string): VariableNamespace | null;
  /** Whether an extension may be required at all, and may be switched on by `ihave`. */
  offers(extension: string): boolean;
  /** The commands around the one that is looked at, innermost last, with the names that loops have. */
  readonly around: readonly { command: string; name: string | null }[];
}

/** Collects what is found. */
export class Findings {
  readonly errors: Diagnostic[] = [];
  readonly warnings: Diagnostic[] = [];

  error({ line, column }: Position, message: string): void {
    if (this.errors.length < MOST_FINDINGS) this.errors.push({ severity: "error", line, column, message });
  }

  warn({ line, column }: Position, message: string): void {
    if (this.warnings.length < MOST_FINDINGS) {
      this.warnings.push({ severity: "warning", line, column, message });
    }
  }
}

/** Nobody reads on after so many. */
const MOST_FINDINGS = 20;
