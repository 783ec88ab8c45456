import { X509Certificate } from "node:crypto";
import type { Clock } from "../base/clock.ts";
import { BadCertificate, type CertificatePair, readCertificate } from "../net/tls.ts";

/** Looks at the certificate (DER) that the other end of a connection proved to hold; null when it is the peer's. */
export type PeerCheck = (raw: Uint8Array | undefined) => string | null;

/** What is left to say when the TLS layer did not accept a certificate: it does not tell why, nor show it. */
export const NOT_ACCEPTED = "its certificate is not from the authority of the pair, or has expired";

const PEM_BLOCK = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/**
 * The whole test of who is at the other end: signed by the pair's authority itself, in its time, for the peer's name
 * and no other. The TLS layer proves only that the other end holds the key: a resumed session is not checked against
 * the authority again, and a client trusts the public authorities beside the given one.
 */
export function createPeerCheck(ca: string, peerId: string, clock: Clock): PeerCheck {
  const authorities = readAuthorities(ca);
  return (raw) => {
    if (!raw?.length) return "it shows no certificate";
    let certificate: X509Certificate;
    try {
      certificate = new X509Certificate(raw);
    } catch (error) {
      return `its certificate cannot be read: ${(error as Error).message}`;
    }
    if (!isFrom(certificate, authorities)) return "its certificate is not from the authority of the pair";
    const time = timeProblem(certificate, clock);
    if (time !== null) return `its certificate ${time}`;
    const names = dnsNames(certificate);
    if (names.length === 1 && names[0] === peerId) return null;
    return `its certificate is for ${names.join(", ") || "nobody"}, not for ${peerId}`;
  };
}

/** Refuses what would only show when the link is to be made: this server's own certificate must pass at the peer. */
export function checkOwnCertificate(pair: CertificatePair, ca: string, nodeId: string, clock: Clock): void {
  const problem = createPeerCheck(ca, nodeId, clock)(readCertificate(pair).raw);
  if (problem !== null) {
    throw new BadCertificate(`the link to the other server: ${problem.replace(/^its/, "our")}`);
  }
}

function readAuthorities(ca: string): X509Certificate[] {
  try {
    const found = (ca.match(PEM_BLOCK) ?? []).map((block) => new X509Certificate(block));
    if (found.length) return found;
  } catch (error) {
    throw new BadCertificate(`the authority of the pair cannot be read: ${(error as Error).message}`);
  }
  throw new BadCertificate("the authority of the pair cannot be read: no certificate in the file");
}

/** RFC 5280 §6.1 for a path of one: an authority's certificate is no server's. */
function isFrom(certificate: X509Certificate, authorities: readonly X509Certificate[]): boolean {
  if (certificate.ca) return false;
  return authorities.some((ca) => certificate.checkIssued(ca) && certificate.verify(ca.publicKey));
}

function timeProblem(certificate: X509Certificate, clock: Clock): string | null {
  const now = clock.nowMs();
  if (now < Date.parse(certificate.validFrom)) return `is not good before ${certificate.validFrom}`;
  if (now > Date.parse(certificate.validTo)) return `has expired on ${certificate.validTo}`;
  return null;
}

function dnsNames(certificate: X509Certificate): string[] {
  return (certificate.subjectAltName ?? "").split(/,\s*/)
    .filter((entry) => entry.startsWith("DNS:")).map((entry) => entry.slice(4));
}
