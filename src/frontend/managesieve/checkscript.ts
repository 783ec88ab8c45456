import type { CommandOf } from "./commands.ts";
import { no, type Reply } from "./reply.ts";
import type { SieveSession } from "./session.ts";
import { judge } from "./verdict.ts";

/** CHECKSCRIPT (RFC 5804 §2.12): nothing is stored, and quotas are not looked at. */
export function onCheckScript(_session: SieveSession, { content }: CommandOf<"CHECKSCRIPT">): Reply {
  if (content === "") return no("a script is not empty");
  const { refusal, accept } = judge(content);
  return refusal ?? accept("the script is valid");
}
