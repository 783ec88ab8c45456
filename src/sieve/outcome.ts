import type { Position } from "../codec/sieve/diagnostic.ts";
import type { MarkKind } from "./host.ts";

/** What is to be done with a message, in the script's order, and what is to be remembered. */
export interface Outcome {
  /**
   * The actions. With the implicit keep already among them where RFC 5228 §2.10.2 wants it: whoever applies them adds
   * nothing. All of them are to happen, or none.
   */
  actions: Action[];
  /** To be stored in the transaction that applies the actions. */
  marks: Mark[];
  /** The script broke off: then the implicit keep is the only action, and no mark is set (RFC 5228 §2.10.6). */
  error: RuntimeError | null;
  /** Why an action that the script asks for is not among the actions (a reply to a list, say). For rehearsals and logs. */
  notes: string[];
  /** Work that was done, of `SieveLimits.steps`. */
  steps: number;
}

/** Why a script broke off, for its author. */
export interface RuntimeError extends Position {
  /** The included script in which it happened, as `include` names it; null for the script itself. */
  script: string | null;
  message: string;
}

/** One action. */
export type Action =
  | KeepAction
  | FileIntoAction
  | RedirectAction
  | RejectAction
  | DiscardAction
  | VacationAction
  | NotifyAction;

/** Filing into the folder that mail goes to of itself: INBOX, or for IMAP events, where the message is already. */
export interface KeepAction extends Filing {
  type: "keep";
  /** No action said so. Also when another script's `keep` ends in this one. */
  implicit: boolean;
}

/** Filing into a folder by its name (RFC 5228 §4.1). */
export interface FileIntoAction extends Filing, FolderChoice {
  type: "fileinto";
  /** The folder's name as Unicode text. */
  mailbox: string;
}

/** What both ways of filing share. */
export interface Filing {
  /** IMAP flags and keywords in their own spelling (RFC 5232); null: the script says nothing of flags. */
  flags: string[] | null;
  /** The message as `editheader` and `replace` left it when the action was taken; null: as it came. */
  message: Uint8Array | null;
}

/** How the folder is found besides its name. The order: `mailboxId`, then `specialUse`, then the name. */
export interface FolderChoice {
  /** Make the folder when it is missing (RFC 5490 §3.2); without, the message is kept in INBOX when it is missing. */
  create: boolean;
  /** Prefer a folder of this special use; null: none asked for (RFC 8579 §4). */
  specialUse: string | null;
  /** Prefer the folder with this MAILBOXID; null: none asked for (RFC 9042 §4). */
  mailboxId: string | null;
}

/** Sending on to another address (RFC 5228 §4.2). */
export interface RedirectAction {
  type: "redirect";
  address: string;
  /** As in `Filing`. */
  message: Uint8Array | null;
}

/** Refusing the message (RFC 5429). */
export interface RejectAction {
  type: "reject";
  /** `ereject`: wants the SMTP dialogue; plain `reject` may also send a report (RFC 5429 §2.1, §2.2). */
  protocolOnly: boolean;
  /** Text for the sender, Unicode, lines ended by CRLF. */
  reason: string;
}

/** Dropping the message silently. The only action, or one beside redirects and the like, which go on. */
export interface DiscardAction {
  type: "discard";
}

/**
 * A reply that is to be sent (RFC 5230). It is among the actions only if everything that the message and the memory
 * say allows it (RFC 5230 §4.5, §4.6, RFC 3834 §2); its mark is among the marks.
 */
export interface VacationAction extends Outgoing {
  type: "vacation";
}

/** A notification by mail (RFC 5435, RFC 5436). */
export interface NotifyAction extends Outgoing {
  type: "notify";
}

/** A message that the script makes. */
export interface Outgoing {
  /** The envelope's sender; null is the null sender. */
  envelopeFrom: string | null;
  recipients: string[];
  /** The whole message, header and body, with Date and a Message-ID that is the same whenever it is made again. */
  message: Uint8Array;
  /** Where a copy of it is filed (RFC 8580); null: nowhere. */
  fcc: FileCopy | null;
}

/** Where a copy of an outgoing message goes. */
export interface FileCopy extends FolderChoice {
  mailbox: string;
  flags: string[] | null;
}

/** Something to remember until a moment; `Host.remembers` is asked for it later. */
export interface Mark {
  kind: MarkKind;
  /** At most 64 characters of ASCII, made of whatever tells one case from another. */
  key: string;
  untilMs: number;
}
