import type { SiteScripts } from "../../actors/directory/contract.ts";
import type { WithPlaces } from "../../actors/mailbox/filter/contract.ts";
import type { ActorSystem } from "../actor/actor.ts";
import type { Clock } from "../base/clock.ts";
import type { Random } from "../base/id.ts";
import type { Log } from "../base/log.ts";
import type { Metrics } from "../base/metrics.ts";
import type { Resolver } from "../net/resolver.ts";
import type { Smarthost, StaticRoute } from "./route.ts";
import { DEFAULT_TIMEOUTS, type Timeouts } from "./smtp_client.ts";

/** How mail leaves; from the configuration. */
export interface OutboundSettings {
  /** Our name in EHLO, and what is recognized among the exchangers of a domain. */
  hostname: string;
  routes: readonly StaticRoute[];
  smarthost: Smarthost | null;
  /** Attempts at once to one destination domain, and in all. */
  perDomain: number;
  concurrency: number;
  /** Where exchangers listen; another port is for tests. */
  port: number;
  /** Where this server takes mail on port 25: an exchanger with such an address is this server. */
  ownEndpoints: readonly { address: string; port: number }[];
  /** PEM certificates to trust beside the system's where a certificate is verified. */
  ca: readonly string[];
  timeouts: Timeouts;
  /** An attempt whose lease is not renewed for so long is taken for dead. */
  leaseMs: number;
  /** How long `stop` waits for attempts under way before their connections are cut. */
  graceMs: number;
}

/** What holds when nothing else is said. */
export const DEFAULT_OUTBOUND: Omit<OutboundSettings, "hostname"> = {
  routes: [],
  smarthost: null,
  perDomain: 5,
  concurrency: 50,
  port: 25,
  ownEndpoints: [],
  ca: [],
  timeouts: DEFAULT_TIMEOUTS,
  leaseMs: 120_000,
  graceMs: 10_000,
};

/** What every part of the outbound side may use. */
export interface OutboundContext {
  readonly system: ActorSystem;
  readonly resolver: Resolver;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly settings: OutboundSettings;
  /** The administrator's scripts, for deliveries into our own mailboxes; left out, messages are filed as they come. */
  readonly siteScripts?: () => Promise<SiteScripts>;
  /** For scripts that name folders of other mailboxes; left out, such mail is tried again. */
  readonly withPlaces?: WithPlaces;
  /** Aborted when time is up for attempts under way. */
  readonly stopping: AbortSignal;
}
