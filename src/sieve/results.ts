import type { SieveLimits } from "./limits.ts";
import type { Action, KeepAction } from "./outcome.ts";
import { ScriptProblem } from "./problem.ts";

/** The actions that a run has taken so far, and whether the implicit keep still stands. */
export class Results {
  readonly actions: Action[] = [];
  implicitKeep = true;
  /** Addresses that mail goes to. */
  #addresses = 0;

  constructor(readonly limits: SieveLimits) {}

  /** Takes an action. Filing twice into one folder is filing once: the later flags hold (RFC 5228 §2.10.3). */
  take(action: Action): void {
    const same = this.actions.find((taken) => isSame(taken, action));
    if (same !== undefined) {
      if ("flags" in same && "flags" in action && action.flags !== null) same.flags = action.flags;
      return;
    }
    this.#checkTogether(action);
    if (this.actions.length >= this.limits.actions) {
      throw new ScriptProblem(`the script takes more than ${this.limits.actions} actions with this message`);
    }
    this.#addresses += action.type === "redirect"
      ? 1
      : action.type === "notify"
      ? action.recipients.length
      : 0;
    if (this.#addresses > this.limits.redirects) {
      throw new ScriptProblem(`the script sends mail to more than ${this.limits.redirects} addresses`);
    }
    this.actions.push(action);
  }

  /** Whether an action of this sort was taken. */
  has(type: Action["type"]): boolean {
    return this.actions.some((action) => action.type === type);
  }

  /** Ends a script: the implicit keep if it stands. */
  finish(keep: () => KeepAction): void {
    if (this.implicitKeep && !this.has("keep")) this.take(keep());
  }

  /** Refusing a message goes with nothing that keeps, files, sends on or answers it (RFC 5429 §2.2, RFC 5230 §4.7). */
  #checkTogether(action: Action): void {
    const against = action.type === "reject"
      ? this.actions.find((taken) => taken.type !== "discard" && taken.type !== "notify")
      : this.actions.find((taken) => taken.type === "reject");
    if (against === undefined || action.type === "discard" || action.type === "notify") return;
    throw new ScriptProblem(
      action.type === "reject" && against.type === "reject"
        ? "a message can be rejected only once"
        : "a message that is rejected cannot also be kept, filed, sent on or answered",
    );
  }
}

function isSame(a: Action, b: Action): boolean {
  const keeps = (action: Action) => action.type === "keep" || isInbox(action);
  if (keeps(a) && keeps(b)) return true;
  if (a.type === "fileinto" && b.type === "fileinto") {
    return a.mailbox === b.mailbox && a.specialUse === b.specialUse && a.mailboxId === b.mailboxId;
  }
  if (a.type === "redirect" && b.type === "redirect") {
    return a.address.toLowerCase() === b.address.toLowerCase();
  }
  return a.type === "discard" && b.type === "discard";
}

function isInbox(action: Action): boolean {
  return action.type === "fileinto" && action.specialUse === null && action.mailboxId === null &&
    action.mailbox.toUpperCase() === "INBOX";
}
