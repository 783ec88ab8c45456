import { startServer, type TestServer } from "../support/harness.ts";
import { flag } from "./flags.ts";

/** Where a server listens and who may log in: user `n` is `u<n>@bench.test`. */
export interface Target {
  readonly name: string;
  readonly host: string;
  readonly imap: number;
  readonly password: string;
}

/** A Postfix and Dovecot of their own, set up by the drivers' script. */
export interface Peer extends Target {
  /** The file that tells drivers of it. */
  readonly file: string;
  /** Where user `n` has its mail. */
  mailOf(n: number): string;
  stop(): Promise<void>;
}

/** Our server with the accounts of a benchmark. */
export interface Ours extends Target {
  readonly server: TestServer;
  stop(): Promise<void>;
}

/** The folder of the load drivers and of the script that sets the peers up. */
export const DRIVERS = flag(
  "drivers",
  Deno.env.get("MALLARD_BENCH") ?? new URL("../../../shared/bench", import.meta.url).pathname,
);

/** Address of user `n`, the same on all servers. */
export function userAt(n: number): string {
  return `u${n}@bench.test`;
}

/** Runs a program to its end and returns what it printed. */
export async function command(program: string, args: string[], quiet = false): Promise<string> {
  const output = await new Deno.Command(program, {
    args,
    stdin: "null",
    stdout: "piped",
    stderr: quiet ? "null" : "inherit",
  }).output();
  if (!output.success) throw new Error(`${program} ${args.join(" ")} ended with ${output.code}`);
  return new TextDecoder().decode(output.stdout);
}

/**
 * Starts Postfix and Dovecot, tuned: reused login processes, hibernation. Both keep their durable settings. Needs
 * root; installs Debian's packages when they are missing.
 */
export async function startPeer(
  name: string,
  format: "sdbox" | "maildir",
  host: string,
  extra: readonly string[] = [],
): Promise<Peer> {
  const instance = `mallard-${name}`, root = `/var/lib/mailbench/${instance}`;
  const script = `${DRIVERS}/setup-postfix-dovecot.sh`;
  const tuned = ["--format", format, "--high-login", "--hibernate", "5s", "--fresh"];
  await command(script, ["--name", instance, "--ip", host, ...tuned, ...extra], true);
  const file = `${root}/target.json`;
  const told = JSON.parse(await Deno.readTextFile(file)) as { imap: number; password: string };
  const stop = [`${DRIVERS}/stop-postfix-dovecot.sh`, "--name", instance, "--wipe"];
  return {
    name,
    host,
    imap: told.imap,
    password: told.password,
    file,
    mailOf: (n) => `${root}/mail/u${n}`,
    stop: async () => void await command(stop[0], stop.slice(1), true),
  };
}

/** Starts our server with so many accounts. It logs to a file, as the peer does. */
export async function startOurs(accounts: number): Promise<Ours> {
  const logFile = await Deno.makeTempFile({ prefix: "mallard-", suffix: ".log" });
  const server = await startServer({
    logFile,
    configuration: {
      auth: { allowPlaintext: true },
      limits: { quotaBytes: null, messageBytes: 50 * 1024 * 1024 },
    },
  });
  const password = "bench-pass";
  for (let i = 1; i <= accounts; i++) await server.addAccount(userAt(i), password);
  return {
    name: "ours",
    host: server.address,
    imap: server.ports.imap,
    password,
    server,
    stop: async () => {
      await server.remove();
      await Deno.remove(logFile);
    },
  };
}
