/** A value that a verb takes in its place. */
export interface ArgumentSpec {
  name: string;
  help: string;
  optional?: boolean;
  /** Takes all that is left, at least one unless optional. Last argument only. */
  many?: boolean;
}

/** A named setting of a verb. */
export interface OptionSpec {
  name: string;
  /** What stands for its value in the help; left out for a switch. */
  value?: string;
  help: string;
}

/** What a verb was given. Names are those of its specification. */
export interface Input {
  /** A required argument. */
  argument(name: string): string;
  optionalArgument(name: string): string | undefined;
  /** All values of a `many` argument. */
  arguments(name: string): string[];
  option(name: string): string | undefined;
  isSet(name: string): boolean;
}

/** The outside world of a verb: replaced in tests. */
export interface Io {
  out(line: string): void;
  error(line: string): void;
  /** All of standard input. */
  readInput(): Promise<string>;
  readFile(path: string): Promise<string>;
  /** Writes a new file, making its folder; fails when the file is there. */
  writeFile(path: string, text: string, mode: number): Promise<void>;
  readonly environment: Readonly<Record<string, string>>;
}

/** One verb. `run` answers the exit status, and throws UsageError, CommandFailure, Fault or ConfigurationError. */
export interface Command {
  /** One or two words: `account add`. */
  name: string;
  summary: string;
  /** More lines for `--help`. */
  details?: string;
  arguments: readonly ArgumentSpec[];
  options: readonly OptionSpec[];
  run(input: Input, io: Io): Promise<number>;
}

/** The command line makes no sense: exit status 2. */
export class UsageError extends Error {}

/** The verb was refused or failed: exit status 1; the message is for people. */
export class CommandFailure extends Error {}

/** Options of every verb that talks to a running server. */
export const SERVER_OPTIONS: readonly OptionSpec[] = [
  {
    name: "data",
    value: "DIR",
    help: "data folder of the running server, for its address and token (default: data)",
  },
  { name: "url", value: "URL", help: "address of the server's HTTP listener" },
  { name: "token", value: "TOKEN", help: "admin token (or MALLARD_TOKEN)" },
  { name: "ca", value: "FILE", help: "PEM file of the authority to trust for https" },
  { name: "json", help: "print JSON" },
];
