import { Fault } from "../../base/fault.ts";
import type { CommandHandler } from "./command.ts";
import { tellOldName } from "./old_name.ts";
import { no, ok } from "./reply.ts";

/** CREATE (RFC 9051 §6.3.4, RFC 6154 §3). A `/` at the end only says that folders will follow below. */
export const create: CommandHandler = async (session, args) => {
  args.space();
  const asked = args.givenMailbox();
  const name = asked.name.replace(/\/$/, "");
  let specialUse: string[] = [];
  if (args.accept(" ")) {
    args.expect("(");
    if (args.atom().toUpperCase() !== "USE") throw new SyntaxError("unknown parameter");
    args.space();
    specialUse = args.list(() => {
      args.expect("\\");
      return `\\${args.atom()}`;
    });
    args.expect(")");
  }
  args.end();
  session.notifier?.own(name);
  try {
    const { folder } = await session.mailbox.ask("createFolder", { name, specialUse });
    tellOldName(session, "", folder.name, asked);
    return ok("CREATE completed", `MAILBOXID (${folder.id})`);
  } catch (error) {
    if (error instanceof Fault && error.code === "rejected") return no(error.message, "USEATTR");
    throw error;
  }
};

/** DELETE (RFC 9051 §6.3.5). */
export const deleteFolder: CommandHandler = async (session, args) => {
  args.space();
  const asked = args.givenMailbox();
  args.end();
  session.notifier?.own(asked.name);
  const { folder } = await session.mailbox.ask("deleteFolder", { name: asked.name });
  tellOldName(session, "\\NonExistent", asked.name, asked);
  if (session.view?.id === folder) session.closeFolder();
  return ok("DELETE completed");
};

/** RENAME (RFC 9051 §6.3.6). */
export const rename: CommandHandler = async (session, args) => {
  args.space();
  const from = args.givenMailbox();
  args.space();
  const asked = args.givenMailbox();
  args.end();
  const to = asked.name.replace(/\/$/, "");
  session.notifier?.own(to);
  session.notifier?.own(from.name);
  const { folder } = await session.mailbox.ask("renameFolder", { from: from.name, to });
  // One spelling that was changed is enough; it is the old name that is told (RFC 9051 §6.3.6).
  const respelled = from.given !== from.name || asked.given !== asked.name;
  if (respelled) tellOldName(session, "", folder.name, { name: to, given: from.given });
  if (session.view?.id === folder.id) session.view.name = folder.name;
  return ok("RENAME completed");
};

/** SUBSCRIBE and UNSUBSCRIBE (RFC 9051 §6.3.7, §6.3.8). */
export const subscribe: CommandHandler = async (session, args, call) => {
  args.space();
  const name = args.mailbox();
  args.end();
  session.notifier?.own(name);
  await session.mailbox.ask("subscribe", { name, on: call.name === "SUBSCRIBE" });
  return ok(`${call.name} completed`);
};
