import type { DirectoryContract } from "../../actors/directory/contract.ts";
import type { QueueContract } from "../../actors/queue/contract.ts";
import { systemClock } from "../base/clock.ts";
import { systemRandom } from "../base/id.ts";
import { LIMITS } from "../base/limits.ts";
import { createLog, errorFields, type Log, type LogFormat } from "../base/log.ts";
import { createMetrics } from "../base/metrics.ts";
import { readEnvironment } from "../config/environment.ts";
import { loadConfiguration } from "../config/load.ts";
import { networkSet } from "../config/networks.ts";
import type { Configuration } from "../config/schema.ts";
import { watchAccounts } from "../frontend/account_watch.ts";
import { createBudget } from "../frontend/budget.ts";
import { Outgoing } from "../frontend/outgoing.ts";
import type { Filtering, FrontendContext } from "../frontend/context.ts";
import { createTokenVerifier, type TokenVerifier } from "../net/token_issuer.ts";
import { type Asking, filteringOf, siteScriptsOf } from "./filtering.ts";
import { withPlacesOf } from "./filing_places.ts";
import { createOutbound, type Outbound } from "./outbound.ts";
import { adminToken } from "./admin_token.ts";
import { certificateFiles, type Certificates, loadCertificates } from "./certificates.ts";
import { ensureDemoAccounts, ensureDemoCertificates, withoutMissingIpv6 } from "./demo.ts";
import { adminHandler } from "./http_handler.ts";
import { type HttpServers, httpServers } from "./http_server.ts";
import { type MailListeners, mailListeners } from "./listeners.ts";
import { lockDataFolder } from "./lock.ts";
import { createLogSink } from "./log_sink.ts";
import { createPair, type Pair } from "./pair.ts";
import { Router } from "./router.ts";
import { Supervisor } from "./supervisor.ts";
import { mainGivesBack, tidyMemory } from "./tidy_memory.ts";
import { VERSION } from "./version.ts";

/** How `serve` was called. */
export interface ServeOptions {
  configFile?: string;
  dataDir?: string;
  demo: boolean;
  logFormat?: LogFormat;
}

/** A running server's parts, in the order in which they start. */
interface Server {
  configuration: Configuration;
  log: Log;
  router: Router;
  supervisor: Supervisor;
  context: FrontendContext & Changeable;
  certificates: Certificates | null;
  mail: MailListeners;
  http: HttpServers;
  outbound: Outbound;
  pair: Pair | null;
  stopping: AbortController;
  /** The admin token that counts now. */
  token: { value: string };
}

/** What a reload changes for sessions that go on. */
interface Changeable {
  filtering: Filtering;
  hostname: string;
  messageBytes: number;
  allowPlaintext: boolean;
  fullIsTemporary: boolean;
  mayRelay: (address: string) => boolean;
  sieveReferral: string | null;
  sieveUrl: string | null;
  tokens: TokenVerifier | undefined;
  referral?: () => string | null;
  setsQuotas: (address: string) => boolean;
}

/** Runs the server until SIGTERM or SIGINT; the exit status. */
export async function serve(options: ServeOptions): Promise<number> {
  let configuration: Configuration;
  let unlock: () => void;
  try {
    configuration = readConfiguration(options);
    unlock = lockDataFolder(configuration.dataDir);
  } catch (error) {
    return refuse(error);
  }
  const sink = createLogSink();
  const log = createLog({
    ...configuration.log,
    sink: sink.write,
    nowMs: systemClock.nowMs,
    pid: Deno.pid,
  });
  try {
    for (const variable of readEnvironment(Deno.env.toObject()).unknown) {
      log.warn("configuration.unknown", { variable });
    }
    const server = await start(configuration, options, log);
    await untilSignal(() => reload(server, options));
    await stop(server);
    return 0;
  } catch (error) {
    // The places end by themselves when this process does.
    return refuse(error);
  } finally {
    sink.flush();
    unlock();
  }
}

/** Why the server cannot start, in one line; the exit status. */
function refuse(error: unknown): number {
  console.error(`mallard: ${error instanceof Error ? error.message : String(error)}`);
  return 1;
}

function readConfiguration(options: ServeOptions): Configuration {
  const configuration = loadConfiguration({
    file: options.configFile,
    demo: options.demo,
    dataDir: options.dataDir,
    environment: Deno.env.toObject(),
  });
  if (options.logFormat) configuration.log.format = options.logFormat;
  if (options.demo) configuration.listeners = withoutMissingIpv6(configuration.listeners);
  Deno.mkdirSync(configuration.dataDir, { recursive: true, mode: 0o700 });
  configuration.dataDir = Deno.realPathSync(configuration.dataDir);
  return configuration;
}

