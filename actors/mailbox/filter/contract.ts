import type { UidSet } from "../../../src/codec/imap/uid_set.ts";
import type { OutboxReply } from "../../../src/actor/actor.ts";
import type { SiteScripts } from "../../directory/contract.ts";
import type { Acting, Identity } from "../acting.ts";
import type { NewMessage, StorageLimits } from "../contract.ts";

/** What a mailbox's contract says of Sieve: stored scripts, and how deliveries are filtered by them. */

/** A stored Sieve script as a list tells it. */
export interface ScriptInfo {
  /** Net-Unicode (RFC 5804 §1.6), NFC. */
  name: string;
  sizeBytes: number;
  /** True of one script at most (RFC 5804 §1.4). */
  active: boolean;
}

/** What an account may store of scripts; what is left out, or above it, is as `LIMITS` says. */
export interface ScriptLimits {
  scripts?: number;
  scriptBytes?: number;
  totalBytes?: number;
}

/** What scripts are told of a delivery, and which ones there are beside the owner's. */
export interface DeliveryFilter {
  site: SiteScripts;
  envelope: {
    from: string | null;
    /** The recipient as the message came to the mailbox, and as the sender wrote it. */
    to: string;
    originalTo: string | null;
    /** Who logged in to send it. */
    auth: string | null;
    smtpUtf8: boolean;
  };
  owner: { address: string; name: string; aliases: string[] };
  /** Minutes east of UTC, for `currentdate`. */
  zoneMinutes: number;
  /** RFC 5183 §4: `name`, `version`, `host`, `domain`, `remote-ip` … */
  environment: Record<string, string>;
  /** 0 to 100; null: not looked at. And 1 (clean) to 5 (infected), RFC 5235 §3. */
  spamPercent: number | null;
  virusLevel: number | null;
  /** A refusal reaches the sender in the dialogue: LMTP, or the only copy of an SMTP transaction (RFC 5429 §2.2). */
  mayRefuse: boolean;
  /** How this server names itself in messages that it writes. */
  hostname: string;
  /** Left out at first: few scripts name a folder of another mailbox. One that does is a `conflict`; see `WithPlaces`. */
  places?: FilingPlaces;
}

/** Other mailboxes that the owner's mail can be filed in, and who the owner is there. */
export interface FilingPlaces {
  as: Identity;
  places: FilingPlace[];
}

/** What others share, a public namespace or a private one, as IMAP names it. */
export interface FilingPlace {
  /** How full names begin there, and what stands for it inside the mailbox. */
  prefix: string;
  root: string;
  /** The id of the mailbox. */
  mailbox: string;
  /** It belongs to the owner, who may all there. */
  own: boolean;
  limits: StorageLimits;
}

/** Asks for a delivery; when its scripts turn out to name another mailbox, once more with `places`. */
export type WithPlaces = <T>(
  account: string,
  filter: DeliveryFilter | undefined,
  ask: (filter: DeliveryFilter | undefined) => Promise<T>,
) => Promise<T>;

/** A copy that a script of another mailbox files here. */
export type CopyRequest = Acting & {
  name: string;
  /** Make the folder when it is missing, for who has `k` above it (RFC 5490 §3.2). */
  create: boolean;
  message: NewMessage;
  limits: StorageLimits;
  /** For the mailbox that it comes from, when it is refused. */
  origin: {
    /** The folder as the script names it. */
    wanted: string;
    /** The request id of the delivery. */
    delivery: string;
    /** A copy of the message is in INBOX there in any case. */
    kept: boolean;
  };
};

/** Where one copy of a message was filed. */
export interface Filed {
  folder: string;
  uid: number;
  uidValidity: number;
}

/** What the scripts made of a message, for the log. */
export interface FilterReport {
  /** `keep`, `fileinto Lists`, `redirect a@b.test`, `discard` … in the script's order. */
  actions: string[];
  /** Why something that a script asks for was not done. */
  notes: string[];
  /** The script that broke off, and why; the message was kept. */
  error: string | null;
}

/** Something that a client did with messages of a folder which has a script for that (RFC 6785 §2.2). */
export interface ImapEvent {
  cause: "APPEND" | "COPY" | "FLAG";
  folder: string;
  uids: UidSet;
  /** Names of the flags that changed. */
  flags: string[];
}

