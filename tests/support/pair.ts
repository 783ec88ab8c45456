import { makeCertificateAuthority, makeLeaf } from "../../src/net/certificate.ts";
import type { ConfigurationInput } from "../../src/config/schema.ts";
import { Cable } from "./cable.ts";
import { type HarnessOptions, sleep, startServer, type TestServer } from "./harness.ts";
import { freePort } from "./ports.ts";

/** What a test wants of its pair. */
export interface PairOptions {
  acknowledge?: "local" | "both";
  whenSplit?: "degrade" | "refuse";
  configuration?: Partial<ConfigurationInput>;
  /** Log to files, as installed servers do. */
  logFolder?: string;
  /** Each tells clients where the other one is (LOGIN-REFERRALS), as `mx2.mallard.test:993`. */
  referrals?: boolean;
  /** Start without seeing each other. */
  apart?: boolean;
  /** Where the servers live; on two loopback addresses unless given, with a cable between them. */
  hosts?: readonly [PairHost, PairHost];
}

/** A place for one server of a pair. */
export interface PairHost {
  /** For clients. */
  address: string;
  /** For the other server. */
  link: string;
  /** See `HarnessOptions.within`. */
  within?: readonly string[];
}

/** Two real servers of a pair on one machine, each with its own address, ports and data, and the cable between them. */
export interface TestPair {
  readonly servers: [TestServer, TestServer];
  readonly cable: Cable;
  /** Folder of ca.pem, and of mx1.cert.pem and the like. */
  readonly folder: string;
  /** Where each server takes the link, past the cable. */
  readonly listen: readonly [number, number];
  /** Waits until both see each other. */
  linked(timeoutMs?: number): Promise<void>;
  /** Waits until neither sees the other. */
  parted(timeoutMs?: number): Promise<void>;
  /** Waits until both hold the same of these accounts and the directory; says how long that took, in milliseconds. */
  converged(addresses: readonly string[], timeoutMs?: number): Promise<number>;
  status(which: 0 | 1): Promise<Status>;
  remove(): Promise<void>;
}

/** `/api/v1/replication`. */
export interface Status {
  node: string;
  linked: boolean;
  lag: { entries: number; ms: number };
  forks: number;
  heals: number;
  renumbered: number;
  divergences: number;
}

const HERE: readonly [PairHost, PairHost] = [
  { address: "127.0.0.2", link: "127.0.0.2" },
  { address: "127.0.0.3", link: "127.0.0.3" },
];

/** Starts a pair and waits until it is linked. */
export async function startPair(options: PairOptions = {}): Promise<TestPair> {
  const folder = await Deno.makeTempDir({ prefix: "mallard-pair-" });
  await writeCertificates(folder);
  const hosts = options.hosts ?? HERE;
  const listen = hosts.map(({ link, within }) => freePort(within ? undefined : link));
  const cable = new Cable({ hostname: hosts[1].link, port: listen[1] }, hosts[0].link);
  // Only the server with the smaller id calls.
  const callee = options.hosts ? hosts[1].link : hosts[0].link;
  const calleePort = options.hosts ? listen[1] : cable.port;
  if (options.apart) cable.cut();
  const servers = await Promise.all(([0, 1] as const).map((i) => {
    const id = `mx${i + 1}`;
    const harness: HarnessOptions = {
      address: hosts[i].address,
      within: hosts[i].within,
      logFile: options.logFolder && `${options.logFolder}/${id}.log`,
      configuration: {
        hostname: `${id}.mallard.test`,
        node: { id },
        replication: {
          listen: { address: hosts[i].link, port: listen[i] },
          peer: {
            id: `mx${2 - i}`,
            address: i === 0 ? callee : hosts[0].link,
            port: i === 0 ? calleePort : listen[0],
            ...options.referrals ? { imap: `mx${2 - i}.mallard.test:993` } : {},
          },
          ca: `${folder}/ca.pem`,
          cert: `${folder}/${id}.cert.pem`,
          key: `${folder}/${id}.key.pem`,
          acknowledge: options.acknowledge ?? "local",
          whenSplit: options.whenSplit ?? "degrade",
        },
        ...options.configuration,
      },
    };
    return startServer(harness);
  })) as [TestServer, TestServer];
  const status = async (which: 0 | 1) =>
    (await servers[which].api("GET", "/api/v1/replication")).body as unknown as Status;
  const pair: TestPair = {
    servers,
    cable,
    folder,
    listen: [listen[0], listen[1]],
    status,
    linked: (timeoutMs = 15_000) =>
      until(
        "the servers do not see each other",
        timeoutMs,
        async () => (await status(0)).linked && (await status(1)).linked,
      ).then(() => {}),
    parted: (timeoutMs = 15_000) =>
      until(
        "the servers still see each other",
        timeoutMs,
        async () => !(await status(0)).linked && !(await status(1)).linked,
      ).then(() => {}),
    converged: (addresses, timeoutMs = 30_000) =>
      until("the servers do not hold the same", timeoutMs, async () => {
        const paths = ["directory", ...addresses.map((address) => `mailboxes/${address}`)];
        for (const path of paths) {
          const states = await Promise.all(
            servers.map((server) => server.api("GET", `/api/v1/replication/${path}`)),
          );
          const [a, b] = states.map(({ status, body }) => JSON.stringify([status, body.position, body.hash]));
          if (a !== b) return false;
        }
        return true;
      }),
    async remove() {
      await Promise.all(servers.map((server) => server.remove()));
      cable.close();
      await Deno.remove(folder, { recursive: true });
    },
  };
  if (!options.apart) await pair.linked();
  return pair;
}

/** Makes what `mallard replica pair` makes. */
async function writeCertificates(folder: string): Promise<void> {
  const authority = await makeCertificateAuthority("Mallard test pair", { days: 30 });
  await Deno.writeTextFile(`${folder}/ca.pem`, authority.cert);
  for (const id of ["mx1", "mx2"]) {
    const leaf = await makeLeaf(authority, { names: [id], days: 30, clientAuth: true });
    await Deno.writeTextFile(`${folder}/${id}.cert.pem`, leaf.cert);
    await Deno.writeTextFile(`${folder}/${id}.key.pem`, leaf.key);
  }
}

/** Waits until something holds; how long that took, in milliseconds. */
export async function until(what: string, timeoutMs: number, holds: () => Promise<boolean>): Promise<number> {
  const begun = performance.now();
  for (;;) {
    if (await holds()) return performance.now() - begun;
    if (performance.now() - begun > timeoutMs) throw new Error(`${what} after ${timeoutMs} ms`);
    await sleep(20);
  }
}