async function start(configuration: Configuration, options: ServeOptions, log: Log): Promise<Server> {
  const { dataDir } = configuration;
  tidyMemory(mainGivesBack());
  if (options.demo) await ensureDemoCertificates(dataDir);
  const certificates = loadCertificates(certificateFiles(configuration), log);
  const token = { value: adminToken(dataDir, configuration.admin.token, systemRandom) };
  const router = new Router(configuration.places.shards, log);
  const code = new URL("../../", import.meta.url);
  const supervisor = new Supervisor({
    router,
    log,
    data: dataDir,
    shards: configuration.places.shards,
    entry: new URL("./child.ts", import.meta.url).href,
    code: code.pathname.replace(/\/$/, ""),
    logging: configuration.log,
    node: { id: configuration.node.id, peer: configuration.replication?.peer.id ?? null },
  });
  await supervisor.start();
  const stopping = new AbortController();
  const asking: Asking = { siteScripts: siteScriptsOf(router), withPlaces: withPlacesOf(router) };
  const metrics = createMetrics();
  const context: Server["context"] = {
    system: router,
    clock: systemClock,
    random: systemRandom,
    log,
    metrics,
    version: VERSION,
    ...changeable(configuration, asking),
    ingest: createBudget(LIMITS.ingestBytes),
    outgoing: new Outgoing(LIMITS.outgoingBytes, LIMITS.outgoingAccountBytes),
    accounts: watchAccounts(router),
    stopping: stopping.signal,
  };
  await configureActors(router, configuration);
  const pair = createPair(context, router, configuration);
  const elsewhere = configuration.replication?.peer.imap;
  if (pair && elsewhere) context.referral = () => pair.status().linked ? elsewhere : null;
  const outbound = createOutbound(context, configuration, asking);
  const mail = mailListeners(context);
  let ready = false;
  const http = httpServers(
    () =>
      adminHandler(context, {
        token: () => token.value,
        nodeId: configuration.node.id,
        health() {
          const away = supervisor.places.filter((place) => !router.connected(place));
          if (away.length) return { ok: false, reason: `${away.join(", ")} is restarting` };
          return ready ? { ok: true } : { ok: false, reason: "starting" };
        },
        samples() {
          pair?.observe();
          return [...metrics.snapshot(), ...router.metrics()];
        },
        resolver: () => outbound.resolver(),
        replication: pair ?? undefined,
      }),
    log,
  );
  const server = {
    configuration,
    log,
    router,
    supervisor,
    context,
    certificates,
    mail,
    http,
    outbound,
    pair,
    stopping,
    token,
  };
  await pair?.start();
  await applyListeners(server);
  await http.openSocket(adminSocket(dataDir));
  outbound.start();
  watchCertificates(server);
  writeHttpAddress(server);
  if (options.demo) {
    console.log(await ensureDemoAccounts(router, systemRandom, dataDir, token.value, boundPorts(server)));
  }
  ready = true;
  log.info("server.ready", { version: VERSION, hostname: configuration.hostname, pid: Deno.pid });
  return server;
}

function changeable(configuration: Configuration, asking: Asking): Changeable {
  const { hostname, limits, auth, managesieve } = configuration;
  const admins = new Set(auth.quotaAdmins.map((address) => address.toLowerCase()));
  return {
    filtering: filteringOf(asking, configuration),
    hostname,
    messageBytes: limits.messageBytes,
    allowPlaintext: auth.allowPlaintext,
    fullIsTemporary: limits.fullMailbox === "refuse-temporary",
    mayRelay: networkSet(auth.relayNetworks),
    sieveReferral: managesieve.referral,
    setsQuotas: (address) => admins.has(address.toLowerCase()),
    sieveUrl: sieveUrlOf(configuration),
    tokens: auth.oauth ? createTokenVerifier(auth.oauth, systemClock) : undefined,
  };
}

/** The Sieve URL of this server (RFC 5804 §3), by the first of its ManageSieve ports. */
function sieveUrlOf({ hostname, listeners, managesieve }: Configuration): string | null {
  if (managesieve.referral) return managesieve.referral;
  const port = listeners.find(({ protocol }) => protocol === "managesieve")?.port;
  return port === undefined ? null : `sieve://${hostname}${port === 4190 ? "" : `:${port}`}`;
}

