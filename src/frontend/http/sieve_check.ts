import { utf8 } from "../../base/bytes.ts";
import { Fault } from "../../base/fault.ts";
import { LIMITS } from "../../base/limits.ts";
import { formatDiagnostic } from "../../codec/sieve/diagnostic.ts";
import { compile } from "../../sieve/compile.ts";

/** Findings told at most. */
const FINDINGS = 20;

/** Throws `too_big`, or `rejected` with every error's place when a text would not run as a script. */
export function checkScript(content: string): void {
  if (utf8(content).length > LIMITS.scriptBytes) {
    throw new Fault("too_big", `a script has at most ${LIMITS.scriptBytes} bytes`);
  }
  const { errors } = compile(content);
  if (errors.length) throw new Fault("rejected", errors.slice(0, FINDINGS).map(formatDiagnostic).join("; "));
}
