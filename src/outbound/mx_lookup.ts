import { isIP } from "node:net";
import type { Random } from "../base/id.ts";
import { LIMITS } from "../base/limits.ts";
import type { DnsAnswer, Resolver } from "../net/resolver.ts";
import { AttemptFailure } from "./failure.ts";
import type { Target } from "./smtp_wire.ts";

/** What makes this server recognize itself among exchangers. */
export interface Own {
  hostname: string;
  /** Where this server takes mail; `::` and `0.0.0.0` stand for loopback and the addresses of `hostname`. */
  endpoints: readonly { address: string; port: number }[];
}

/** One exchanger; a smaller preference comes first. */
interface Exchanger {
  host: string;
  preference: number;
}

/**
 * The addresses that take mail for a domain, in the order of RFC 5321 §5.1: by preference, equal ones in random
 * order, the domain itself where there is no MX; IPv6 and IPv4 in turns, so that a missing IPv6 costs one try.
 * Bounded by `LIMITS.outboundAddresses`. Throws `AttemptFailure`.
 */
export async function lookUpExchangers(
  domain: string,
  port: number,
  own: Own,
  resolver: Resolver,
  random: Random,
): Promise<Target[]> {
  const literal = addressLiteral(domain);
  if (literal) return [{ host: domain, address: literal, port }];
  const exchangers = orderExchangers(await exchangersOf(domain, resolver), random);
  const looked = exchangers.slice(0, LIMITS.mxHosts);
  const addresses = await Promise.all(looked.map(({ host }) => addressesOf(host, resolver)));
  const self = ownPreference(looked, addresses, own.hostname, await ownAddresses(port, own, resolver));
  const usable = looked.map((exchanger, i) => ({ ...exchanger, found: addresses[i] }))
    .filter(({ preference }) => preference < self);
  if (!usable.length) {
    throw new AttemptFailure(
      "permanent",
      "5.4.6",
      `554 5.4.6 mail for ${domain} loops back to ${own.hostname}`,
    );
  }
  const targets = usable.flatMap(({ host, found }) =>
    found.addresses.map((address) => ({ host, address, port }))
  );
  if (targets.length) return targets.slice(0, LIMITS.outboundAddresses);
  const failed = usable.map(({ found }) => found.failed).find((reason) => reason !== null);
  if (failed) {
    throw new AttemptFailure("temporary", "4.4.3", `451 4.4.3 address look-up for ${domain}: ${failed}`);
  }
  // RFC 5321 §5.1: exchangers without any address are an error, not a reason to wait.
  const names = usable.map(({ host }) => host).join(", ");
  throw new AttemptFailure("permanent", "5.4.4", `550 5.4.4 no address for ${names}`);
}

/** The addresses of a fixed host: a name or an IP address, without MX. Throws `AttemptFailure`, always temporary: it is our setting. */
export async function lookUpHost(host: string, port: number, resolver: Resolver): Promise<Target[]> {
  if (isIP(host)) return [{ host, address: host, port }];
  const { addresses, failed } = await addressesOf(host, resolver);
  if (addresses.length) {
    return addresses.slice(0, LIMITS.outboundAddresses).map((address) => ({ host, address, port }));
  }
  throw new AttemptFailure(
    "temporary",
    "4.4.4",
    `451 4.4.4 no address for ${host}${failed ? `: ${failed}` : ""}`,
  );
}

/** `[192.0.2.1]` or `[IPv6:2001:db8::1]`, RFC 5321 §4.1.3. */
function addressLiteral(domain: string): string | null {
  const content = /^\[(?:ipv6:)?([0-9a-f:.]+)\]$/i.exec(domain)?.[1];
  return content && isIP(content) ? content : null;
}

async function exchangersOf(domain: string, resolver: Resolver): Promise<Exchanger[]> {
  const answer = await resolver.resolve(domain, "MX");
  switch (answer.outcome) {
    case "failed":
      throw new AttemptFailure("temporary", "4.4.3", `451 4.4.3 MX look-up for ${domain}: ${answer.reason}`);
    case "nxdomain":
      throw new AttemptFailure("permanent", "5.1.2", `550 5.1.2 there is no domain ${domain}`);
    case "nodata":
      return [{ host: domain, preference: 0 }];
    case "found": {
      const named = answer.records.filter(({ exchange }) => exchange !== "");
      if (named.length) return named.map(({ exchange, preference }) => ({ host: exchange, preference }));
      // RFC 7505 §4.1
      throw new AttemptFailure("permanent", "5.1.10", `556 5.1.10 ${domain} takes no mail (null MX)`);
    }
  }
}

/** Sorts by preference; a random number decides between equal ones, so that load spreads. */
function orderExchangers(exchangers: readonly Exchanger[], random: Random): Exchanger[] {
  return exchangers
    .map((exchanger) => ({ exchanger, chance: random.bytes(4).reduce((sum, byte) => sum * 256 + byte, 0) }))
    .sort((a, b) => a.exchanger.preference - b.exchanger.preference || a.chance - b.chance)
    .map(({ exchanger }) => exchanger);
}

interface Addresses {
  addresses: string[];
  /** Why one of the look-ups said nothing; null when both answered. */
  failed: string | null;
}

async function addressesOf(host: string, resolver: Resolver): Promise<Addresses> {
  // Some publish an address as exchanger, which is no name; it is meant all the same.
  if (isIP(host)) return { addresses: [host], failed: null };
  const [six, four] = await Promise.all([resolver.resolve(host, "AAAA"), resolver.resolve(host, "A")]);
  const [v6, v4] = [recordsOf(six), recordsOf(four)];
  const addresses: string[] = [];
  for (let i = 0; i < Math.max(v6.length, v4.length); i++) {
    if (i < v6.length) addresses.push(v6[i]);
    if (i < v4.length) addresses.push(v4[i]);
  }
  const failed = [six, four].find((answer) => answer.outcome === "failed");
  return { addresses, failed: failed?.outcome === "failed" ? failed.reason : null };
}

function recordsOf(answer: DnsAnswer<string>): string[] {
  return answer.outcome === "found" ? answer.records : [];
}

/** Addresses at which this server answers on that port. */
async function ownAddresses(port: number, own: Own, resolver: Resolver): Promise<ReadonlySet<string>> {
  const here = own.endpoints.filter((endpoint) => endpoint.port === port).map(({ address }) => address);
  if (!here.some((address) => address === "::" || address === "0.0.0.0")) return new Set(here);
  const { addresses } = await addressesOf(own.hostname, resolver);
  return new Set([...here, "127.0.0.1", "::1", ...addresses]);
}

/**
 * The preference of this server itself: exchangers that are not better than it are left out, or mail would go round
 * in circles (RFC 5321 §5.1). Infinity when it is not among them.
 */
function ownPreference(
  exchangers: readonly Exchanger[],
  addresses: readonly Addresses[],
  hostname: string,
  here: ReadonlySet<string>,
): number {
  let best = Infinity;
  for (const [i, { host, preference }] of exchangers.entries()) {
    const self = host === hostname.toLowerCase() ||
      addresses[i].addresses.some((address) => here.has(address));
    if (self) best = Math.min(best, preference);
  }
  return best;
}
