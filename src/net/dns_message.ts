import { Buffer } from "node:buffer";
import { domainToASCII } from "node:url";
// @ts-types="./dns_packet.d.ts"
import { type Answer, decode, encode } from "dns-packet";
import { concat, fromLatin1 } from "../base/bytes.ts";

/** Record data by type. Names are in lower case without the final dot; the root is the empty name. */
export interface DnsRecords {
  A: string;
  AAAA: string;
  MX: { preference: number; exchange: string };
  /** Strings of one record joined, one char an octet. */
  TXT: string;
  TLSA: { usage: number; selector: number; matchingType: number; certificate: Uint8Array };
  PTR: string;
  SRV: { priority: number; weight: number; port: number; target: string };
}

/** The types that can be asked for. */
export type DnsType = keyof DnsRecords;

/** One record of a response. */
export interface DnsRecord {
  name: string;
  type: string;
  ttlS: number;
  data: unknown;
}

/** What a server answered. */
export interface DnsResponse {
  id: number;
  rcode: string;
  truncated: boolean;
  /** The AD bit: the server says that DNSSEC vouches for the answer. */
  authentic: boolean;
  question: { name: string; type: string } | null;
  answers: DnsRecord[];
  authorities: DnsRecord[];
}

const RECURSION_DESIRED = 1 << 8;
/** Asks for the AD bit without the signatures, RFC 6840 §5.7. */
const AUTHENTIC_DATA = 1 << 5;
/** What fits without fragments on every path (the 2020 flag day's figure), RFC 6891 §6.2.3. */
const UDP_PAYLOAD = 1232;

/** One question on the wire. `edns` false for servers that answer FORMERR to it. */
export function formatDnsQuery(id: number, name: string, type: DnsType, edns: boolean): Uint8Array {
  return encode({
    id,
    type: "query",
    flags: RECURSION_DESIRED | AUTHENTIC_DATA,
    questions: [{ name, type, class: "IN" }],
    additionals: edns
      ? [{
        type: "OPT",
        name: ".",
        udpPayloadSize: UDP_PAYLOAD,
        extendedRcode: 0,
        ednsVersion: 0,
        flags: 0,
        options: [],
      }]
      : [],
  });
}

/** Reads a response. Throws `SyntaxError` for what is none. */
export function parseDnsResponse(bytes: Uint8Array): DnsResponse {
  let packet;
  try {
    packet = decode(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length));
  } catch (error) {
    throw new SyntaxError("malformed DNS message", { cause: error });
  }
  if (!packet.flag_qr) throw new SyntaxError("not a response");
  const question = packet.questions[0];
  return {
    id: packet.id,
    rcode: packet.rcode,
    truncated: packet.flag_tc,
    authentic: packet.flag_ad,
    question: question ? { name: dnsName(question.name), type: question.type } : null,
    answers: packet.answers.map(toRecord),
    authorities: packet.authorities.map(toRecord),
  };
}

function toRecord({ name, type, ttl, data }: Answer): DnsRecord {
  return { name: dnsName(name), type, ttlS: ttl ?? 0, data };
}

/** Lower case, no final dot. */
function dnsName(name: string): string {
  return name.toLowerCase().replace(/\.$/, "");
}

/** The data of records of one type; records of another shape are left out. */
export function readRecords<T extends DnsType>(type: T, records: readonly DnsRecord[]): DnsRecords[T][] {
  const out: DnsRecords[T][] = [];
  for (const record of records) {
    const data = READERS[type](record.data);
    if (data !== null) out.push(data);
  }
  return out;
}

const readName = (data: unknown) => typeof data === "string" ? dnsName(data) : null;
const readText = (data: unknown) => typeof data === "string" ? data : null;

const READERS: { [T in DnsType]: (data: unknown) => DnsRecords[T] | null } = {
  A: readText,
  AAAA: readText,
  PTR: readName,
  TXT(data) {
    const pieces = Array.isArray(data) ? data : [data];
    if (!pieces.every((piece) => piece instanceof Uint8Array)) return null;
    return fromLatin1(concat(pieces));
  },
  MX(data) {
    const { preference, exchange } = (data ?? {}) as { preference?: unknown; exchange?: unknown };
    if (typeof exchange !== "string") return null;
    return { preference: typeof preference === "number" ? preference : 0, exchange: dnsName(exchange) };
  },
  SRV(data) {
    const { priority = 0, weight = 0, port = 0, target } = (data ?? {}) as Partial<DnsRecords["SRV"]>;
    return typeof target === "string" ? { priority, weight, port, target: dnsName(target) } : null;
  },
  TLSA(data) {
    const tlsa = (data ?? {}) as Partial<DnsRecords["TLSA"]>;
    if (!(tlsa.certificate instanceof Uint8Array)) return null;
    const { usage = 0, selector = 0, matchingType = 0 } = tlsa;
    return { usage, selector, matchingType, certificate: new Uint8Array(tlsa.certificate) };
  },
};

/** The target of a CNAME record. */
export function readAlias(record: DnsRecord): string | null {
  return record.type === "CNAME" ? readName(record.data) : null;
}

/** How long a negative answer holds, RFC 2308 §5: the smaller of the SOA's TTL and its MINIMUM, in seconds; null without SOA. */
export function negativeTtlS(response: DnsResponse): number | null {
  const soa = response.authorities.find((record) => record.type === "SOA");
  if (!soa) return null;
  const { minimum } = (soa.data ?? {}) as { minimum?: unknown };
  return typeof minimum === "number" ? Math.min(soa.ttlS, minimum) : soa.ttlS;
}

/** A name as it is asked for: A-labels (RFC 5891), lower case, no final dot; null when it cannot be a name. */
export function normalizeDnsName(name: string): string | null {
  let ascii = name.toLowerCase().replace(/\.$/, "");
  if (!/^[\x21-\x7e]*$/.test(ascii)) ascii = domainToASCII(ascii);
  if (ascii.length > 253) return null;
  return ascii.split(".").every((label) => /^[\x21-\x7e]{1,63}$/.test(label)) ? ascii : null;
}
