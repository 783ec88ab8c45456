import type { Clock } from "../base/clock.ts";
import type { Random } from "../base/id.ts";
import { LIMITS } from "../base/limits.ts";
import {
  type DnsRecords,
  type DnsResponse,
  type DnsType,
  formatDnsQuery,
  negativeTtlS,
  normalizeDnsName,
  parseDnsResponse,
  readAlias,
  readRecords,
} from "./dns_message.ts";
import { askTcp, askUdp, type DnsServer, parseDnsServer, parseResolvConf } from "./dns_transport.ts";

/**
 * What became of a question. `nodata`: the name exists without such records; `nxdomain`: it does not exist; `failed`:
 * nobody could say (no answer, SERVFAIL), which is temporary for everybody.
 */
export type DnsAnswer<T> =
  | { outcome: "found"; records: T[]; name: string; authentic: boolean; ttlS: number }
  | { outcome: "nodata" | "nxdomain"; authentic: boolean }
  | { outcome: "failed"; reason: string };

/** Looks names up. Never throws. */
export interface Resolver {
  /** Records of one type, behind any CNAMEs; `found` has at least one. */
  resolve<T extends DnsType>(name: string, type: T): Promise<DnsAnswer<DnsRecords[T]>>;
}

/** Whom a resolver asks, and how long. */
export interface ResolverOptions {
  /** `host:port`, `host`, `[v6]:port`; null takes what /etc/resolv.conf says. */
  servers: readonly string[] | null;
  clock: Clock;
  random: Random;
  /** Wait for one answer of one server; default 2000. */
  timeoutMs?: number;
  /** Rounds over all servers; default 3. */
  rounds?: number;
  /** Believe the AD bit of servers that are not on this machine (RFC 4035 §4.9.3); default false. */
  trustAuthentic?: boolean;
}

const MIN_TTL_S = 1;
const MAX_TTL_S = 86_400;
/** RFC 2308 §5 suggests at most three hours; a fixed record should not be missed for so long. */
const MAX_NEGATIVE_TTL_S = 900;
const DEFAULT_NEGATIVE_TTL_S = 30;

interface Cached {
  answer: DnsAnswer<unknown>;
  untilMs: number;
}

/** Makes a resolver over a recursive name server: own cache, EDNS, TCP when truncated, several servers, retries. */
export function createResolver(options: ResolverOptions): Resolver {
  const { clock } = options;
  const servers = options.servers?.length ? options.servers.map(parseDnsServer) : systemServers();
  const cache = new Map<string, Cached>();
  const asking = new Map<string, Promise<DnsAnswer<unknown>>>();
  const client = createClient(servers, options);

  function remember(key: string, answer: DnsAnswer<unknown>, ttlS: number): void {
    if (ttlS <= 0) return;
    cache.delete(key);
    if (cache.size >= LIMITS.dnsCacheEntries) cache.delete(cache.keys().next().value!);
    cache.set(key, { answer, untilMs: clock.monotonicMs() + ttlS * 1000 });
  }

  async function lookUp(key: string, name: string, type: DnsType): Promise<DnsAnswer<unknown>> {
    const { answer, ttlS } = await followAliases(client, name, type);
    remember(key, answer, ttlS);
    return answer;
  }

  function resolve(name: string, type: DnsType): Promise<DnsAnswer<unknown>> {
    const ascii = normalizeDnsName(name);
    if (ascii === null) return Promise.resolve({ outcome: "nxdomain", authentic: false });
    const local = localName(ascii, type);
    if (local) return Promise.resolve(local);
    const key = `${type} ${ascii}`;
    const cached = cache.get(key);
    if (cached && cached.untilMs > clock.monotonicMs()) return Promise.resolve(cached.answer);
    const running = asking.get(key);
    if (running) return running;
    if (asking.size >= LIMITS.dnsQueries) {
      return Promise.resolve({ outcome: "failed", reason: "too many questions at once" });
    }
    const answer = lookUp(key, ascii, type).finally(() => asking.delete(key));
    asking.set(key, answer);
    return answer;
  }
  // The type of a question is the type of its answer; the cache in between does not know it.
  return { resolve: resolve as Resolver["resolve"] };
}

/** What the machine is set to. */
function systemServers(): DnsServer[] {
  try {
    return parseResolvConf(Deno.readTextFileSync("/etc/resolv.conf"));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return parseResolvConf("");
    throw error;
  }
}

/** RFC 6761 §6.3: localhost is never asked for. */
function localName(name: string, type: DnsType): DnsAnswer<unknown> | null {
  if (name !== "localhost" && !name.endsWith(".localhost")) return null;
  if (type !== "A" && type !== "AAAA") return { outcome: "nodata", authentic: false };
  const records = [type === "A" ? "127.0.0.1" : "::1"];
  return { outcome: "found", records, name, authentic: false, ttlS: MAX_TTL_S };
}

type Client = (name: string, type: DnsType) => Promise<DnsResponse | string>;

