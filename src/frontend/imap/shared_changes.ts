import type { ActorSystem } from "../../actor/actor.ts";
import type { FolderChanges } from "../../../actors/mailbox/contract.ts";
import type { FolderView } from "./folder_view.ts";
import type { Session } from "./session.ts";

/** Questions under way, by mailbox, folder and mod-sequence. */
const underWay = new WeakMap<ActorSystem, Map<string, Promise<FolderChanges>>>();

/**
 * Asks what happened in a folder since the view's mod-sequence. Sessions that stand at the same point share one
 * question: an event that wakes a thousand of them costs the mailbox one turn. `fresh` asks anew, for a session that
 * may have missed events and must not be answered from before it began to watch.
 */
export async function askChanges(session: Session, view: FolderView, fresh: boolean): Promise<FolderChanges> {
  const { system } = session.context;
  let questions = underWay.get(system);
  if (!questions) underWay.set(system, questions = new Map());
  // What others may see is their own question.
  const who = view.prefix ? session.user.id : "";
  const key = `${session.selected.address} ${view.id} ${view.modSeq} ${who}`;
  const running = fresh ? undefined : questions.get(key);
  if (running) return await running;
  const question = session.selected.ask("changes", { folder: view.id, since: view.modSeq });
  questions.set(key, question);
  try {
    return await question;
  } finally {
    if (questions.get(key) === question) questions.delete(key);
  }
}
