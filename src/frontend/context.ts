import type { SiteScripts } from "../../actors/directory/contract.ts";
import type { WithPlaces } from "../../actors/mailbox/filter/contract.ts";
import type { ActorSystem } from "../actor/actor.ts";
import type { Clock } from "../base/clock.ts";
import type { Random } from "../base/id.ts";
import type { Log } from "../base/log.ts";
import type { Metrics } from "../base/metrics.ts";
import type { Connection } from "../net/connection.ts";
import type { TokenVerifier } from "../net/token_issuer.ts";
import type { Outgoing } from "./outgoing.ts";

/** What a listener speaks. */
export type Protocol = "smtp" | "submission" | "lmtp" | "imap" | "pop3" | "managesieve" | "http";

/** One configured listener, as its sessions see it. */
export interface ListenerSettings {
  protocol: Protocol;
  address: string;
  port: number;
  tls: "starttls" | "implicit" | "none";
  /** Refuse mail and login before TLS even where it is optional (P13). */
  tlsRequired: boolean;
  /** Offer AUTH on a port-25 listener (P05). */
  auth: boolean;
}

/** What every protocol session may use. Nothing here opens a file or a database. */
export interface FrontendContext {
  readonly system: ActorSystem;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly hostname: string;
  readonly version: string;
  /** LOGIN, AUTH and USER without TLS: loopback tests and benchmarks only. */
  readonly allowPlaintext: boolean;
  /** Largest message this server takes by default; accounts may have less or more. */
  readonly messageBytes: number;
  /** Bytes of messages being received now, over all sessions (`LIMITS.ingestBytes`). */
  readonly ingest: Budget;
  /** Messages on their way to clients, over all sessions (`LIMITS.outgoingBytes`). */
  readonly outgoing: Outgoing;
  /** Called with each account's events; see `src/frontend/account_watch.ts`. */
  readonly accounts: AccountWatch;
  /**
   * Where IMAP clients reach the other server of a pair, `host` or `host:port`; null while it is away. Left out when
   * nobody is sent there.
   */
  readonly referral?: () => string | null;
  /** Whether the account of this address may set quotas by IMAP; nobody may when left out. */
  readonly setsQuotas?: (address: string) => boolean;
  /** Tokens of an issuer that users log in with; none are taken when left out. */
  readonly tokens?: TokenVerifier;
  /** Whether a client may send to outside domains without a login (P11); nobody may when left out. */
  readonly mayRelay?: (address: string) => boolean;
  /** A full mailbox is refused for now instead of for good. */
  readonly fullIsTemporary?: boolean;
  /** What deliveries are filtered by; left out, messages are filed as they come. */
  readonly filtering?: Filtering;
  /** `sieve://…`: where this server's ManageSieve is; none when left out. */
  readonly sieveUrl?: string | null;
  /** `sieve://…`: ManageSieve clients are sent there instead of being logged in; none when left out. */
  readonly sieveReferral?: string | null;
  /** Aborted when the server stops: sessions say goodbye and end. */
  readonly stopping: AbortSignal;
}

/** The administrator's scripts, and what filters in front of this server say of a message. */
export interface Filtering {
  siteScripts(): Promise<SiteScripts>;
  /** Makes a delivery, also one whose scripts name folders of other mailboxes. */
  withPlaces: WithPlaces;
  /** Looks at fields that only trusted neighbours may set; LMTP is for neighbours anyway. */
  verdictOf(raw: Uint8Array, neighbour: { address: string; lmtp: boolean }): Verdict;
}

/** RFC 5235 §3: spam from 0 to 100 percent, viruses from 1 (clean) to 5 (infected); null: not looked at. */
export interface Verdict {
  spamPercent: number | null;
  virusLevel: number | null;
}

/** A count that may not go over its bound. */
export interface Budget {
  take(bytes: number): boolean;
  give(bytes: number): void;
}

/** Tells sessions what happens to their account. */
export interface AccountWatch {
  /** `listener` is called with the change until the returned function is. */
  watch(
    accountId: string,
    listener: (change: "disabled" | "removed" | "credentials" | "settings") => void,
  ): () => void;
}

/** A protocol's session: runs until the connection ends. Must not throw for anything a client does. */
export type ServeSession = (
  connection: Connection,
  listener: ListenerSettings,
  context: FrontendContext,
) => Promise<void>;
