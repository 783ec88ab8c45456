import * as jsonc from "jsonc-parser";
import { dirname, resolve } from "node:path";
import type * as z from "zod";
import { demoConfiguration } from "./demo.ts";
import { type EnvironmentSetting, readEnvironment } from "./environment.ts";
import { type Configuration, type ConfigurationInput, configurationSchema } from "./schema.ts";

/** One thing that is wrong with a configuration: where, and what. */
export interface ConfigurationProblem {
  /** `listeners[0].port`; empty for the whole. */
  path: string;
  message: string;
  /** Place in the file, counted from 1; left out when the value came from the environment or is missing. */
  line?: number;
  column?: number;
  /** The environment variable that set the value. */
  variable?: string;
}

/** The configuration can't be used. `problems` lists everything that is wrong, not only the first. */
export class ConfigurationError extends Error {
  override readonly name = "ConfigurationError";
  constructor(readonly problems: readonly ConfigurationProblem[], readonly file?: string) {
    super(problems.map((problem) => formatProblem(problem, file)).join("\n"));
  }
}

/** One readable line: `mallard.jsonc:3:12: listeners[0].port: …`. */
function formatProblem(problem: ConfigurationProblem, file?: string): string {
  const where = problem.variable ??
    (problem.line === undefined ? file : `${file ?? ""}:${problem.line}:${problem.column}`);
  return [where, problem.path, problem.message].filter((part) => part).join(": ");
}

/** Where a configuration comes from. */
export interface LoadOptions {
  /** JSONC file; without it only environment and defaults count. */
  file?: string;
  /** Start from the demo's configuration. */
  demo?: boolean;
  /** Takes the place of `dataDir`. */
  dataDir?: string;
  environment?: Readonly<Record<string, string>>;
  /** Tests may listen on port 0. */
  allowPortZero?: boolean;
}

/** Reads, merges (defaults < file < environment < `dataDir`), checks and resolves paths. Throws ConfigurationError. */
export function loadConfiguration(options: LoadOptions): Configuration {
  const base = options.file ? dirname(resolve(options.file)) : Deno.cwd();
  const text = options.file === undefined ? undefined : readText(options.file);
  const root = text === undefined ? undefined : parseFile(text, options.file);
  const { settings } = readEnvironment(options.environment ?? {});
  const merged: unknown = options.demo
    ? demoConfiguration(options.dataDir ?? dataDirOf(settings) ?? "data")
    : root === undefined
    ? {}
    : jsonc.getNodeValue(root);
  for (const setting of settings) setPath(merged, setting.path, setting.value);
  if (options.dataDir !== undefined) setPath(merged, ["dataDir"], resolve(options.dataDir));
  const result = configurationSchema.safeParse(merged);
  const locate = (path: (string | number)[]) => place(path, settings, text, root);
  if (!result.success) {
    throw new ConfigurationError(
      result.error.issues.flatMap((issue) => issueProblems(issue, locate)),
      options.file,
    );
  }
  const allowPortZero = options.allowPortZero ?? options.environment?.MALLARD_TEST === "1";
  const problems = crossCheck(result.data, allowPortZero).map(({ path, message }) => ({
    path: pathText(path),
    message,
    ...locate(path),
  }));
  if (problems.length > 0) throw new ConfigurationError(problems, options.file);
  return resolvePaths(result.data, base);
}

/** Checks a configuration made by a program; the same rules without file or environment. */
export function checkConfiguration(input: ConfigurationInput, allowPortZero = false): Configuration {
  const result = configurationSchema.safeParse(input);
  if (!result.success) {
    throw new ConfigurationError(result.error.issues.flatMap((issue) => issueProblems(issue, () => ({}))));
  }
  const problems = crossCheck(result.data, allowPortZero);
  if (problems.length > 0) {
    throw new ConfigurationError(problems.map((p) => ({ path: pathText(p.path), message: p.message })));
  }
  return resolvePaths(result.data, Deno.cwd());
}

function readText(file: string): string {
  try {
    return Deno.readTextFileSync(file);
  } catch (error) {
    const reason = error instanceof Deno.errors.NotFound ? "no such file" : (error as Error).message;
    throw new ConfigurationError([{ path: "", message: reason }], file);
  }
}

function parseFile(text: string, file: string | undefined): jsonc.Node {
  const errors: jsonc.ParseError[] = [];
  const root = jsonc.parseTree(text, errors, { allowTrailingComma: true });
  if (errors.length > 0 || root === undefined) {
    const problems = errors.map((error) => ({
      path: "",
      message: jsonc.printParseErrorCode(error.error).replace(/([a-z])([A-Z])/g, "$1 $2").toLowerCase(),
      ...lineAndColumn(text, error.offset),
    }));
    throw new ConfigurationError(
      problems.length > 0 ? problems : [{ path: "", message: "empty file" }],
      file,
    );
  }
  return root;
}

