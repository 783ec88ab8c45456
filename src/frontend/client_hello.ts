/**
 * Whether the first bytes of a clear-text connection are a TLS ClientHello: a client set to "SSL" talks to a STARTTLS
 * port. Sessions log it and close, as nothing they could say would be understood. RFC 8446 §5.1: record type 22,
 * version 3.x.
 */
export function isClientHello(bytes: Uint8Array): boolean {
  return bytes[0] === 0x16 && (bytes.length === 1 || bytes[1] === 3);
}
