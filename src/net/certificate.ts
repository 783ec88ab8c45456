import * as x509 from "@peculiar/x509";
import { Buffer } from "node:buffer";
import type { Random } from "../base/id.ts";
import { systemRandom } from "../base/id.ts";
import { systemClock } from "../base/clock.ts";
import type { CertificatePair } from "./tls.ts";

/** What a leaf certificate is for; `names` and `ips` become its subjectAltName (RFC 5280 §4.2.1.6). */
export interface LeafOptions {
  names: readonly string[];
  ips?: readonly string[];
  /** Mail addresses of whom it is for, when that is a person. */
  emails?: readonly string[];
  /** How long it is good, counted from `nowMs`. */
  days: number;
  /** Whole-second start of validity; the machine's clock when left out. */
  nowMs?: number;
  /** Also good as a client certificate, for the link between two servers. */
  clientAuth?: boolean;
  random?: Random;
}

/** Options of a private authority. */
export interface AuthorityOptions {
  days?: number;
  nowMs?: number;
  random?: Random;
}

const DAY_MS = 86_400_000;
/** Clocks of clients may be behind ours. */
const BACKDATE_MS = 3_600_000;
const ALGORITHM = { name: "ECDSA", namedCurve: "P-256" } as const;
const SIGNATURE = { name: "ECDSA", hash: "SHA-256" } as const;

/** Makes a private authority: a self-signed ECDSA P-256 certificate that may sign leaves and nothing below them. */
export async function makeCertificateAuthority(
  name: string,
  options: AuthorityOptions = {},
): Promise<CertificatePair> {
  const nowMs = options.nowMs ?? systemClock.nowMs();
  const keys = await crypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serialNumber(options.random ?? systemRandom),
    name: [{ CN: [name] }],
    notBefore: new Date(nowMs - BACKDATE_MS),
    notAfter: new Date(nowMs + (options.days ?? 3650) * DAY_MS),
    signingAlgorithm: SIGNATURE,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { cert: pem(certificate.toString("pem")), key: await privateKeyPem(keys.privateKey) };
}

/** Makes a server certificate signed by `ca`. Never a CA itself: clients refuse a CA certificate as a server's. */
export async function makeLeaf(ca: CertificatePair, options: LeafOptions): Promise<CertificatePair> {
  const nowMs = options.nowMs ?? systemClock.nowMs();
  const issuer = new x509.X509Certificate(ca.cert);
  const signingKey = await importPrivateKey(ca.key);
  const keys = await crypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
  const names: x509.JsonGeneralNames = [
    ...options.names.map((value) => ({ type: "dns" as const, value })),
    ...(options.ips ?? []).map((value) => ({ type: "ip" as const, value })),
    ...(options.emails ?? []).map((value) => ({ type: "email" as const, value })),
  ];
  const usages = [x509.ExtendedKeyUsage.serverAuth];
  if (options.clientAuth) usages.push(x509.ExtendedKeyUsage.clientAuth);
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: serialNumber(options.random ?? systemRandom),
    subject: [{ CN: [options.names[0] ?? options.ips?.[0] ?? options.emails?.[0] ?? "mallard"] }],
    issuer: issuer.subject,
    notBefore: new Date(nowMs - BACKDATE_MS),
    notAfter: new Date(Math.min(nowMs + options.days * DAY_MS, issuer.notAfter.getTime())),
    signingAlgorithm: SIGNATURE,
    publicKey: keys.publicKey,
    signingKey,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension(usages),
      new x509.SubjectAlternativeNameExtension(names),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      await x509.AuthorityKeyIdentifierExtension.create(issuer),
    ],
  });
  return { cert: pem(certificate.toString("pem")), key: await privateKeyPem(keys.privateKey) };
}

/** When a certificate ends, in milliseconds since 1970, and the names it is for. Throws for what is not a certificate. */
export function describeCertificate(
  pemText: string,
): { notAfterMs: number; subject: string; names: string[] } {
  const certificate = new x509.X509Certificate(pemText);
  const extension = certificate.getExtension(x509.SubjectAlternativeNameExtension);
  const names = extension?.names.items.map((name) => name.value) ?? [];
  return { notAfterMs: certificate.notAfter.getTime(), subject: certificate.subject, names };
}

/** 16 random bytes, positive and not zero (RFC 5280 §4.1.2.2 allows up to 20 octets). */
function serialNumber(random: Random): string {
  const bytes = random.bytes(16);
  bytes[0] = (bytes[0] & 0x7f) | 0x40;
  return Buffer.from(bytes).toString("hex");
}

function pem(text: string): string {
  return text.endsWith("\n") ? text : text + "\n";
}

async function privateKeyPem(key: CryptoKey): Promise<string> {
  const base64 = Buffer.from(await crypto.subtle.exportKey("pkcs8", key)).toString("base64");
  const lines = base64.match(/.{1,64}/g) ?? [];
  return `-----BEGIN PRIVATE KEY-----\n${lines.join("\n")}\n-----END PRIVATE KEY-----\n`;
}

function importPrivateKey(key: string): Promise<CryptoKey> {
  const base64 = key.replace(/-----[^-]+-----/g, "").replace(/\s+/g, "");
  return crypto.subtle.importKey("pkcs8", Buffer.from(base64, "base64"), ALGORITHM, false, ["sign"]);
}
