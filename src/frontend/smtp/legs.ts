import type { Resolution } from "../../../actors/directory/contract.ts";
import type { Fault } from "../../base/fault.ts";
import type { Recipient } from "./transaction.ts";

/** One place that a message goes to: a mailbox (once, however many recipients lead there) or an outside address. */
export interface Leg {
  /** The recipient that led here first. */
  recipient: Recipient;
  /** Null for an outside address. */
  mailbox: Resolution["mailboxes"][number] | null;
  /** The outside address, or the account's own. */
  address: string;
  /** Why it failed; null while it has not. */
  fault: Fault | null;
  /** The queue has taken it over. */
  queued: boolean;
}

/** All legs of a message, and those of each recipient in order. */
export interface Legs {
  all: Leg[];
  byRecipient: Leg[][];
}

/** What tells one place from another: each gets one copy, and a request id of its own. */
export function placeOf({ account, folder }: Resolution["mailboxes"][number]): string {
  return folder === undefined ? account.id : `${account.id}:${folder}`;
}

/** Works out where copies go: several aliases of one account make one copy (M13). */
export function planLegs(recipients: readonly Recipient[]): Legs {
  const known = new Map<string, Leg>();
  const byRecipient = recipients.map((recipient) => {
    const own: Leg[] = [];
    const add = (key: string, mailbox: Leg["mailbox"], address: string) => {
      let leg = known.get(key);
      if (!leg) known.set(key, leg = { recipient, mailbox, address, fault: null, queued: false });
      own.push(leg);
    };
    for (const mailbox of recipient.mailboxes) add(placeOf(mailbox), mailbox, mailbox.account.address);
    for (const address of recipient.external) add(`@${address}`, null, address);
    return own;
  });
  return { all: [...known.values()], byRecipient };
}
