import type { Pop3Command } from "../../codec/pop3/command.ts";
import { onAuth, onPass, onUser } from "./login.ts";
import { onCapa } from "./capa.ts";
import { onDele, onRset } from "./dele.ts";
import { onLang, onUtf8 } from "./language.ts";
import { onList, onStat, onUidl } from "./listing.ts";
import { onQuit } from "./quit.ts";
import { onRetr } from "./retr.ts";
import type { Pop3Session } from "./session.ts";
import { onStls } from "./stls.ts";
import { onTop } from "./top.ts";

type Verb = Pop3Command["verb"];
type CommandOf<V extends Verb> = Extract<Pop3Command, { verb: V }>;

/** `state`: where the command is valid; absent for both (RFC 1939 §4 and §5, RFC 2449 §5). */
interface Rule<C> {
  run: (session: Pop3Session, command: C) => void | Promise<void>;
  state?: "authorization" | "transaction";
}

const COMMANDS: { [V in Verb]: Rule<CommandOf<V>> } = {
  USER: { run: onUser, state: "authorization" },
  PASS: { run: onPass, state: "authorization" },
  AUTH: { run: onAuth, state: "authorization" },
  STLS: { run: onStls, state: "authorization" },
  UTF8: { run: onUtf8, state: "authorization" },
  STAT: { run: onStat, state: "transaction" },
  LIST: { run: onList, state: "transaction" },
  UIDL: { run: onUidl, state: "transaction" },
  RETR: { run: onRetr, state: "transaction" },
  TOP: { run: onTop, state: "transaction" },
  DELE: { run: onDele, state: "transaction" },
  RSET: { run: onRset, state: "transaction" },
  NOOP: { run: (session) => session.ok("nothing done"), state: "transaction" },
  CAPA: { run: onCapa },
  LANG: { run: onLang },
  QUIT: { run: onQuit },
  BAD: { run: (session, command) => session.mistake(command.message) },
};

/** Runs one command, or refuses it because it comes in the wrong state. */
export function runCommand(session: Pop3Session, command: Pop3Command): void | Promise<void> {
  // The table's type ties each verb to its handler; a lookup by a union of verbs loses that.
  const rule = COMMANDS[command.verb] as Rule<Pop3Command>;
  const state = session.drop === null ? "authorization" : "transaction";
  if (rule.state && rule.state !== state) {
    return session.mistake(state === "authorization" ? "log in first" : "not after login");
  }
  return rule.run(session, command);
}
