import type { SiteScripts } from "../../directory/contract.ts";

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
}

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
