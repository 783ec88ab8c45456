import type { HomeChange, HomeClaim, LogEntry, ReplicaContract } from "../../src/actor/replica.ts";
import type { JoinedRow, JoinMark, RowChange } from "../../src/actor/rows.ts";
import type { Identity, StorageLimits } from "../mailbox/contract.ts";

/** When a change is acknowledged: once it is durable on this server, or on both. */
export type Acknowledge = "local" | "both";

/** An account as sessions know it: never with credentials. */
export interface Account {
  /** Stable id; the mailbox actor is `mailbox:<id>`. */
  id: string;
  /** Primary address, the login name. */
  address: string;
  displayName: string;
  limits: StorageLimits;
  /** For changes of its mailbox. */
  acknowledge: Acknowledge;
}

/** Where the mail of one recipient goes. */
export interface Resolution {
  /** Mailboxes that get one copy each; ids without repeats. */
  mailboxes: {
    account: Account;
    address: string;
    tag: string | null;
    /** The address that was asked for is this account's alone: its own, or an alias that leads nowhere else. */
    own: boolean;
    delivery: "accept" | "refuse-temporary" | "refuse";
    /** A folder of a public mailbox, for who has the right `p` there; else it is INBOX. */
    folder?: string;
  }[];
  /** Addresses outside that get it forwarded. */
  external: string[];
}

/** An account as administrators see it. */
export interface AccountView {
  id: string;
  address: string;
  displayName: string;
  enabled: boolean;
  /** Own settings; null takes the domain's, then the global one. */
  quotaBytes: number | null;
  messageBytes: number | null;
  acknowledge: Acknowledge | null;
  /** What holds after user > domain > global. */
  effective: StorageLimits & { acknowledge: Acknowledge };
  /** What delivery answers while disabled. */
  disabledDelivery: "refuse" | "refuse-temporary";
  internal: boolean;
  createdAtMs: number;
}

/** A domain as administrators see it. */
export interface DomainView {
  name: string;
  /** Set when this domain is only another name of that one (M12). */
  aliasOf: string | null;
  quotaBytes: number | null;
  messageBytes: number | null;
  /** Address that gets what nobody else does; null refuses unknown recipients (C01). */
  catchAll: string | null;
  postmaster: string | null;
  /** For accounts without an own setting; null takes the server's. */
  acknowledge: Acknowledge | null;
  createdAtMs: number;
}

/** What can be set of a domain; what is left out stays as it is. */
export type DomainSettings = Partial<Omit<DomainView, "name" | "aliasOf" | "createdAtMs">>;

/** An alias: mail for one address goes to others, here or outside (M09). */
export interface AliasView {
  /** `user@domain`, or `user@*` for every domain (M10). */
  address: string;
  targets: string[];
  /** Takes mail only from authenticated senders (M11). */
  internal: boolean;
}

/** A group: mail for its address goes to every member with an account (M15). */
export interface GroupView {
  /** `group@domain`. */
  address: string;
  members: string[];
}

/** A public namespace: a mailbox that belongs to nobody. */
export interface PublicView {
  /** Without the `#`. */
  name: string;
  id: string;
  /** New folders get mail addresses (M08). */
  addresses: boolean;
  /** False while it was only asked for. */
  approved: boolean;
  /** Id of the account that asked for it. */
  askedBy: string | null;
  limits: StorageLimits;
}

/** What the administrator's scripts may be: run before or after a user's own, or in place of one who has none. */
export const SIEVE_ROLES = ["before", "default", "after"] as const;

/** One of them. */
export type SieveRole = typeof SIEVE_ROLES[number];

/** A global Sieve script as a list tells it. */
export interface GlobalScriptInfo {
  name: string;
  sizeBytes: number;
  roles: SieveRole[];
  /** It comes with the server; one of the same name takes its place. */
  builtIn: boolean;
}

/** Everything of Sieve that holds for all mailboxes, as a delivery takes it along. Texts, by role and by name. */
export interface SiteScripts {
  before: string | null;
  default: string | null;
  after: string | null;
  /** What `include :global` finds (RFC 6609 §3.2). */
  global: Record<string, string>;
}

