import { isIP } from "node:net";

/** A host and a port, as written in `host`, `host:port`, `192.0.2.1:25`, `[2001:db8::1]:587` or `[mail.test]:587`. */
export interface Endpoint {
  /** Name or address, without brackets. */
  host: string;
  port: number;
}

/** Reads `host[:port]`. An IPv6 address with a port needs brackets. Throws SyntaxError. */
export function parseEndpoint(text: string, defaultPort: number): Endpoint {
  const bracketed = /^\[([0-9a-fA-F:.]+|[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)+)\](?::(\d{1,5}))?$/u.exec(text);
  const plain = /^([^\s:[\]]+)(?::(\d{1,5}))?$/.exec(text);
  if (isIP(text) === 6) return { host: text, port: defaultPort };
  const match = bracketed ?? plain;
  if (!match || (match[1].includes(":") && isIP(match[1]) !== 6)) {
    throw new SyntaxError(`${JSON.stringify(text)} is not host, host:port or [IPv6]:port`);
  }
  const port = match[2] === undefined ? defaultPort : Number(match[2]);
  if (port < 1 || port > 65535) throw new SyntaxError(`port ${port} is not between 1 and 65535`);
  return { host: match[1], port };
}
