import type { SecureContext } from "node:tls";

/** What TLS says of a connection. */
export interface TlsInfo {
  /** `TLSv1.3` */
  version: string;
  cipher: string;
  /** SNI name; null when the client sent none. */
  serverName: string | null;
  /** `tls-server-end-point`, the hash of our certificate (RFC 5929 §4.1); undefined when it has none. */
  endPoint?: Uint8Array;
  /** Mail addresses in the client's certificate, when one of the authorities for clients has signed it. */
  clientAddresses?: readonly string[];
}

/** One line without its CRLF. `tooLong`: it was over the limit and what came is cut; the rest was skipped up to its CRLF. */
export interface Line {
  bytes: Uint8Array;
  tooLong: boolean;
}

/** The peer said nothing for as long as it may. */
export class ReadTimeout extends Error {}

/** The peer went away, or does not read what we write. Every method may throw it; a session just ends then. */
export class ConnectionClosed extends Error {}

/**
 * One client connection as protocol sessions see it: bytes in, bytes out, limits and timeouts applied. Input is
 * only taken from the socket while somebody asks for it, so a flood waits in the kernel.
 */
export interface Connection {
  /** Names the session in logs, Received headers and replies. */
  readonly id: string;
  readonly remote: { address: string; port: number };
  readonly local: { address: string; port: number };
  /** Null in clear text. */
  readonly tls: TlsInfo | null;
  /** Aborted once the connection is closed, by either side or by `shutdown`. */
  readonly closed: AbortSignal;
  /** Set when the client has asked to end: it sends nothing more, so the connection can go without lingering. */
  clientLeaves: boolean;
  /** The next bytes, at least one; null when the peer has ended. */
  read(timeoutMs: number): Promise<Uint8Array | null>;
  /** Bytes that already lie here, without waiting; null when there are none. */
  tryRead(): Uint8Array | null;
  /** Gives bytes back that were read too far. */
  unread(bytes: Uint8Array): void;
  /**
   * The next line, ended by CRLF only: a bare CR or LF is part of the line (no SMTP smuggling). Null at the end. The
   * whole line must come within the time, however its octets are spread.
   */
  readLine(maxBytes: number, timeoutMs: number): Promise<Line | null>;
  /** The same for a line that lies here whole already; undefined when it does not. Saves a turn of the event loop. */
  tryReadLine(maxBytes: number): Line | undefined;
  /** Queues output. A string is latin-1 wire text. Sent by `flush`, or when the session next waits for input. */
  write(data: string | Uint8Array): void;
  /** Sends what is queued; resolves when the client has room for more. */
  flush(): Promise<void>;
  /** Server side of STARTTLS: whatever was pipelined in clear text is thrown away (RFC 3207 §4.2). */
  startTls(): Promise<void>;
  /** Sends what is queued and ends. */
  close(): Promise<void>;
  /** Ends at once. */
  destroy(): void;
}

/** Certificates by server name; swapped as a whole on reload while sessions go on. */
export interface TlsContexts {
  /** Authorities of client certificates, with a certificate of this server to show; null when none are asked for. */
  readonly clients: { ca: string; cert: string; key: string } | null;
  select(serverName: string | undefined): SecureContext;
}