/** A private namespace: a mailbox of one account beside its own. */
export interface SpaceView {
  /** Without the `#`. */
  name: string;
  id: string;
  /** The account's. */
  limits: StorageLimits;
}

/** One page of a list. */
export interface Page<T> {
  items: T[];
  /** Ask again with `after` set to it; null at the end. */
  next: string | null;
}

type Listing = { after?: string; limit?: number };

/** Defaults that hold where neither account nor domain says otherwise; from the configuration at start. */
export interface DirectoryDefaults {
  quotaBytes: number | null;
  messageBytes: number;
  postmaster: string | null;
  /** Domain of login names without one (P15); null refuses them (P14). */
  loginDomain?: string | null;
  /** `local` when left out. */
  acknowledge?: Acknowledge;
  /** This server's own name: its reports come from `postmaster` there, who must be a recipient then. */
  hostname?: string | null;
}

/**
 * Everything the directory answers. Watch topics: `accounts` with `AccountEvent`, `domains` with `{}`, and `changed`
 * with `{}` after every change of anything.
 */
export type DirectoryContract = ReplicaContract<DirectoryChange, null> & {
  /** RCPT: who gets it. Faults: `not_found` (no such user), `denied` (not our domain; internal-only). `authenticated`: the sender logged in. */
  resolve: { request: { address: string; authenticated: boolean }; reply: Resolution };
  /**
   * The envelope sender of mail that goes on from `by`, an address of ours, to one outside: rewritten so that reports
   * come back through us. Mail for such a sender resolves to the original one.
   */
  rewriteSender: { request: { from: string; by: string }; reply: { from: string } };
  /** Whether a domain is ours (its mail is for us). */
  hasDomain: { request: { domain: string }; reply: { local: boolean } };
  /** Whether the account may send as this address (its own addresses, aliases that lead to it, any tag). */
  maySendAs: { request: { accountId: string; address: string }; reply: { allowed: boolean } };
  /** Only the login actor's place may ask. The exact login name; null when there is no such enabled account. */
  credentials: {
    request: { login: string };
    reply: { account: Account; passwordHash: string; enabled: boolean; scram: string | null } | null;
  };
  /**
   * Replaces a hash by a stronger one of the same password, or by itself, and what SCRAM needs (only while it still is
   * `from`).
   */
  rehash: {
    request: { accountId: string; from: string; to: string; scram?: string };
    reply: { replaced: boolean };
  };
  /** What made-up salts are made of; both servers have the same. Null before there is a domain. */
  decoyKey: { request: Record<string, never>; reply: { key: string | null } };
  account: { request: { id: string }; reply: Account };

  configure: { request: DirectoryDefaults; reply: Record<string, never> };

  createDomain: {
    request: DomainSettings & { name: string; aliasOf?: string };
    reply: DomainView;
  };
  updateDomain: { request: DomainSettings & { name: string }; reply: DomainView };
  removeDomain: { request: { name: string }; reply: Record<string, never> };
  getDomain: { request: { name: string }; reply: DomainView };
  listDomains: { request: Listing; reply: Page<DomainView> };

  /** `passwordHash` is a PHC string; no plain password enters an inbox of the directory. */
  createAccount: {
    request: {
      address: string;
      displayName?: string;
      passwordHash: string;
      /** Keys of SCRAM that belong to this hash. */
      scram?: string;
      quotaBytes?: number | null;
      messageBytes?: number | null;
      internal?: boolean;
      acknowledge?: Acknowledge | null;
    };
    reply: AccountView;
  };
  updateAccount: {
    request: {
      address: string;
      displayName?: string;
      passwordHash?: string;
      /** Only with a hash; without it the keys of the old password go. */
      scram?: string;
      quotaBytes?: number | null;
      messageBytes?: number | null;
      enabled?: boolean;
      disabledDelivery?: "refuse" | "refuse-temporary";
      internal?: boolean;
      acknowledge?: Acknowledge | null;
    };
    reply: AccountView;
  };
  removeAccount: { request: { address: string }; reply: { id: string } };
  getAccount: { request: { address: string }; reply: AccountView };
  listAccounts: { request: Listing & { domain?: string }; reply: Page<AccountView> };

  createAlias: { request: AliasView; reply: AliasView };
  removeAlias: { request: { address: string }; reply: Record<string, never> };
  getAlias: { request: { address: string }; reply: AliasView };
  listAliases: { request: Listing; reply: Page<AliasView> };

  createGroup: { request: GroupView; reply: GroupView };
  updateGroup: { request: GroupView; reply: GroupView };
  removeGroup: { request: { address: string }; reply: Record<string, never> };
  getGroup: { request: { address: string }; reply: GroupView };
  listGroups: { request: Listing; reply: Page<GroupView> };

  /** A public namespace `#name`; rights on it are given in its mailbox. */
  createPublic: {
    /** With `askedBy`, the address of an account, it waits for approval. */
    request: { name: string; addresses?: boolean; askedBy?: string };
    reply: PublicView;
  };
  updatePublic: { request: { name: string; addresses?: boolean; approved?: true }; reply: PublicView };
  /** What a public mailbox tells when a folder was made in it; `anyway`, whatever the namespace is set to. */
  createPublicAddresses: {
    request: { id: string; folder: string; anyway?: true };
    reply: Record<string, never>;
  };
  /** What it tells when a folder was renamed. */
  updatePublicAddresses: {
    request: { id: string; from: string; to: string };
    reply: Record<string, never>;
  };
  /** Addresses of folders of a public mailbox, and free ones that they could have. */
  listPublicAddresses: {
    request: { id: string; folders: string[] };
    reply: { items: { folder: string; addresses: string[]; free: string[] }[] };
  };
  removePublic: { request: { name: string }; reply: Record<string, never> };
  listPublics: { request: Record<string, never>; reply: { items: PublicView[] } };

  /** Private namespaces of one account, shown to it as `#name` (RFC 2342 §5). */
  createSpace: { request: { account: string; name: string }; reply: SpaceView };
  removeSpace: { request: { account: string; name: string }; reply: Record<string, never> };
  listSpaces: { request: { account: string }; reply: { items: SpaceView[] } };

  /** What a mailbox tells when the list of those changed whom it shares anything with; `at`: when it was so. */
  updateShares: {
    request: { owner: string; identifiers: string[]; at: number };
    reply: Record<string, never>;
  };
  /** Accounts whose mailboxes share something with an account, public namespaces that do, and its private ones. */
  shares: {
    request: { id: string };
    reply: { owners: Account[]; publics: PublicView[]; spaces: SpaceView[] };
  };
  /** An account with the addresses of its groups. */
  identity: { request: { id: string }; reply: Identity };

  siteScripts: { request: Record<string, never>; reply: SiteScripts };
  listGlobalScripts: { request: Record<string, never>; reply: { scripts: GlobalScriptInfo[] } };
  getGlobalScript: { request: { name: string }; reply: { script: GlobalScriptInfo; content: string } };
  /** A new global script or a new version. Whether the text is Sieve is looked at before it comes here. */
  updateGlobalScript: {
    request: { name: string; content: string };
    reply: { script: GlobalScriptInfo; created: boolean };
  };
  /** Fault `conflict`: it has a role. */
  removeGlobalScript: { request: { name: string }; reply: Record<string, never> };
  /** Gives a role to a script, or with null to none. */
  updateSieveRole: { request: { role: SieveRole; script: string | null }; reply: Record<string, never> };

  check: { request: Record<string, never>; reply: { problems: string[] } };
  hash: { request: Record<string, never>; reply: { position: number; hash: string } };
  readLog: {
    request: { after: number; limit: number };
    reply: { entries: LogEntry<DirectoryChange>[]; end: number };
  };
};

/** Published on `accounts`: sessions of that account look again, or end. */
export interface AccountEvent {
  accountId: string;
  change: "disabled" | "removed" | "credentials" | "settings";
}

/** The joining of two branches: every row that either side touched, as it is from now on; or all rows. */
export type DirectoryJoin = JoinMark & { claim: HomeClaim; rows: JoinedRow[] };

/** A change in the directory's log. */
export type DirectoryChange = RowChange | HomeChange | DirectoryJoin;
