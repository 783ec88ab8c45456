import { allCommands } from "./cli/commands.ts";
import { processIo } from "./cli/io.ts";
import { runCli } from "./cli/run.ts";

/** The program: reads the command line and runs a verb. The server is loaded only when it is wanted. */
async function main(): Promise<number> {
  const commands = allCommands(async (options) => (await import("./place/serve.ts")).serve(options));
  return await runCli(commands, Deno.args, processIo());
}

if (import.meta.main) Deno.exit(await main());
