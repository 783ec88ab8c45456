import type { Clock } from "../base/clock.ts";
import { LIMITS } from "../base/limits.ts";
import type { Log } from "../base/log.ts";
import type { Metrics } from "../base/metrics.ts";

/** Notes a connection that did not become the link. */
export type Refusals = (address: string, reason: string) => void;

/**
 * Logs refused connections with their reason, but only so many at a time: a port scan must not fill the disk. What was
 * left out is told with the next line; all are counted.
 */
export function createRefusals(peerId: string, clock: Clock, log: Log, metrics: Metrics): Refusals {
  let windowMs = clock.monotonicMs();
  let logged = 0;
  let left = 0;
  return (address, reason) => {
    metrics.count("replication_refused");
    const now = clock.monotonicMs();
    if (now - windowMs >= LIMITS.linkRefusalWindowMs) {
      windowMs = now;
      logged = 0;
    }
    if (logged >= LIMITS.linkRefusals) {
      left++;
      return;
    }
    logged++;
    log.warn("replication.refused", { peer: peerId, ip: address, reason, unlogged: left || undefined });
    left = 0;
  };
}
