import { openAdminClient } from "../admin_client.ts";
import { type Command, type Input, SERVER_OPTIONS, UsageError } from "../command.ts";
import { table } from "../help.ts";
import { printView, sizeText } from "../print.ts";
import { readScript } from "./script_file.ts";
import { sieveCheckCommand } from "./sieve_check.ts";
import { sieveRunCommand } from "./sieve_run.ts";

const ADDRESS = { name: "ADDRESS", help: "account" };
const NAME = { name: "NAME", help: "name of the script" };

interface ScriptView {
  name: string;
  sizeBytes: number;
  active: boolean;
}

function path(input: Input, name?: string): string {
  const scripts = `/accounts/${encodeURIComponent(input.argument("ADDRESS"))}/scripts`;
  if (name === undefined) return scripts;
  // A URL cannot hold them: what is asked for would be something else.
  if (name === "" || name === "." || name === "..") throw new UsageError(`no script can be named "${name}"`);
  return `${scripts}/${encodeURIComponent(name)}`;
}

const listCommand: Command = {
  name: "sieve list",
  summary: "Stored Sieve scripts of an account, and which is active.",
  arguments: [ADDRESS],
  options: SERVER_OPTIONS,
  async run(input, io) {
    const client = await openAdminClient(input, io);
    const { items } = await client.get<{ items: ScriptView[] }>(path(input));
    const rows = items.map((one) => [one.name, one.active ? "active" : "", sizeText(one.sizeBytes)]);
    printView(io, input, items, table(["NAME", "STATE", "SIZE"], rows));
    return 0;
  },
};

const putCommand: Command = {
  name: "sieve put",
  summary: "Store a script, or a new version of it; - reads standard input.",
  arguments: [ADDRESS, NAME, { name: "FILE", help: "file with the script" }],
  options: [{ name: "activate", help: "make it the active script" }, ...SERVER_OPTIONS],
  async run(input, io) {
    const name = input.argument("NAME");
    const at = path(input, name);
    const content = await readScript(input, io);
    const body = { content, ...(input.isSet("activate") ? { active: true } : {}) };
    const view = await (await openAdminClient(input, io)).put<ScriptView>(at, body);
    printView(io, input, view, `script ${view.name} stored${view.active ? "; it is active" : ""}`);
    return 0;
  },
};

const getCommand: Command = {
  name: "sieve get",
  summary: "Print the text of a script.",
  arguments: [ADDRESS, NAME],
  options: SERVER_OPTIONS,
  async run(input, io) {
    const at = path(input, input.argument("NAME"));
    const view = await (await openAdminClient(input, io)).get<ScriptView & { content: string }>(at);
    // What is printed ends its last line itself.
    printView(io, input, view, view.content.replace(/\r?\n$/, ""));
    return 0;
  },
};

const deleteCommand: Command = {
  name: "sieve delete",
  summary: "Remove a script; not the active one.",
  arguments: [ADDRESS, NAME],
  options: SERVER_OPTIONS,
  async run(input, io) {
    const name = input.argument("NAME");
    await (await openAdminClient(input, io)).delete(path(input, name));
    printView(io, input, { name }, `script ${name} removed`);
    return 0;
  },
};

const activateCommand: Command = {
  name: "sieve activate",
  summary: "Make a script the active one, in place of another; with --none no script is.",
  arguments: [ADDRESS, { ...NAME, optional: true }],
  options: [{ name: "none", help: "make the active script inactive" }, ...SERVER_OPTIONS],
  async run(input, io) {
    const name = input.optionalArgument("NAME");
    if ((name === undefined) !== input.isSet("none")) throw new UsageError("needs either NAME or --none");
    if (name !== undefined) {
      const view = await (await openAdminClient(input, io)).patch<ScriptView>(path(input, name), {
        active: true,
      });
      printView(io, input, view, `script ${view.name} is active`);
      return 0;
    }
    const client = await openAdminClient(input, io);
    const { items } = await client.get<{ items: ScriptView[] }>(path(input));
    const active = items.filter((one) => one.active);
    for (const one of active) await client.patch(path(input, one.name), { active: false });
    printView(io, input, active.map((one) => ({ ...one, active: false })), "no script is active");
    return 0;
  },
};

/** Verbs about stored Sieve scripts. */
export const sieveCommands: readonly Command[] = [
  listCommand,
  putCommand,
  getCommand,
  deleteCommand,
  activateCommand,
  sieveCheckCommand,
  sieveRunCommand,
];
