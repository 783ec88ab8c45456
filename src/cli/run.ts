import { ConfigurationError } from "../config/load.ts";
import { Fault } from "../base/fault.ts";
import { type Command, CommandFailure, type Io, UsageError } from "./command.ts";
import { commandHelp, listHelp, usageLine } from "./help.ts";
import { findCommand, parseInput } from "./parse.ts";

/** Runs one command line and answers the exit status: 0 done, 1 refused or failed, 2 wrong usage. */
export async function runCli(commands: readonly Command[], args: readonly string[], io: Io): Promise<number> {
  const found = findCommand(commands, args);
  const wantsHelp = args.slice(0, args.includes("--") ? args.indexOf("--") : undefined)
    .some((arg) => arg === "--help" || arg === "-h");
  if (!found) return withoutCommand(commands, args, wantsHelp, io);
  const { command, rest } = found;
  if (wantsHelp) {
    io.out(commandHelp(command));
    return 0;
  }
  try {
    return await command.run(parseInput(command, rest), io);
  } catch (error) {
    if (error instanceof UsageError) {
      io.error(`mallard ${command.name}: ${error.message}. Usage: ${usageLine(command)}`);
      return 2;
    }
    if (error instanceof ConfigurationError) {
      for (const line of error.message.split("\n")) io.error(line);
      return 1;
    }
    if (error instanceof CommandFailure || error instanceof Fault) {
      io.error(`mallard ${command.name}: ${error.message}`);
      return 1;
    }
    // A file that an option names: its absence is told in one line too.
    if (error instanceof Error && Object.values(Deno.errors).some((kind) => error instanceof kind)) {
      io.error(`mallard ${command.name}: ${error.message}`);
      return 1;
    }
    throw error;
  }
}

function withoutCommand(
  commands: readonly Command[],
  args: readonly string[],
  wantsHelp: boolean,
  io: Io,
): number {
  const group = args.find((arg) => !arg.startsWith("-"));
  const known = group !== undefined && commands.some((command) => command.name.startsWith(group + " "));
  if (wantsHelp && (known || group === undefined || group === "help")) {
    io.out(listHelp(commands, known ? group : undefined));
    return 0;
  }
  if (group === undefined || group === "help") {
    io.out(listHelp(commands));
    return group === undefined ? 2 : 0;
  }
  const verb = args.slice(args.indexOf(group), args.indexOf(group) + 2).join(" ");
  io.error(
    known ? `mallard: no such verb: ${verb}; see mallard ${group} --help` : `mallard: no such verb: ${group}`,
  );
  return 2;
}
