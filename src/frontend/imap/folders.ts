import { Fault } from "../../base/fault.ts";
import type { CommandHandler } from "./command.ts";
import { tellOldName } from "./old_name.ts";
import { fullName, locate } from "./place.ts";
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
    const place = await locate(session, name);
    if (place.prefix && specialUse.length) return no("Only own folders have a special use", "USEATTR");
    const { folder } = await place.mailbox.ask("createFolder", { name: place.name, specialUse });
    tellOldName(session, "", fullName(place, folder.name), asked);
    return ok("CREATE completed", `MAILBOXID (${folder.id})`);
  } catch (error) {
    if (error instanceof Fault && error.code === "rejected") return no(error.message, "USEATTR");
    if (error instanceof Fault && error.code === "limit") return no(error.message, "OVERQUOTA"); // RFC 9208 §5.3
    throw error;
  }
};

/** DELETE (RFC 9051 §6.3.5). */
export const deleteFolder: CommandHandler = async (session, args) => {
  args.space();
  const asked = args.givenMailbox();
  args.end();
  session.notifier?.own(asked.name);
  const place = await locate(session, asked.name);
  const { folder } = await place.mailbox.ask("deleteFolder", { name: place.name });
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
  const [source, target] = await Promise.all([locate(session, from.name), locate(session, to)]);
  if (source.mailbox.address !== target.mailbox.address) return no("Folders stay in their mailbox", "CANNOT");
  const { folder } = await source.mailbox.ask("renameFolder", { from: source.name, to: target.name });
  // One spelling that was changed is enough; it is the old name that is told (RFC 9051 §6.3.6).
  const respelled = from.given !== from.name || asked.given !== asked.name;
  if (respelled) tellOldName(session, "", fullName(source, folder.name), { name: to, given: from.given });
  if (session.view?.id === folder.id) session.view.name = folder.name;
  return ok("RENAME completed");
};

/** SUBSCRIBE and UNSUBSCRIBE (RFC 9051 §6.3.7, §6.3.8). */
export const subscribe: CommandHandler = async (session, args, call) => {
  args.space();
  const name = args.mailbox();
  args.end();
  const on = call.name === "SUBSCRIBE";
  if (on && name.startsWith("#")) {
    const place = await locate(session, name);
    const { rights } = await place.mailbox.ask("myRights", { name: place.name });
    if (!rights.includes("l")) return no("no such folder", "NONEXISTENT");
  }
  session.notifier?.own(name);
  await session.mailbox.ask("subscribe", { name, on });
  return ok(`${call.name} completed`);
};
