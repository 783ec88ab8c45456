import type { LogFormat } from "../../base/log.ts";
import type { Command } from "../command.ts";
import { UsageError } from "../command.ts";

/** What `serve` is told; the composition root provides the function. */
export interface ServeOptions {
  configFile?: string;
  dataDir?: string;
  demo: boolean;
  logFormat?: LogFormat;
}

/** Runs the server until a signal ends it; answers the exit status. */
export type Serve = (options: ServeOptions) => Promise<number>;

const FORMATS: readonly LogFormat[] = ["json", "pretty", "syslog"];

/** The verb that runs the server. */
export function serveCommand(serve: Serve): Command {
  return {
    name: "serve",
    summary: "Run the server until SIGTERM or SIGINT; SIGHUP reloads configuration and certificates.",
    arguments: [],
    options: [
      { name: "config", value: "FILE", help: "configuration file (JSONC)" },
      { name: "data", value: "DIR", help: "data folder; wins over the configuration (default: data)" },
      { name: "demo", help: "unprivileged ports on loopback, a private certificate, two accounts" },
      { name: "log", value: "FORMAT", help: "json, pretty or syslog" },
    ],
    run(input) {
      const wanted = input.option("log");
      const logFormat = FORMATS.find((format) => format === wanted);
      if (wanted !== undefined && !logFormat) throw new UsageError("--log wants json, pretty or syslog");
      const configFile = input.option("config");
      const demo = input.isSet("demo");
      if (demo && configFile !== undefined) throw new UsageError("--demo and --config exclude each other");
      return serve({ configFile, dataDir: input.option("data"), demo, logFormat });
    },
  };
}
