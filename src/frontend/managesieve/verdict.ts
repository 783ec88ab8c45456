import { formatDiagnostic } from "../../codec/sieve/diagnostic.ts";
import { compile } from "../../sieve/compile.ts";
import { no, ok, type Reply } from "./reply.ts";

/** What the compiler says of a script. */
export interface Verdict {
  /** Why it is refused; null when it is not. */
  refusal: Reply | null;
  /** What is said of a script that is taken: with its warnings where there are some (RFC 5804 §1.3, WARNINGS). */
  accept: (text: string) => Reply;
}

/** Findings told in one answer; the client shows them to a person. */
const FINDINGS = 20;

/** Checks a script as delivery does: grammar, extensions and arguments (RFC 5804 §2.6, §2.12). */
export function judge(content: string): Verdict {
  const { errors, warnings } = compile(content);
  const told = (found: typeof errors) => found.slice(0, FINDINGS).map(formatDiagnostic).join("\r\n");
  return {
    refusal: errors.length ? no(told(errors)) : null,
    accept: (text) => warnings.length ? ok(told(warnings), "WARNINGS") : ok(text),
  };
}
