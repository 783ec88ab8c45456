import { readEnvironment } from "../../config/environment.ts";
import { ConfigurationError, loadConfiguration } from "../../config/load.ts";
import { configurationJsonSchema } from "../../config/schema.ts";
import { createTlsContexts, readAuthority } from "../../net/tls.ts";
import { type Command, UsageError } from "../command.ts";

/** Validates a configuration file, its environment and its certificates. */
export const checkConfigCommand: Command = {
  name: "check-config",
  summary: "Validate a configuration file; print each fault with its path and place.",
  details:
    "Variables MALLARD_… of the environment count, as they do for serve. Certificates are read and compared\n" +
    "with their keys.",
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
    const problems: { path: string; message: string }[] = [];
    for (const [index, { cert, key }] of config.tls.certificates.entries()) {
      try {
        createTlsContexts([{ cert: await io.readFile(cert), key: await io.readFile(key) }]);
      } catch (error) {
        problems.push({ path: `tls.certificates[${index}]`, message: (error as Error).message });
      }
    }
    const { clientCa } = config.auth;
    try {
      if (clientCa !== null) readAuthority(await io.readFile(clientCa));
    } catch (error) {
      problems.push({ path: "auth.clientCa", message: (error as Error).message });
    }
    if (problems.length > 0) throw new ConfigurationError(problems, file);
    io.out(`${file}: fine`);
    return 0;
  },
};
