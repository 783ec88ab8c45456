import type { ActorAddress } from "../../src/actor/actor.ts";
import { LIMITS } from "../../src/base/limits.ts";
import { summarize } from "../../src/codec/message/summarize.ts";
import type { Action, FileIntoAction } from "../../src/sieve/outcome.ts";
import type { NewMessage } from "./contract.ts";
import type { CopyRequest, DeliveryFilter } from "./filter/contract.ts";
import { folderByMark } from "./filing_folder.ts";
import { type Elsewhere, filingPlace } from "./filing_place.ts";
import type { MailboxTurn } from "./state.ts";

/** A copy for a folder of another mailbox. */
export interface CopyElsewhere extends Elsewhere {
  action: FileIntoAction;
  message: NewMessage;
}

/**
 * Parts actions into those that this mailbox does itself and copies for others, one a folder at most, the later flags
 * holding as here. What leads nowhere stays, for INBOX, and what is one too many is kept there.
 */
export function splitFiling(
  turn: MailboxTurn,
  actions: readonly Action[],
  given: NewMessage,
  filter: DeliveryFilter,
  notes: string[],
): { here: Action[]; elsewhere: CopyElsewhere[] } {
  const here: Action[] = [];
  const copies = new Map<string, CopyElsewhere>();
  for (const action of actions) {
    const found = action.type === "fileinto" && !folderByMark(turn, action)
      ? filingPlace(filter, action.mailbox)
      : null;
    const key = found && addressOf(found);
    const known = key === null ? undefined : copies.get(key);
    if (known && action.type === "fileinto") {
      if (action.flags) known.message = { ...known.message, flags: action.flags };
    } else if (!found || action.type !== "fileinto") {
      here.push(action);
    } else if (copies.size >= LIMITS.copiesElsewhere) {
      notes.push(`too many copies for others, not in ${action.mailbox}: kept in INBOX`);
      here.push({ type: "keep", implicit: false, flags: action.flags, message: action.message });
    } else {
      const { message: raw, flags } = action;
      const message = raw ? { ...given, raw, summary: summarize(raw) } : given;
      copies.set(key!, { ...found, action, message: flags ? { ...message, flags } : message });
    }
  }
  return { here, elsewhere: [...copies.values()] };
}

/**
 * Puts copies into the outbox. Their ids follow from the delivery's: one that both servers of a pair came to make
 * counts once.
 */
export function sendCopies(
  turn: MailboxTurn,
  copies: readonly CopyElsewhere[],
  { places }: DeliveryFilter,
  kept: boolean,
): void {
  for (const copy of copies) {
    const { place, name, action, message } = copy;
    const request: CopyRequest = {
      name,
      create: action.create,
      message,
      limits: place.limits,
      origin: { wanted: action.mailbox, delivery: turn.requestId, kept },
      ...place.own ? {} : { as: places!.as },
    };
    const to: ActorAddress = `mailbox:${place.mailbox}`;
    turn.send(to, "fileCopy", request, "copyAnswered", `${turn.requestId}:${turn.name}:${addressOf(copy)}`);
  }
}

function addressOf({ place, name }: Elsewhere): string {
  return `${place.mailbox}/${name}`;
}
