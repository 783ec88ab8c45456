import { Buffer } from "node:buffer";
import { createSocket } from "node:dgram";
import { createServer, type Socket } from "node:net";
// @ts-types="../../src/net/dns_packet.d.ts"
import { type Answer, decode, encode, type Packet } from "dns-packet";
import { concat } from "../../src/base/bytes.ts";

/** One record of a zone; `data` as dns-packet wants it: text for A, `{preference, exchange}` for MX … */
export interface ZoneRecord {
  name: string;
  type: string;
  data: unknown;
  ttl?: number;
}

/** What a name does other than answering from the zone. */
export type Trouble = "servfail" | "silent" | "refused" | "truncated" | "no-edns";

/** A name server on loopback with UDP and TCP on one port; `zone` and `trouble` may change while it runs. */
export interface FakeDns {
  /** `127.0.0.1:port`, as the configuration wants it. */
  readonly server: string;
  zone: ZoneRecord[];
  /** By name, for every type. */
  trouble: Map<string, Trouble>;
  /** `udp MX example.test`, in order. */
  asked: string[];
  /** Sets the AD bit. */
  authentic: boolean;
  close(): Promise<void>;
}

/** A, AAAA and MX in short: `{ "a.test": { A: ["127.0.0.1"], MX: [[10, "mx.a.test"]] } }`. */
export function zoneOf(
  names: Record<
    string,
    { A?: string[]; AAAA?: string[]; MX?: [number, string][]; TXT?: string[]; CNAME?: string }
  >,
): ZoneRecord[] {
  const out: ZoneRecord[] = [];
  for (const [name, types] of Object.entries(names)) {
    for (const data of types.A ?? []) out.push({ name, type: "A", data });
    for (const data of types.AAAA ?? []) out.push({ name, type: "AAAA", data });
    for (const [preference, exchange] of types.MX ?? []) {
      out.push({ name, type: "MX", data: { preference, exchange } });
    }
    for (const data of types.TXT ?? []) out.push({ name, type: "TXT", data });
    if (types.CNAME) out.push({ name, type: "CNAME", data: types.CNAME });
  }
  return out;
}

/** Starts one. */
export async function startFakeDns(zone: ZoneRecord[] = [], address = "127.0.0.1"): Promise<FakeDns> {
  const tcp = createServer();
  await new Promise<void>((resolve) => tcp.listen(0, address, resolve));
  const { port } = tcp.address() as { port: number };
  const udp = createSocket(address.includes(":") ? "udp6" : "udp4");
  await new Promise<void>((resolve) => udp.bind(port, address, resolve));
  const sockets = new Set<Socket>();
  const dns: FakeDns = {
    server: address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`,
    zone,
    trouble: new Map(),
    asked: [],
    authentic: false,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => udp.close(() => resolve()));
      await new Promise<void>((resolve) => tcp.close(() => resolve()));
    },
  };
  udp.on("message", (bytes, from) => {
    const reply = answer(dns, bytes, "udp");
    if (reply) udp.send(reply, from.port, from.address);
  });
  tcp.on("connection", (socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => sockets.delete(socket));
    const pieces: Uint8Array[] = [];
    socket.on("data", (chunk) => {
      pieces.push(new Uint8Array(chunk));
      const bytes = concat(pieces);
      if (bytes.length < 2 || bytes.length < 2 + bytes[0] * 256 + bytes[1]) return;
      const reply = answer(dns, bytes.subarray(2), "tcp");
      if (reply) socket.end(concat([new Uint8Array([reply.length >> 8, reply.length & 255]), reply]));
    });
  });
  return dns;
}

const QR_RD_RA = 0x8180;

function answer(dns: FakeDns, bytes: Uint8Array, transport: "udp" | "tcp"): Uint8Array | null {
  const query = decode(Buffer.from(bytes));
  const { name, type } = query.questions[0];
  dns.asked.push(`${transport} ${type} ${name}`);
  const reply = (rcode: number, packet: Packet = {}, flags = 0): Uint8Array =>
    encode({
      id: query.id,
      type: "response",
      flags: QR_RD_RA | flags | rcode | (dns.authentic ? 0x20 : 0),
      questions: query.questions,
      ...packet,
    });
  const trouble = dns.trouble.get(name);
  if (trouble === "silent") return null;
  if (trouble === "servfail") return reply(2);
  if (trouble === "refused") return reply(5);
  if (trouble === "truncated" && transport === "udp") return reply(0, {}, 0x200);
  if (trouble === "no-edns" && query.additionals.length) return reply(1);
  const answers: Answer[] = [];
  let at = name.toLowerCase();
  for (let hops = 0; hops < 20; hops++) {
    const owned = dns.zone.filter((record) => record.name.toLowerCase() === at);
    const found = owned.filter((record) => record.type === type);
    for (const { name, type, data, ttl = 60 } of found) answers.push({ name, type, data, ttl, class: "IN" });
    const link = owned.find((record) => record.type === "CNAME");
    if (found.length || !link || type === "CNAME") break;
    answers.push({ name: at, type: "CNAME", data: link.data, ttl: link.ttl ?? 60, class: "IN" });
    at = String(link.data).toLowerCase();
  }
  if (answers.some((record) => record.type === type)) return reply(0, { answers });
  const exists = dns.zone.some((record) => {
    const known = record.name.toLowerCase();
    return known === at || known.endsWith("." + at);
  });
  return reply(exists ? 0 : 3, { answers, authorities: [soa(at)] });
}

function soa(name: string): Answer {
  return {
    name,
    type: "SOA",
    ttl: 60,
    class: "IN",
    data: {
      mname: "ns.test",
      rname: "root.test",
      serial: 1,
      refresh: 60,
      retry: 60,
      expire: 60,
      minimum: 20,
    },
  };
}
