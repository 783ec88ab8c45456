import * as x509 from "@peculiar/x509";
import { createHash, createPrivateKey, X509Certificate } from "node:crypto";
import { createSecureContext, type SecureContext } from "node:tls";
import type { TlsContexts } from "./connection.ts";

/** PEM texts of one certificate chain with its key. */
export interface CertificatePair {
  cert: string;
  key: string;
}

/** A certificate that cannot be used; the message says why. */
export class BadCertificate extends Error {}

/**
 * Secure contexts by server name. Built as a whole and swapped as a whole, so a reload touches no session and a bad
 * new certificate leaves the old ones in place. TLS 1.2 is the least.
 */
export function createTlsContexts(
  pairs: readonly CertificatePair[],
  clientCa: string | null = null,
): TlsContexts {
  if (clientCa !== null) readAuthority(clientCa);
  if (!pairs.length) throw new BadCertificate("no certificate is configured");
  const entries = pairs.map((pair) => {
    const certificate = readCertificate(pair);
    const context = createSecureContext({
      cert: pair.cert,
      key: pair.key,
      minVersion: "TLSv1.2",
      ...(clientCa === null ? {} : { ca: clientCa }),
    });
    const endPoint = endPointHash(certificate);
    if (endPoint) END_POINTS.set(context, endPoint);
    return { names: certificateNames(certificate), context };
  });
  const byName = new Map<string, SecureContext>();
  for (const { names, context } of entries) {
    for (const name of names) if (!byName.has(name)) byName.set(name, context);
  }
  return {
    clients: clientCa === null ? null : { ca: clientCa, ...pairs[0] },
    select(serverName) {
      const name = serverName?.toLowerCase();
      if (!name) return entries[0].context;
      const wildcard = "*" + name.slice(Math.max(0, name.indexOf(".")));
      return byName.get(name) ?? byName.get(wildcard) ?? entries[0].context;
    },
  };
}

const END_POINTS = new WeakMap<SecureContext, Uint8Array>();

/** The hash of the certificate that a context of `createTlsContexts` shows (RFC 5929 §4.1). */
export function endPointOf(context: SecureContext): Uint8Array | undefined {
  return END_POINTS.get(context);
}

/** By the hash of the certificate's signature; SHA-256 for weaker ones, nothing where it has none of its own. */
function endPointHash(certificate: X509Certificate): Uint8Array | null {
  const der = new Uint8Array(certificate.raw);
  const { signatureAlgorithm } = new x509.X509Certificate(der);
  const signature = "hash" in signatureAlgorithm ? (signatureAlgorithm.hash as { name?: string }).name : null;
  const name =
    { "SHA-1": "sha256", "SHA-256": "sha256", "SHA-384": "sha384", "SHA-512": "sha512" }[signature ?? ""];
  return name ? new Uint8Array(createHash(name).update(der).digest()) : null;
}

/** Contexts that can be replaced while listeners and sessions hold on to them. */
export class ReloadableTls implements TlsContexts {
  #current: TlsContexts;
  constructor(first: TlsContexts) {
    this.#current = first;
  }

  get clients(): TlsContexts["clients"] {
    return this.#current.clients;
  }

  select(serverName: string | undefined): SecureContext {
    return this.#current.select(serverName);
  }

  replace(next: TlsContexts): void {
    this.#current = next;
  }
}

/** Refuses what the TLS layer would take silently: a key of another certificate, an expired or unreadable file. */
export function readCertificate(pair: CertificatePair): X509Certificate {
  let certificate: X509Certificate;
  try {
    certificate = new X509Certificate(pair.cert);
  } catch (error) {
    throw new BadCertificate(`the certificate cannot be read: ${(error as Error).message}`);
  }
  try {
    if (certificate.checkPrivateKey(createPrivateKey(pair.key))) return certificate;
  } catch (error) {
    throw new BadCertificate(`the private key cannot be read: ${(error as Error).message}`);
  }
  throw new BadCertificate(`the private key does not belong to the certificate of ${certificate.subject}`);
}

/** Refuses what is no certificate, which the TLS layer would pass over. */
export function readAuthority(pem: string): void {
  try {
    new X509Certificate(pem);
  } catch (error) {
    throw new BadCertificate(`the authority of clients cannot be read: ${(error as Error).message}`);
  }
}

function certificateNames(certificate: X509Certificate): string[] {
  const names = (certificate.subjectAltName ?? "").split(/,\s*/)
    .filter((entry) => entry.startsWith("DNS:")).map((entry) => entry.slice(4).toLowerCase());
  const common = /CN=([^\n,]+)/.exec(certificate.subject ?? "")?.[1].trim().toLowerCase();
  return common && !names.length ? [common] : names;
}
