import type { Connection } from "../net/connection.ts";
import type { FrontendContext, ListenerSettings } from "./context.ts";

/** What every session has. */
interface Spoken {
  readonly connection: Connection;
  readonly listener: ListenerSettings;
  readonly context: FrontendContext;
}

/**
 * Whether the first bytes of a clear-text connection are a TLS ClientHello: a client set to "SSL" talks to a STARTTLS
 * port. Then the session is logged and closed, as nothing that it could say would be understood.
 */
export function closeOnClientHello({ connection, listener, context }: Spoken, first: Uint8Array): boolean {
  if (!isClientHello(first)) return false;
  context.log.info("tls.unexpected", {
    protocol: listener.protocol,
    session: connection.id,
    ip: connection.remote.address,
    reason: "the client speaks TLS on a clear-text port",
  });
  connection.destroy();
  return true;
}

/** RFC 8446 §5.1: record type 22, version 3.x. */
function isClientHello(bytes: Uint8Array): boolean {
  return bytes[0] === 0x16 && (bytes.length === 1 || bytes[1] === 3);
}
