import { Fault } from "../../base/fault.ts";
import type { CommandHandler } from "./command.ts";
import { no, ok } from "./reply.ts";

/** CREATE (RFC 9051 §6.3.4, RFC 6154 §3). A `/` at the end only says that folders will follow below. */
export const create: CommandHandler = async (session, args) => {
  args.space();
  const name = args.mailbox().replace(/\/$/, "");
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
  try {
    const { folder } = await session.mailbox.ask("createFolder", { name, specialUse });
    return ok("CREATE completed", `MAILBOXID (${folder.id})`);
  } catch (error) {
    if (error instanceof Fault && error.code === "rejected") return no(error.message, "USEATTR");
    throw error;
  }
};

/** DELETE (RFC 9051 §6.3.5). */
export const deleteFolder: CommandHandler = async (session, args) => {
  args.space();
  const name = args.mailbox();
  args.end();
  const { folder } = await session.mailbox.ask("deleteFolder", { name });
  if (session.view?.id === folder) session.closeFolder();
  return ok("DELETE completed");
};

/** RENAME (RFC 9051 §6.3.6). */
export const rename: CommandHandler = async (session, args) => {
  args.space();
  const from = args.mailbox();
  args.space();
  const to = args.mailbox().replace(/\/$/, "");
  args.end();
  const { folder } = await session.mailbox.ask("renameFolder", { from, to });
  if (session.view?.id === folder.id) session.view.name = folder.name;
  return ok("RENAME completed");
};

/** SUBSCRIBE and UNSUBSCRIBE (RFC 9051 §6.3.7, §6.3.8). */
export const subscribe: CommandHandler = async (session, args, call) => {
  args.space();
  const name = args.mailbox();
  args.end();
  await session.mailbox.ask("subscribe", { name, on: call.name === "SUBSCRIBE" });
  return ok(`${call.name} completed`);
};
