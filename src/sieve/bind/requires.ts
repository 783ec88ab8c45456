import type { CallNode, CommandNode, SieveTree, StringArgument } from "../../codec/sieve/ast.ts";
import { shown } from "../../codec/sieve/lexer.ts";
import type { Findings } from "../checker.ts";
import type { Language } from "../language.ts";
import { suggestion } from "./suggest.ts";

/** What of the language a script may use. */
export interface Requires {
  /** Named by `require`, and what that implies. */
  required: Set<string>;
  /** Known, and named by some `ihave`: may be used where it has been switched on (RFC 5463 §4). */
  conditional: Set<string>;
  /** Some `ihave` names what is not known: words that nobody knows may be its words. */
  conditionalUnknown: boolean;
  /** What may be required at all. */
  offered: (extension: string) => boolean;
}

/** Comparators that need no `require`, and yet may be named there (RFC 5228 §2.7.3). */
const ALWAYS = new Set(["comparator-i;octet", "comparator-i;ascii-casemap"]);

/** Reads every `require` of a script (RFC 5228 §3.2) and the names that its `ihave` tests ask for. */
export function readRequires(
  tree: SieveTree,
  language: Language,
  enabled: readonly string[] | null,
  findings: Findings,
): Requires {
  const offered = (name: string) =>
    ALWAYS.has(name) || language.extensions.has(name) && (enabled === null || enabled.includes(name));
  const required = new Set<string>();
  for (const command of tree.commands) {
    if (command.name.toLowerCase() !== "require") continue;
    for (const { value, position } of capabilities(command)) {
      if (offered(value)) require(value, language, required);
      else {
        const near = suggestion(value, [...language.extensions.keys()].filter(offered));
        findings.error(position, `the extension "${shown(value)}" is not supported here${near}`);
      }
    }
  }
  const requires: Requires = { required, conditional: new Set(), conditionalUnknown: false, offered };
  if (required.has("ihave")) {
    for (const command of tree.commands) readConditions(command, language, requires);
  }
  return requires;
}

/** Adds an extension with everything that it implies. */
export function require(name: string, language: Language, required: Set<string>): void {
  if (required.has(name)) return;
  required.add(name);
  for (const implied of language.extensions.get(name)?.implies ?? []) require(implied, language, required);
}

function readConditions(node: CallNode & Partial<CommandNode>, language: Language, requires: Requires): void {
  if (node.name.toLowerCase() === "ihave") {
    for (const { value } of capabilities(node)) {
      if (!requires.offered(value)) requires.conditionalUnknown = true;
      else if (!language.extensions.get(value)?.changesReading) {
        require(value, language, requires.conditional);
      }
    }
  }
  for (const test of node.tests) readConditions(test, language, requires);
  for (const command of node.block ?? []) readConditions(command, language, requires);
}

function capabilities(node: CallNode): StringArgument[] {
  return node.arguments.flatMap((argument) =>
    argument.kind === "strings" ? argument.items : argument.kind === "string" ? [argument] : []
  );
}
