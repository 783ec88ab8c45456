import type { CommandOf } from "./commands.ts";
import { no, type Reply } from "./reply.ts";
import type { SieveSession } from "./session.ts";
import { judge } from "./verdict.ts";

/** PUTSCRIPT (RFC 5804 §2.6): only a script that would run is stored. */
export async function onPutScript(
  session: SieveSession,
  { name, content }: CommandOf<"PUTSCRIPT">,
): Promise<Reply> {
  if (content === "") return no("a script is not empty");
  const { refusal, accept } = judge(content);
  if (refusal) return refusal;
  await session.mailbox.ask("putScript", { name, content });
  return accept("the script is stored");
}