async function configureActors(router: Router, configuration: Configuration): Promise<void> {
  const { limits, queue, hostname, postmaster, login } = configuration;
  await router.ref<DirectoryContract>("directory:main").ask("configure", {
    quotaBytes: limits.quotaBytes,
    messageBytes: limits.messageBytes,
    postmaster,
    loginDomain: login.nameForm === "local-part" ? login.domain : null,
    acknowledge: configuration.replication?.acknowledge,
    hostname,
  });
  await router.ref<QueueContract>("queue:main").ask("configure", {
    hostname,
    postmaster: postmaster ?? `postmaster@${hostname}`,
    expireMs: queue.expireSeconds * 1000,
    delayNoticeMs: queue.delayNoticeSeconds === null ? null : queue.delayNoticeSeconds * 1000,
    backoffMs: queue.backoffSeconds.map((seconds) => seconds * 1000),
  });
}

async function applyListeners(server: Server): Promise<void> {
  const { configuration, certificates } = server;
  try {
    await server.mail.apply(configuration.listeners, certificates?.contexts ?? null);
  } finally {
    await server.http.apply(configuration.listeners, certificates);
  }
}

function watchCertificates(server: Server): void {
  server.certificates?.watch(
    () => certificateFiles(server.configuration),
    () =>
      void applyListeners(server).catch((error) =>
        server.log.error("server.reload_failed", errorFields(error))
      ),
  );
}

/** The first certificates of a server that was started without any. */
function takeCertificates(server: Server, configuration: Configuration): void {
  server.certificates = loadCertificates(certificateFiles(configuration), server.log);
  watchCertificates(server);
}

function boundPorts(server: Server) {
  const http = server.http.bound().map(({ address, port, secure }) => ({
    protocol: "http",
    address,
    port,
    tls: secure ? "implicit" : "none",
  }));
  return [...server.mail.bound(), ...http];
}

const adminSocket = (dataDir: string) => `${dataDir}/run/admin.sock`;

/** Tells the command-line verbs where the admin API of this data folder is, and what the server is called. */
function writeHttpAddress(server: Server): void {
  const { dataDir, hostname } = server.configuration;
  const ports = server.http.bound();
  const chosen = ports.find((p) => !p.secure) ?? ports[0];
  const host = chosen && (["::", "0.0.0.0"].includes(chosen.address) ? "127.0.0.1" : chosen.address);
  const url = chosen &&
    `${chosen.secure ? "https" : "http"}://${host.includes(":") ? `[${host}]` : host}:${chosen.port}`;
  const facts = { url, socket: adminSocket(dataDir), hostname };
  Deno.writeTextFileSync(`${dataDir}/run/http.json`, JSON.stringify(facts) + "\n");
}

/** SIGHUP: what can change while sessions go on does; a faulty file changes nothing. */
async function reload(server: Server, options: ServeOptions): Promise<void> {
  try {
    const next = readConfiguration(options);
    server.certificates?.reload(certificateFiles(next));
    if (!server.certificates) takeCertificates(server, next);
    server.configuration = {
      ...next,
      dataDir: server.configuration.dataDir,
      places: server.configuration.places,
      node: server.configuration.node,
      replication: server.configuration.replication,
    };
    Object.assign(server.context, changeable(next, server.context.filtering));
    await configureActors(server.router, server.configuration);
    server.outbound.configure(server.configuration);
    server.token.value = adminToken(server.configuration.dataDir, next.admin.token, systemRandom);
    try {
      await applyListeners(server);
    } finally {
      writeHttpAddress(server);
    }
    server.log.info("server.reloaded");
  } catch (error) {
    server.log.error("server.reload_failed", { error: errorFields(error).error });
  }
}

async function stop(server: Server): Promise<void> {
  server.log.info("server.stopping", { sessions: server.mail.sessionCount() });
  server.mail.stop();
  server.stopping.abort();
  await server.outbound.stop();
  for (let waited = 0; server.mail.sessionCount() > 0 && waited < 10_000; waited += 50) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  await server.http.stop();
  await server.pair?.stop();
  server.router.expectEnd();
  await server.supervisor.stop();
  server.router.stop();
  server.log.info("server.stopped");
}

/** Resolves at SIGTERM or SIGINT; SIGHUP calls `onReload`. */
function untilSignal(onReload: () => Promise<void>): Promise<void> {
  return new Promise((resolve) => {
    const hup = () => void onReload();
    const end = () => {
      Deno.removeSignalListener("SIGHUP", hup);
      resolve();
    };
    Deno.addSignalListener("SIGHUP", hup);
    Deno.addSignalListener("SIGTERM", end);
    Deno.addSignalListener("SIGINT", end);
  });
}
