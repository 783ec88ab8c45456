import type { ManageSieveCommand } from "../../codec/managesieve/command.ts";
import { onAuthenticate } from "./authenticate.ts";
import { onCapability } from "./capability.ts";
import { onCheckScript } from "./checkscript.ts";
import { onDeleteScript } from "./deletescript.ts";
import { onGetScript } from "./getscript.ts";
import { onHaveSpace } from "./havespace.ts";
import { onListScripts } from "./listscripts.ts";
import { onLogout } from "./logout.ts";
import { onNoop } from "./noop.ts";
import { onPutScript } from "./putscript.ts";
import { onRenameScript } from "./renamescript.ts";
import { no, type Reply } from "./reply.ts";
import type { SieveSession } from "./session.ts";
import { onSetActive } from "./setactive.ts";
import { onStartTls } from "./starttls.ts";
import { onUnauthenticate } from "./unauthenticate.ts";

/** A command by its verb. */
export type CommandOf<V extends ManageSieveCommand["verb"]> = Extract<ManageSieveCommand, { verb: V }>;

/** `login`: valid only before it or only after it; absent for both (RFC 5804 §2 and §4). */
interface Rule<C> {
  run: (session: SieveSession, command: C) => Reply | Promise<Reply>;
  login?: "before" | "after";
}

const COMMANDS: { [V in ManageSieveCommand["verb"]]: Rule<CommandOf<V>> } = {
  CAPABILITY: { run: onCapability },
  NOOP: { run: onNoop },
  LOGOUT: { run: onLogout },
  STARTTLS: { run: onStartTls, login: "before" },
  AUTHENTICATE: { run: onAuthenticate, login: "before" },
  UNAUTHENTICATE: { run: onUnauthenticate, login: "after" },
  HAVESPACE: { run: onHaveSpace, login: "after" },
  PUTSCRIPT: { run: onPutScript, login: "after" },
  CHECKSCRIPT: { run: onCheckScript, login: "after" },
  LISTSCRIPTS: { run: onListScripts, login: "after" },
  SETACTIVE: { run: onSetActive, login: "after" },
  GETSCRIPT: { run: onGetScript, login: "after" },
  DELETESCRIPT: { run: onDeleteScript, login: "after" },
  RENAMESCRIPT: { run: onRenameScript, login: "after" },
  BAD: { run: (_session, { message }) => no(message) },
};

/** Runs one command, or refuses it because it comes in the wrong state. */
export function runCommand(session: SieveSession, command: ManageSieveCommand): Reply | Promise<Reply> {
  // The table's type ties each verb to its handler; a lookup by a union of verbs loses that.
  const rule = COMMANDS[command.verb] as Rule<ManageSieveCommand>;
  if (rule.login === "before" && session.account) return no("not after login");
  if (rule.login === "after" && !session.account) return no("log in first");
  return rule.run(session, command);
}
