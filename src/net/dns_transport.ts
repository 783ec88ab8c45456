import { createSocket } from "node:dgram";
import { connect } from "node:net";
import type { Clock } from "../base/clock.ts";
import { concat } from "../base/bytes.ts";

/** A name server. */
export interface DnsServer {
  address: string;
  port: number;
}

const DNS_PORT = 53;

/** Reads `192.0.2.1`, `192.0.2.1:5353`, `2001:db8::1` or `[2001:db8::1]:5353`. Throws `SyntaxError`. */
export function parseDnsServer(text: string): DnsServer {
  const bracketed = /^\[([0-9A-Fa-f:.%\w]+)\](?::(\d{1,5}))?$/.exec(text);
  const plain = bracketed ?? /^([^:[\]\s]+)(?::(\d{1,5}))?$/.exec(text);
  const bare = plain ?? /^([0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*)$/.exec(text);
  const port = Number(bare?.[2] ?? DNS_PORT);
  if (!bare || port < 1 || port > 65535) throw new SyntaxError(`${text} is no name server`);
  return { address: bare[1], port };
}

/** The servers of a resolv.conf(5); localhost when it names none. */
export function parseResolvConf(text: string): DnsServer[] {
  const servers = [...text.matchAll(/^[ \t]*nameserver[ \t]+(\S+)/gm)].slice(0, 3)
    .map((match) => ({ address: match[1], port: DNS_PORT }));
  return servers.length ? servers : [{ address: "127.0.0.1", port: DNS_PORT }];
}

/**
 * Sends one question by UDP from a port of its own and waits for a datagram that `accept` takes; others (late, forged)
 * are dropped. Null when none comes in time or the server cannot be reached.
 */
export function askUdp(
  server: DnsServer,
  query: Uint8Array,
  accept: (datagram: Uint8Array) => boolean,
  timeoutMs: number,
  clock: Clock,
): Promise<Uint8Array | null> {
  return new Promise((resolve) => {
    const socket = createSocket(server.address.includes(":") ? "udp6" : "udp4");
    let ended = false;
    const end = (answer: Uint8Array | null) => {
      if (ended) return;
      ended = true;
      timer.cancel();
      socket.close();
      resolve(answer);
    };
    const timer = clock.after(timeoutMs, () => end(null));
    socket.on("error", () => end(null));
    socket.on("message", (datagram, from) => {
      if (from.port !== server.port || !sameAddress(from.address, server.address)) return;
      const bytes = new Uint8Array(datagram);
      if (accept(bytes)) end(bytes);
    });
    socket.send(query, server.port, server.address, (error) => {
      if (error) end(null);
    });
  });
}

function sameAddress(a: string, b: string): boolean {
  if (a === b) return true;
  const canonical = (text: string) =>
    text.includes(":") ? new URL(`http://[${text.split("%")[0]}]`).host : text;
  return canonical(a) === canonical(b);
}

/** The same by TCP (RFC 7766), for answers that do not fit a datagram. */
export function askTcp(
  server: DnsServer,
  query: Uint8Array,
  timeoutMs: number,
  clock: Clock,
): Promise<Uint8Array | null> {
  return new Promise((resolve) => {
    const socket = connect({ host: server.address, port: server.port });
    const pieces: Uint8Array[] = [];
    let size = 0;
    const end = (answer: Uint8Array | null) => {
      timer.cancel();
      socket.destroy();
      resolve(answer);
    };
    const timer = clock.after(timeoutMs, () => end(null));
    socket.on("error", () => end(null));
    socket.on("close", () => end(null));
    socket.on("connect", () => {
      socket.write(new Uint8Array([query.length >> 8, query.length & 255]));
      socket.write(query);
    });
    socket.on("data", (chunk) => {
      pieces.push(new Uint8Array(chunk));
      size += chunk.length;
      if (size < 2) return;
      const bytes = concat(pieces);
      const length = bytes[0] * 256 + bytes[1];
      if (bytes.length >= length + 2) end(bytes.subarray(2, length + 2));
    });
  });
}
