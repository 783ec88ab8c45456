import type { CommandHandler } from "./command.ts";
import { cancelContexts } from "./contexts.ts";
import { bad, ok } from "./reply.ts";

/** CANCELUPDATE (RFC 5267 §4.3.5): results are followed no longer. */
export const cancelUpdate: CommandHandler = (session, args) => {
  const tags: string[] = [];
  do {
    args.space();
    tags.push(args.string());
  } while (!args.atEnd());
  return cancelContexts(session.folder, tags) ? ok("No further updates") : bad("No context has this tag");
};
