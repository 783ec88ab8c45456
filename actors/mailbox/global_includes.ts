import { LIMITS } from "../../src/base/limits.ts";
import type { CommandNode } from "../../src/codec/sieve/ast.ts";
import { parseSieve } from "../../src/codec/sieve/parser.ts";
import type { MailboxContract } from "./contract.ts";
import type { MailboxTurn } from "./state.ts";

type Uses = MailboxContract["usesGlobalScript"];

/** Whether a stored script includes a global one. A name that is put together from variables is not seen. */
export function usesGlobalScript({ name }: Uses["request"], { db }: MailboxTurn): Uses["reply"] {
  const texts = db.tuples<[string]>("SELECT content FROM script WHERE content LIKE '%include%'");
  return { used: texts.some(([text]) => includesGlobal(parseSieve(text, LIMITS.sieve).tree.commands, name)) };
}

function includesGlobal(commands: readonly CommandNode[], name: string): boolean {
  return commands.some((command) => {
    if (command.block && includesGlobal(command.block, name)) return true;
    if (command.name.toLowerCase() !== "include") return false;
    const isGlobal = command.arguments.some((one) =>
      one.kind === "tag" && one.name.toLowerCase() === "global"
    );
    return isGlobal && command.arguments.some((one) => one.kind === "string" && one.value === name);
  });
}
