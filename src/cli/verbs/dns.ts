import { isIP } from "node:net";
import { systemClock } from "../../base/clock.ts";
import { systemRandom } from "../../base/id.ts";
import { loadConfiguration } from "../../config/load.ts";
import { createResolver, type Resolver } from "../../net/resolver.ts";
import type { DnsRecords } from "../../net/dns_message.ts";
import { serverHostname } from "../admin_client.ts";
import { type Command, UsageError } from "../command.ts";
import { table } from "../help.ts";

type State = "there" | "missing" | "different" | "unknown";

/** One record that a domain should have, and what its name servers say. */
export interface DnsAdvice {
  name: string;
  type: string;
  /** As it stands in a zone file. */
  value: string;
  state: State;
  /** What is there instead, or why it is not known. */
  found: string;
  /** Mail works without it. */
  optional: boolean;
}

/** What the names of a domain should say, for a server called `hostname`, compared with what they do say. */
async function adviseDns(domain: string, hostname: string, resolver: Resolver): Promise<DnsAdvice[]> {
  return await Promise.all([
    hostAddresses(hostname, resolver),
    mailExchanger(domain, hostname, resolver),
    textPolicy(domain, "v=spf1 mx -all", /^v=spf1( |$)/i, resolver),
    textPolicy(
      `_dmarc.${domain}`,
      `v=DMARC1; p=none; rua=mailto:postmaster@${domain}`,
      /^v=DMARC1/i,
      resolver,
    ),
    // RFC 6186 §3 and RFC 8314 §5.1: how mail programs find the servers of an address.
    service(`_submissions._tcp.${domain}`, 465, hostname, resolver),
    service(`_imaps._tcp.${domain}`, 993, hostname, resolver),
    service(`_pop3s._tcp.${domain}`, 995, hostname, resolver),
    // RFC 5804 §1.8
    service(`_sieve._tcp.${domain}`, 4190, hostname, resolver),
  ]);
}

async function hostAddresses(hostname: string, resolver: Resolver): Promise<DnsAdvice> {
  const answers = await Promise.all([resolver.resolve(hostname, "A"), resolver.resolve(hostname, "AAAA")]);
  const found = answers.flatMap((answer) => answer.outcome === "found" ? answer.records : []);
  const failed = answers.find((answer) => answer.outcome === "failed");
  const state: State = found.length > 0 ? "there" : failed ? "unknown" : "missing";
  return {
    name: hostname,
    type: "A/AAAA",
    value: "the server's address",
    state,
    found: found.join(", ") || (failed?.outcome === "failed" ? failed.reason : ""),
    optional: false,
  };
}

async function mailExchanger(domain: string, hostname: string, resolver: Resolver): Promise<DnsAdvice> {
  const value = `10 ${hostname}.`;
  return await compare(domain, "MX", value, false, resolver, {
    matches: (record) => record.exchange === hostname,
    show: (record) => `${record.preference} ${record.exchange}.`,
  });
}

async function service(name: string, port: number, hostname: string, resolver: Resolver): Promise<DnsAdvice> {
  return await compare(name, "SRV", `0 1 ${port} ${hostname}.`, true, resolver, {
    matches: (record) => record.target === hostname && record.port === port,
    show: (record) => `${record.priority} ${record.weight} ${record.port} ${record.target}.`,
  });
}

/** Any record with the right beginning will do: its policy is the owner's choice. Two of them make both void. */
async function textPolicy(
  name: string,
  value: string,
  pattern: RegExp,
  resolver: Resolver,
): Promise<DnsAdvice> {
  const answer = await resolver.resolve(name, "TXT");
  const advice = { name, type: "TXT", value: `"${value}"`, optional: false };
  if (answer.outcome === "failed") return { ...advice, state: "unknown", found: answer.reason };
  const records = answer.outcome === "found" ? answer.records.filter((text) => pattern.test(text)) : [];
  const state: State = records.length === 1 ? "there" : records.length === 0 ? "missing" : "different";
  return { ...advice, state, found: records.map((text) => `"${text}"`).join(", ") };
}

async function compare<T extends "MX" | "SRV">(
  name: string,
  type: T,
  value: string,
  optional: boolean,
  resolver: Resolver,
  how: { matches(record: DnsRecords[T]): boolean; show(record: DnsRecords[T]): string },
): Promise<DnsAdvice> {
  const answer = await resolver.resolve(name, type);
  const advice = { name, type, value, optional };
  if (answer.outcome === "failed") return { ...advice, state: "unknown", found: answer.reason };
  if (answer.outcome !== "found") return { ...advice, state: "missing", found: "" };
  const state: State = answer.records.some(how.matches) ? "there" : "different";
  return { ...advice, state, found: answer.records.map(how.show).join(", ") };
}

/** Prints what to publish for a domain and whether it is. */
export const dnsCommand: Command = {
  name: "dns",
  summary: "The DNS records a domain should have for this server, and whether it has them.",
  details: "Exit status 1 when a record that mail needs is missing or different.",
  arguments: [{ name: "DOMAIN", help: "domain whose mail comes here" }],
  options: [
    { name: "config", value: "FILE", help: "take hostname and name servers from this configuration" },
    {
      name: "hostname",
      value: "NAME",
      help: "the server's own name (default: the configuration's, else the running server's)",
    },
    { name: "data", value: "DIR", help: "data folder of the running server (default: data)" },
    {
      name: "resolver",
      value: "HOST[:PORT]",
      help: "name server to ask (default: the configuration's or system's)",
    },
    { name: "json", help: "print JSON" },
  ],
  async run(input, io) {
    const file = input.option("config");
    const config = file === undefined ? undefined : loadConfiguration({ file, environment: io.environment });
    const hostname = input.option("hostname") ?? config?.hostname ?? io.environment.MALLARD_HOSTNAME ??
      await serverHostname(input, io);
    if (hostname === undefined) {
      throw new UsageError("no server runs here: --hostname or --config is missing");
    }
    const chosen = input.option("resolver");
    const servers = chosen === undefined ? config?.outbound.resolver ?? null : [chosen];
    const resolver = createResolver({ servers, clock: systemClock, random: systemRandom });
    const domain = input.argument("DOMAIN").toLowerCase().replace(/\.$/, "");
    if (isIP(domain)) throw new UsageError("DOMAIN is a name, not an address");
    const advice = await adviseDns(domain, hostname.toLowerCase(), resolver);
    if (input.isSet("json")) io.out(JSON.stringify(advice, null, 2));
    else {
      const rows = advice.map((one) => [
        one.state + (one.optional ? " (optional)" : ""),
        one.name,
        one.type,
        one.value,
        one.found,
      ]);
      io.out(table(["STATE", "NAME", "TYPE", "PUBLISH", "FOUND"], rows));
    }
    return advice.every((one) => one.optional || one.state === "there") ? 0 : 1;
  },
};
