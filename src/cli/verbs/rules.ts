import { openAdminClient } from "../admin_client.ts";
import { type Command, type Input, type Io, SERVER_OPTIONS, UsageError } from "../command.ts";
import { table } from "../help.ts";
import { printView, sizeText } from "../print.ts";
import { readScript } from "./script_file.ts";

const NAME = { name: "NAME", help: "name of the script" };
const ROLES = ["before", "default", "after"];

interface GlobalView {
  name: string;
  sizeBytes: number;
  roles: string[];
  builtIn: boolean;
}

function path(name: string): string {
  if (name === "" || name === "." || name === "..") throw new UsageError(`no script can be named "${name}"`);
  return `/sieve/scripts/${encodeURIComponent(name)}`;
}

function show(input: Input, io: Io, items: readonly GlobalView[]): void {
  const rows = items.map((one) => [
    one.name,
    one.roles.join(" "),
    one.builtIn ? "built in" : "",
    sizeText(one.sizeBytes),
  ]);
  printView(io, input, items, table(["NAME", "RUNS", "", "SIZE"], rows));
}

const listCommand: Command = {
  name: "rules list",
  summary: "Sieve scripts that hold for all users, and when they run.",
  arguments: [],
  options: SERVER_OPTIONS,
  async run(input, io) {
    const client = await openAdminClient(input, io);
    show(input, io, (await client.get<{ items: GlobalView[] }>("/sieve/scripts")).items);
    return 0;
  },
};

const putCommand: Command = {
  name: "rules put",
  summary: "Store a script for all users, or a new version of it; - reads standard input.",
  details: 'Users\' scripts run it by: require "include"; include :global "NAME";',
  arguments: [NAME, { name: "FILE", help: "file with the script" }],
  options: SERVER_OPTIONS,
  async run(input, io) {
    const at = path(input.argument("NAME"));
    const content = await readScript(input, io);
    const view = await (await openAdminClient(input, io)).put<GlobalView>(at, { content });
    printView(io, input, view, `script ${view.name} stored${view.roles.length ? "; it holds at once" : ""}`);
    return 0;
  },
};

const getCommand: Command = {
  name: "rules get",
  summary: "Print the text of a script for all users.",
  arguments: [NAME],
  options: SERVER_OPTIONS,
  async run(input, io) {
    const at = path(input.argument("NAME"));
    const view = await (await openAdminClient(input, io)).get<GlobalView & { content: string }>(at);
    printView(io, input, view, view.content.replace(/\r?\n$/, ""));
    return 0;
  },
};

const deleteCommand: Command = {
  name: "rules delete",
  summary: "Remove a script for all users; refused while it is used.",
  arguments: [NAME],
  options: [{ name: "force", help: "do not look whether users' scripts include it" }, ...SERVER_OPTIONS],
  async run(input, io) {
    const name = input.argument("NAME");
    const client = await openAdminClient(input, io);
    await client.delete(`${path(name)}${input.isSet("force") ? "?force=true" : ""}`);
    printView(io, input, { name }, `script ${name} removed`);
    return 0;
  },
};

const roleCommand: Command = {
  name: "rules role",
  summary: "Say which script runs before or after all others, or for users who have none.",
  arguments: [{ name: "ROLE", help: "before, default or after" }, { ...NAME, optional: true }],
  options: [{ name: "none", help: "no script" }, ...SERVER_OPTIONS],
  async run(input, io) {
    const role = input.argument("ROLE"), script = input.optionalArgument("NAME") ?? null;
    if (!ROLES.includes(role)) throw new UsageError("ROLE is before, default or after");
    if ((script === null) !== input.isSet("none")) throw new UsageError("needs either NAME or --none");
    const client = await openAdminClient(input, io);
    show(input, io, (await client.put<{ items: GlobalView[] }>(`/sieve/roles/${role}`, { script })).items);
    return 0;
  },
};

/** Verbs about Sieve scripts of the administrator's. */
export const rulesCommands: readonly Command[] = [
  listCommand,
  putCommand,
  getCommand,
  deleteCommand,
  roleCommand,
];