/** What a script is told that runs over stored messages, and what it may take. */
export interface StoredFilter {
  site: Pick<SiteScripts, "global">;
  owner: DeliveryFilter["owner"];
  /** Who did it, by address; in a shared folder not the owner. */
  user: string;
  zoneMinutes: number;
  environment: Record<string, string>;
  hostname: string;
  limits: StorageLimits;
  /** What scripts may still send in this command: past it a message that they would send on is left alone. */
  sends: Sends;
}

/** Messages that leave, and their bytes. */
export interface Sends {
  messages: number;
  bytes: number;
}

/** What became of a page of stored messages. */
export interface FilteredPage {
  verdicts: StoredVerdict[];
  next: number | null;
  sent: Sends;
  /** Messages that were left alone, as too many have been sent. */
  unsent: number;
}

/** A script by its name, by its text, or the active one. */
export interface ScriptChoice {
  kind: "active" | "personal" | "global" | "text";
  value: string;
}

/** What a script says of one stored message. */
export interface StoredVerdict extends FilterReport {
  uid: number;
}

/** What a mailbox answers about Sieve; part of `MailboxContract`. */
export type FilterContract = {
  /**
   * Stored Sieve scripts, by name. Faults are the response codes of RFC 5804 §1.3: `not_found` NONEXISTENT, `exists`
   * ALREADYEXISTS, `conflict` ACTIVE, `limit` QUOTA/MAXSCRIPTS, `too_big` QUOTA/MAXSIZE, `over_quota` QUOTA.
   */
  listScripts: { request: Record<string, never>; reply: { scripts: ScriptInfo[] } };
  getScript: { request: { name: string }; reply: { script: ScriptInfo; content: string } };
  /** A new script or a new version. With `active` it becomes the active one, or ceases to be; else that stays. */
  putScript: {
    request: { name: string; content: string; active?: boolean; limits?: ScriptLimits };
    reply: { script: ScriptInfo; created: boolean };
  };
  /** The active script is not deleted: `conflict`. */
  deleteScript: { request: { name: string }; reply: Record<string, never> };
  /** The active script stays active under its new name. */
  renameScript: { request: { from: string; to: string }; reply: { script: ScriptInfo } };
  /** Null: none is active. With `instead` nothing happens unless that script is active now. */
  setActiveScript: { request: { name: string | null; instead?: string }; reply: Record<string, never> };
  /**
   * Runs the script that a folder has for an event (RFC 6785): what is told as `events` by `append`, `copy`, `store` and
   * `fetch` is to be brought here, a page at a time. Never tells events itself.
   */
  runEvent: {
    request: { event: ImapEvent; from?: number; filter: StoredFilter };
    reply: FilteredPage;
  };
  /**
   * What a script makes of stored messages, a page at a time; the active one when `content` is null. With `apply` it is
   * done: copies, moves and flags, but nothing leaves. Faults: `rejected`, the script does not compile.
   */
  runScript: {
    request: {
      folder: string;
      content: string | null;
      from?: number;
      apply: boolean;
      filter: Omit<StoredFilter, "sends">;
    };
    reply: { verdicts: StoredVerdict[]; next: number | null };
  };
  /**
   * Filters messages by a script as if they came now, for the FILTER command, a page at a time; with no messages it says
   * whether the script is there and right. Faults: `rejected`, it does not compile; `not_found`.
   */
  filterMessages: {
    request: { folder: string; uids: UidSet; from?: number; script: ScriptChoice; filter: StoredFilter };
    reply: FilteredPage;
  };
  /**
   * What a script files in a mailbox that is not its own, out of that one's outbox. Needs `i`; flags as the rights let
   * (RFC 4314 §4). Faults: `not_found`, `denied`, `too_big`, `over_quota`, `limit`.
   */
  fileCopy: { request: CopyRequest; reply: Filed };
  /** How a `fileCopy` of this mailbox ended: what was refused goes into INBOX. */
  copyAnswered: { request: OutboxReply; reply: Record<string, never> };
  /** Whether a stored script has an `include :global` of this name, as far as its text shows (V05). */
  usesGlobalScript: { request: { name: string }; reply: { used: boolean } };
  /** Fails as `putScript` of a script of so many bytes would. */
  haveSpace: {
    request: { name: string; sizeBytes: number; limits?: ScriptLimits };
    reply: Record<string, never>;
  };
};