/** Walks CNAMEs inside a response and, where it stops short, asks on. */
async function followAliases(
  client: Client,
  asked: string,
  type: DnsType,
): Promise<{ answer: DnsAnswer<unknown>; ttlS: number }> {
  let name = asked;
  let ttlS = MAX_TTL_S;
  let authentic = true;
  for (let hops = 0; hops <= LIMITS.dnsAliases;) {
    const response = await client(name, type);
    if (typeof response === "string") return { answer: { outcome: "failed", reason: response }, ttlS: 0 };
    authentic &&= response.authentic;
    const start = name;
    let alias: string | null = null;
    do {
      const owned = response.answers.filter((record) => record.name === name);
      const records = owned.filter((record) => record.type === type);
      const found = readRecords(type, records);
      if (found.length) {
        for (const record of records) ttlS = Math.min(ttlS, record.ttlS);
        ttlS = Math.max(ttlS, MIN_TTL_S);
        return { answer: { outcome: "found", records: found, name, authentic, ttlS }, ttlS };
      }
      const link = owned.find((record) => record.type === "CNAME");
      alias = link ? readAlias(link) : null;
      if (link && alias) {
        ttlS = Math.min(ttlS, link.ttlS);
        name = alias;
        hops++;
      }
    } while (alias && hops <= LIMITS.dnsAliases);
    if (hops > LIMITS.dnsAliases) break;
    if (response.rcode === "NXDOMAIN" || name === start) return negative(response, ttlS, authentic);
    if (negativeTtlS(response) !== null) return negative(response, ttlS, authentic);
  }
  return { answer: { outcome: "failed", reason: "too many CNAMEs" }, ttlS: 0 };
}

function negative(response: DnsResponse, ttlS: number, authentic: boolean) {
  const outcome = response.rcode === "NXDOMAIN" ? "nxdomain" : "nodata";
  const own = negativeTtlS(response) ?? DEFAULT_NEGATIVE_TTL_S;
  const answer: DnsAnswer<unknown> = { outcome, authentic };
  return { answer, ttlS: Math.max(MIN_TTL_S, Math.min(ttlS, own, MAX_NEGATIVE_TTL_S)) };
}

/** Asks the servers in turn, beginning with the one that answered last. A string is the reason why nobody could say. */
function createClient(servers: readonly DnsServer[], options: ResolverOptions): Client {
  const { timeoutMs = 2000, rounds = 3 } = options;
  let preferred = 0;
  return async (name, type) => {
    let reason = "no answer";
    for (let attempt = 0; attempt < rounds * servers.length; attempt++) {
      const index = (preferred + attempt) % servers.length;
      const response = await askServer(servers[index], name, type, timeoutMs, options);
      if (typeof response !== "string") {
        preferred = index;
        return response;
      }
      reason = response;
    }
    return `${reason} from ${servers.map((server) => server.address).join(", ")}`;
  };
}

/** One server, one question; a usable answer says NOERROR or NXDOMAIN. */
async function askServer(
  server: DnsServer,
  name: string,
  type: DnsType,
  timeoutMs: number,
  options: ResolverOptions,
): Promise<DnsResponse | string> {
  let response = await exchange(server, name, type, true, timeoutMs, options);
  // RFC 6891 §7: a server that does not know EDNS may answer FORMERR or NOTIMP.
  if (typeof response !== "string" && (response.rcode === "FORMERR" || response.rcode === "NOTIMP")) {
    response = await exchange(server, name, type, false, timeoutMs, options);
  }
  if (typeof response === "string") return response;
  if (response.rcode !== "NOERROR" && response.rcode !== "NXDOMAIN") return response.rcode;
  const trusted = options.trustAuthentic || server.address === "::1" || server.address.startsWith("127.");
  return trusted ? response : { ...response, authentic: false };
}

async function exchange(
  server: DnsServer,
  name: string,
  type: DnsType,
  edns: boolean,
  timeoutMs: number,
  { clock, random }: ResolverOptions,
): Promise<DnsResponse | string> {
  const [high, low] = random.bytes(2);
  const id = high * 256 + low;
  const query = formatDnsQuery(id, name, type, edns);
  let response: DnsResponse | null = null;
  const accept = (bytes: Uint8Array) => {
    response = matching(bytes, id, name, type);
    return response !== null;
  };
  await askUdp(server, query, accept, timeoutMs, clock);
  const first = response as DnsResponse | null;
  if (!first?.truncated) return first ?? "no answer";
  const whole = await askTcp(server, query, timeoutMs, clock);
  return (whole && matching(whole, id, name, type)) ?? "no answer over TCP";
}

/** The response if it answers this very question, RFC 5452 §9.1. */
function matching(bytes: Uint8Array, id: number, name: string, type: string): DnsResponse | null {
  let response: DnsResponse;
  try {
    response = parseDnsResponse(bytes);
  } catch (error) {
    if (error instanceof SyntaxError) return isCut(bytes, id) ? CUT : null;
    throw error;
  }
  const { question } = response;
  if (response.id !== id) return null;
  if (question) return question.name === name && question.type === type ? response : null;
  // Servers that could not read the question leave it out of their error.
  return response.rcode === "NOERROR" ? null : response;
}

/** Stands for a truncated response that ends inside a record. */
const CUT: DnsResponse = {
  id: 0,
  rcode: "NOERROR",
  truncated: true,
  authentic: false,
  question: null,
  answers: [],
  authorities: [],
};

function isCut(bytes: Uint8Array, id: number): boolean {
  return bytes.length > 12 && bytes[0] * 256 + bytes[1] === id && (bytes[2] & 0x82) === 0x82;
}
