import { readEnvironment } from "../../config/environment.ts";
import { ConfigurationError, loadConfiguration } from "../../config/load.ts";
import { type Configuration, configurationJsonSchema } from "../../config/schema.ts";
import { createTlsContexts, readAuthority } from "../../net/tls.ts";
import { type Command, type Io, UsageError } from "../command.ts";

/** Validates a configuration file, its environment and its certificates. */
export const checkConfigCommand: Command = {
  name: "check-config",
  summary: "Validate a configuration file; print each fault with its path and place.",
  details:
    "Variables MALLARD_… of the environment count, as they do for serve. Certificates are read and compared\n" +
    "with their keys; so are authorities and what the link to another server takes.",
  arguments: [{ name: "FILE", help: "configuration file (JSONC)", optional: true }],
  options: [{ name: "schema", help: "print the JSON Schema of the file instead" }],
  async run(input, io) {
    if (input.isSet("schema")) {
      io.out(JSON.stringify(configurationJsonSchema(), null, 2));
      return 0;
    }
    const file = input.optionalArgument("FILE");
    if (file === undefined) throw new UsageError("FILE is missing");
    const config = loadConfiguration({ file, environment: io.environment });
    for (const name of readEnvironment(io.environment).unknown) {
      io.error(`${name}: no such setting; it has no effect`);
    }
    const problems = await wrongFiles(config, io);
    if (problems.length > 0) throw new ConfigurationError(problems, file);
    io.out(`${file}: fine`);
    return 0;
  },
};

type Problems = { path: string; message: string }[];

/** What is wrong with the certificates, keys and authorities that a configuration names. */
async function wrongFiles({ tls, auth, outbound, replication }: Configuration, io: Io): Promise<Problems> {
  const problems: Problems = [];
  const check = async (path: string, look: () => Promise<unknown>) => {
    await look().catch((error: Error) => problems.push({ path, message: error.message }));
  };
  const pair = async ({ cert, key }: { cert: string; key: string }) =>
    void createTlsContexts([{ cert: await io.readFile(cert), key: await io.readFile(key) }]);
  const authority = async (file: string) => readAuthority(await io.readFile(file));
  for (const [index, files] of tls.certificates.entries()) {
    await check(`tls.certificates[${index}]`, () => pair(files));
  }
  if (auth.clientCa !== null) await check("auth.clientCa", () => authority(auth.clientCa!));
  if (outbound.ca !== null) await check("outbound.ca", () => authority(outbound.ca!));
  if (replication) {
    await check("replication.ca", () => authority(replication.ca));
    await check("replication.cert", () => pair(replication));
  }
  return problems;
}
