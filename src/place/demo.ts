import type { DirectoryContract } from "../../actors/directory/contract.ts";
import type { LoginContract } from "../../actors/login/contract.ts";
import type { ActorSystem } from "../actor/actor.ts";
import { Fault } from "../base/fault.ts";
import type { Random } from "../base/id.ts";
import { DEMO_CERTIFICATES } from "../config/demo.ts";
import type { Configuration } from "../config/schema.ts";

const DOMAIN = "demo.test";
const USERS = ["alice", "bob"];

interface DemoFile {
  accounts: { address: string; password: string }[];
  adminToken: string;
  ca: string;
  listeners: { protocol: string; address: string; port: number; tls: string }[];
}

/** Makes the private authority and the certificate for `localhost` once; later starts keep them. */
export async function ensureDemoCertificates(dataDir: string): Promise<void> {
  const path = (name: keyof typeof DEMO_CERTIFICATES) => `${dataDir}/${DEMO_CERTIFICATES[name]}`;
  try {
    Deno.statSync(path("key"));
    return;
  } catch {
    // First start.
  }
  // Loaded for this one time only: the library is as large as the rest of the server.
  const { makeCertificateAuthority, makeLeaf } = await import("../net/certificate.ts");
  Deno.mkdirSync(`${dataDir}/tls`, { recursive: true, mode: 0o700 });
  const ca = await makeCertificateAuthority("Mallard demo authority");
  const leaf = await makeLeaf(ca, { names: ["localhost"], ips: ["127.0.0.1", "::1"], days: 825 });
  Deno.writeTextFileSync(path("ca"), ca.cert);
  Deno.writeTextFileSync(path("caKey"), ca.key, { mode: 0o600 });
  Deno.writeTextFileSync(path("cert"), leaf.cert);
  Deno.writeTextFileSync(path("key"), leaf.key, { mode: 0o600 });
}

/** Makes the demo's domain and accounts once, keeps their passwords in `<data>/demo.json`, and shows them. */
export async function ensureDemoAccounts(
  system: ActorSystem,
  random: Random,
  dataDir: string,
  adminToken: string,
  listeners: DemoFile["listeners"],
): Promise<string> {
  const path = `${dataDir}/demo.json`;
  const directory = system.ref<DirectoryContract>("directory:main");
  const login = system.ref<LoginContract>("login:main");
  let accounts: DemoFile["accounts"] = [];
  try {
    accounts = (JSON.parse(Deno.readTextFileSync(path)) as DemoFile).accounts;
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  if (!accounts.length) {
    accounts = USERS.map((user) => ({ address: `${user}@${DOMAIN}`, password: password(random) }));
    await directory.ask("createDomain", { name: DOMAIN }).catch(ignoreExisting);
    for (const { address, password } of accounts) {
      const { passwordHash, scram } = await login.ask("hash", { password });
      await directory.ask("createAccount", { address, passwordHash, scram }).catch(async (error) => {
        ignoreExisting(error);
        await directory.ask("updateAccount", { address, passwordHash, scram });
      });
    }
  }
  const file: DemoFile = { accounts, adminToken, ca: `${dataDir}/${DEMO_CERTIFICATES.ca}`, listeners };
  Deno.writeTextFileSync(path, JSON.stringify(file, null, 2) + "\n", { mode: 0o600 });
  Deno.chmodSync(path, 0o600);
  return table(file);
}

/** The listeners of a configuration without what this machine cannot bind (no IPv6 loopback). */
export function withoutMissingIpv6(listeners: Configuration["listeners"]): Configuration["listeners"] {
  try {
    Deno.listen({ hostname: "::1", port: 0 }).close();
    return listeners;
  } catch {
    return listeners.filter((l) => l.address !== "::1");
  }
}

function ignoreExisting(error: unknown): void {
  if (!(error instanceof Fault && error.code === "exists")) throw error;
}

/** Sixteen characters that are easy to type: about 80 bits. */
function password(random: Random): string {
  const letters = "abcdefghjkmnpqrstuvwxyz23456789XY";
  return [...random.bytes(16)].map((byte) => letters[byte & 31]).join("");
}

function table(file: DemoFile): string {
  const rows: [string, string][] = [
    ...file.accounts.map((a): [string, string] => [a.address, a.password]),
    ["admin token", file.adminToken],
    ["certificate authority", file.ca],
    ...file.listeners.filter((l) => l.address !== "::1").map((l): [string, string] => [
      l.protocol + (l.tls === "implicit" ? " (TLS)" : l.tls === "starttls" ? " (STARTTLS)" : ""),
      `${l.address}:${l.port}`,
    ]),
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  return ["Mallard demo", "", ...rows.map(([name, value]) => `  ${name.padEnd(width)}  ${value}`), ""].join(
    "\n",
  );
}
