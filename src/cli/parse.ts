import { type Command, type Input, UsageError } from "./command.ts";

/** The verb that an argument list names (the longest name wins) and what follows it. */
export function findCommand(
  commands: readonly Command[],
  args: readonly string[],
): { command: Command; rest: string[] } | undefined {
  const words = args.slice(0, 2).filter((arg) => !arg.startsWith("-"));
  for (let length = words.length; length > 0; length--) {
    const name = words.slice(0, length).join(" ");
    const command = commands.find((one) => one.name === name);
    if (command) return { command, rest: args.slice(length) };
  }
  return undefined;
}

/** Reads the arguments and options of one verb. `--name value` and `--name=value` are the same; `--` ends options. */
export function parseInput(command: Command, args: readonly string[]): Input {
  const values: string[] = [];
  const options = new Map<string, string>();
  let onlyValues = false;
  for (let at = 0; at < args.length; at++) {
    const arg = args[at];
    if (onlyValues || !arg.startsWith("--")) {
      values.push(arg);
    } else if (arg === "--") {
      onlyValues = true;
    } else {
      const equals = arg.indexOf("=");
      const name = arg.slice(2, equals < 0 ? undefined : equals);
      const spec = command.options.find((option) => option.name === name);
      if (!spec) throw new UsageError(`unknown option --${name}`);
      if (options.has(name)) throw new UsageError(`--${name} is given twice`);
      if (spec.value === undefined) {
        if (equals >= 0) throw new UsageError(`--${name} takes no value`);
        options.set(name, "");
      } else {
        const value = equals >= 0 ? arg.slice(equals + 1) : args[++at];
        if (value === undefined) throw new UsageError(`--${name} needs ${spec.value}`);
        options.set(name, value);
      }
    }
  }
  return toInput(command, assign(command, values), options);
}

function assign(command: Command, values: readonly string[]): Map<string, string[]> {
  const given = new Map<string, string[]>();
  let at = 0;
  for (const spec of command.arguments) {
    const taken = spec.many ? values.slice(at) : values.slice(at, at + 1);
    at += taken.length;
    if (taken.length === 0 && !spec.optional) throw new UsageError(`${spec.name} is missing`);
    given.set(spec.name, taken);
  }
  if (at < values.length) throw new UsageError(`${JSON.stringify(values[at])} is one argument too many`);
  return given;
}

function toInput(command: Command, given: Map<string, string[]>, options: Map<string, string>): Input {
  const known = (name: string) => {
    if (!command.options.some((option) => option.name === name)) {
      throw new Error(`${command.name} declares no option ${name}`);
    }
    return name;
  };
  return {
    argument(name) {
      const value = given.get(name)?.[0];
      if (value === undefined) throw new Error(`${command.name} declares no required argument ${name}`);
      return value;
    },
    optionalArgument: (name) => given.get(name)?.[0],
    arguments: (name) => given.get(name) ?? [],
    option: (name) => options.get(known(name)),
    isSet: (name) => options.has(known(name)),
  };
}

const UNITS: Readonly<Record<string, number>> = { "": 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3, t: 1024 ** 4 };

/** Bytes of `1048576`, `20M` or `1.5G`; null of `none`. Throws UsageError. */
export function parseSize(text: string, option: string): number | null {
  if (text === "none") return null;
  const match = /^(\d+(?:\.\d+)?)([kmgt]?)(?:i?b)?$/i.exec(text);
  if (!match) throw new UsageError(`--${option} wants bytes, a size like 512M or 2G, or none`);
  return Math.round(Number(match[1]) * UNITS[match[2].toLowerCase()]);
}

/** `yes` or `no`. Throws UsageError. */
export function parseSwitch(text: string, option: string): boolean {
  if (text === "yes") return true;
  if (text === "no") return false;
  throw new UsageError(`--${option} wants yes or no`);
}

/** When changes are acknowledged; `default` takes what holds above. */
export function parseAcknowledge(text: string): "local" | "both" | null {
  if (text === "default") return null;
  if (text === "local" || text === "both") return text;
  throw new UsageError("--acknowledge needs local, both or default");
}