/** Rules between keys, which a schema of single values can't state. */
function crossCheck(
  config: Configuration,
  allowPortZero: boolean,
): { path: (string | number)[]; message: string }[] {
  const problems: { path: (string | number)[]; message: string }[] = [];
  const seen = new Map<string, number>();
  config.listeners.forEach((listener, index) => {
    const at = (key: string) => ["listeners", index, key];
    const key = `${listener.address} ${listener.port}`;
    if (listener.port === 0 && !allowPortZero) {
      problems.push({ path: at("port"), message: "port 0 is for tests only" });
    } else if (listener.port !== 0 && seen.has(key)) {
      problems.push({
        path: at("port"),
        message: `the same address and port as listeners[${seen.get(key)}]`,
      });
    }
    seen.set(key, index);
    if (listener.tls !== "none" && config.tls.certificates.length === 0) {
      problems.push({ path: at("tls"), message: "wants TLS, but tls.certificates is empty" });
    }
    if (listener.tlsRequired && listener.tls === "none") {
      problems.push({ path: at("tlsRequired"), message: "cannot hold while tls is none" });
    }
    if (listener.auth && listener.protocol !== "smtp") {
      problems.push({ path: at("auth"), message: "is for smtp listeners" });
    }
  });
  if (config.login.nameForm === "local-part" && config.login.domain === null) {
    problems.push({ path: ["login", "domain"], message: "is needed while login.nameForm is local-part" });
  }
  if (config.replication) {
    if (config.replication.peer.id === config.node.id) {
      problems.push({ path: ["replication", "peer", "id"], message: "is this server's own node.id" });
    }
  }
  const smarthost = config.outbound.smarthost;
  if (
    smarthost && "user" in smarthost && (smarthost.user === undefined) !== (smarthost.password === undefined)
  ) {
    problems.push({ path: ["outbound", "smarthost"], message: "user and password go together" });
  }
  return problems;
}

function resolvePaths(config: Configuration, base: string): Configuration {
  const absolute = (path: string) => resolve(base, path);
  return {
    ...config,
    dataDir: absolute(config.dataDir),
    tls: {
      ...config.tls,
      certificates: config.tls.certificates.map(({ cert, key }) => ({
        cert: absolute(cert),
        key: absolute(key),
      })),
    },
    auth: { ...config.auth, clientCa: config.auth.clientCa && absolute(config.auth.clientCa) },
    outbound: { ...config.outbound, ca: config.outbound.ca && absolute(config.outbound.ca) },
    replication: config.replication && {
      ...config.replication,
      ca: absolute(config.replication.ca),
      cert: absolute(config.replication.cert),
      key: absolute(config.replication.key),
    },
  };
}

function dataDirOf(settings: readonly EnvironmentSetting[]): string | undefined {
  const value = settings.find((setting) => setting.path[0] === "dataDir")?.value;
  return typeof value === "string" ? value : undefined;
}

function setPath(target: unknown, path: readonly string[], value: unknown): void {
  if (!isRecord(target)) return;
  const [head, ...rest] = path;
  if (rest.length === 0) {
    target[head] = value;
  } else {
    if (!isRecord(target[head])) target[head] = {};
    setPath(target[head], rest, value);
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

type Locate = (path: (string | number)[]) => Omit<ConfigurationProblem, "path" | "message">;

/** One problem per issue; an unknown key is reported at the key, a failed union by its nearest branch. */
function issueProblems(issue: z.core.$ZodIssue, locate: Locate): ConfigurationProblem[] {
  const path = issue.path.map((part) => (typeof part === "symbol" ? String(part) : part));
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => {
      const here = [...path, key];
      return { path: pathText(here), message: "unknown key", ...locate(here) };
    });
  }
  if (issue.code === "invalid_union" && issue.errors.length > 0) {
    const nearest = [...issue.errors].sort((a, b) =>
      Number(isOther(a)) - Number(isOther(b)) || depth(b) - depth(a)
    )[0];
    return nearest.flatMap((inner) =>
      issueProblems({ ...inner, path: [...issue.path, ...inner.path] }, locate)
    );
  }
  const message = issue.message.replace(/^Invalid input: /, "")
    .replace(/^expected (.*), received undefined$/, "is missing ($1)");
  return [{ path: pathText(path), message, ...locate(path) }];
}

/** A branch for values of another type says nothing about this one. */
function isOther(issues: readonly z.core.$ZodIssue[]): boolean {
  return issues.some(({ code, path }) => code === "invalid_type" && path.length === 0);
}

function depth(issues: readonly z.core.$ZodIssue[]): number {
  return Math.max(0, ...issues.map((issue) => issue.path.length));
}

function pathText(path: readonly (string | number)[]): string {
  return path.map((part, i) => typeof part === "number" ? `[${part}]` : (i > 0 ? "." : "") + part).join("");
}

function place(
  path: (string | number)[],
  settings: readonly EnvironmentSetting[],
  text: string | undefined,
  root: jsonc.Node | undefined,
): Omit<ConfigurationProblem, "path" | "message"> {
  const setting = settings.findLast((one) => one.path.every((part, index) => path[index] === part));
  if (setting) return { variable: setting.variable };
  if (text === undefined || root === undefined) return {};
  for (let length = path.length; length >= 0; length--) {
    const node = jsonc.findNodeAtLocation(root, path.slice(0, length));
    // The key itself is the better place for a wrong or unknown key.
    if (node) return lineAndColumn(text, node.parent?.type === "property" ? node.parent.offset : node.offset);
  }
  return {};
}

function lineAndColumn(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, offset).split("\n");
  return { line: before.length, column: before[before.length - 1].length + 1 };
}
