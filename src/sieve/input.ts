import type { MimePart } from "../codec/message/summary.ts";
import type { Host } from "./host.ts";
import type { SieveLimits } from "./limits.ts";

/** Everything that a run of a script depends on: the same input has the same outcome. */
export interface RunInput {
  /** The message as it would be stored. */
  message: Uint8Array;
  /** Its MIME tree when it is known already; otherwise it is worked out when a script asks for it. */
  parts?: MimePart;
  /** The SMTP envelope; null where there is none (an IMAP event, stored mail). */
  envelope: SieveEnvelope | null;
  /**
   * The script runs for an event of IMAP, not for a delivery (RFC 6785): edits of the header do not reach what is
   * kept, and what only makes sense at delivery is an error.
   */
  imapEvent?: boolean;
  /** Flags that the message has already: with these `hasflag` begins (RFC 6785 §3.8). None at delivery. */
  flags?: readonly string[];
  /** Whose script it is. */
  owner: ScriptOwner;
  /** Now, and the zone that `currentdate` tells it in, in minutes east of UTC. */
  nowMs: number;
  zoneMinutes: number;
  /**
   * Items of RFC 5183 §4 and RFC 6785 §4: `domain`, `host`, `location`, `phase`, `remote-ip`, `imap.cause` …
   * `name` and `version` as well. What is missing is unknown to the script.
   */
  environment: Readonly<Record<string, string>>;
  /** How likely it is spam, from 0 to 100 (RFC 5235 §3.2); null: not looked at. */
  spamPercent: number | null;
  /** 1 clean, 2 replaced, 3 cured, 4 maybe infected, 5 infected (RFC 5235 §3.3); null: not looked at. */
  virusLevel: number | null;
  host: Host;
  limits?: Partial<SieveLimits>;
}

/** The SMTP envelope of one recipient. */
export interface SieveEnvelope {
  /** Return path; null is the null sender. */
  from: string | null;
  /** The recipient as the message came to the mailbox. */
  to: string;
  /** The recipient as the sender wrote it (ORCPT, or RCPT before aliases); null: not known. */
  originalTo: string | null;
  /** The submitter's identity (AUTH); null: none (RFC 5228 §5.4 lets an implementation offer it). */
  auth: string | null;
}

/** Whose script it is. */
export interface ScriptOwner {
  /** The account's address: the sender of vacation replies and notifications. */
  address: string;
  /** Every other address under which the owner gets mail: aliases. */
  aliases: readonly string[];
  /** The name for From; empty: none. */
  name: string;
}
