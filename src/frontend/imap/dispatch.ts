import { Fault } from "../../base/fault.ts";
import { Arguments } from "../../codec/imap/arguments.ts";
import type { CommandParts } from "../../codec/imap/receiver.ts";
import { answer, replyToError } from "./answer.ts";
import type { Call } from "./command.ts";
import { COMMANDS } from "./commands.ts";
import type { Reply } from "./reply.ts";
import type { Session } from "./session.ts";
import { refuseNumbers } from "./uid_only.ts";
import { sendUpdates } from "./updates.ts";

/** Runs one command: checks tag, name and state, has it done, tells pending changes, answers. */
export async function runCommand(session: Session, parts: CommandParts): Promise<void> {
  const call: Mutable<Call> = {
    tag: "*",
    name: "",
    uid: false,
    heldBytes: session.heldBytes,
    updates: "none",
  };
  session.heldBytes = 0;
  await session.notifier?.begin();
  session.literalBytes = 0;
  session.renewSends();
  try {
    const reply = await perform(session, parts, call);
    if (reply) await answer(session, call, reply);
  } finally {
    if (call.heldBytes) session.context.ingest.give(call.heldBytes);
  }
}

async function perform(session: Session, parts: CommandParts, call: Mutable<Call>): Promise<Reply | null> {
  try {
    const args = new Arguments(parts, { utf8: session.utf8 });
    call.tag = args.tag();
    args.space();
    call.name = args.command();
    call.uid = call.name.startsWith("UID ");
    const command = COMMANDS.get(call.name);
    if (!command?.overlaps) await session.appends?.tail;
    if (!command) throw new SyntaxError("unknown command");
    if (!command.states.includes(session.state)) throw new SyntaxError(`not in state ${session.state}`);
    const refusal = refuseNumbers(session, call.name);
    if (refusal) return refusal;
    call.updates = command.updates;
    // UIDs mean the same before and after: a client that polls with them sees what is new at once.
    // A view that cannot catch up must not pass over UIDs that it has not heard of, and say OK.
    if (call.uid && session.view?.behind) {
      const current = await sendUpdates(session, { expunge: false, uid: true, recent: true });
      if (!current) throw new Fault("unavailable", "the mailbox is away, try again");
    }
    return await command.run(session, args, call);
  } catch (error) {
    await session.appends?.tail;
    return replyToError(session, call, error);
  }
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
