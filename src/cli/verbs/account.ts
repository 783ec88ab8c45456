import type { AccountView } from "../../../actors/directory/contract.ts";
import { systemRandom } from "../../base/id.ts";
import { openAdminClient } from "../admin_client.ts";
import {
  type Command,
  CommandFailure,
  type Input,
  type Io,
  type OptionSpec,
  SERVER_OPTIONS,
  UsageError,
} from "../command.ts";
import { table } from "../help.ts";
import { parseAcknowledge, parseSize, parseSwitch } from "../parse.ts";
import { printView, sizeText } from "../print.ts";

const ADDRESS = { name: "ADDRESS", help: "full address, the login name" };

const SETTINGS: readonly OptionSpec[] = [
  { name: "password-stdin", help: "read the password from standard input" },
  { name: "name", value: "TEXT", help: "full name" },
  { name: "quota", value: "SIZE", help: "bytes it may hold: 512M, 2G; default takes the domain's" },
  { name: "message-size", value: "SIZE", help: "largest message; default takes the domain's" },
  { name: "internal", value: "yes|no", help: "take mail only from logged-in senders" },
  {
    name: "acknowledge",
    value: "local|both|default",
    help: "when changes are acknowledged: durable here, or on both servers",
  },
];

const path = (address: string) => `/accounts/${encodeURIComponent(address)}`;

/** The address and password that were read, without the line end. */
async function readPassword(io: Io): Promise<string> {
  const password = (await io.readInput()).replace(/\r?\n$/, "");
  if (password === "") throw new CommandFailure("standard input holds no password");
  return password;
}

/** A password of 26 letters and digits: 128 bits and more. */
function makePassword(): string {
  const letters = "abcdefghijkmnpqrstuvwxyz23456789";
  return [...systemRandom.bytes(26)].map((byte) => letters[byte & 31]).join("");
}

function settings(input: Input): Record<string, unknown> {
  const body: Record<string, unknown> = {};
  const size = (name: string, key: string) => {
    const text = input.option(name);
    if (text !== undefined) body[key] = text === "default" ? null : parseSize(text, name);
  };
  const name = input.option("name");
  if (name !== undefined) body.displayName = name;
  size("quota", "quotaBytes");
  size("message-size", "messageBytes");
  const internal = input.option("internal");
  if (internal !== undefined) body.internal = parseSwitch(internal, "internal");
  const acknowledge = input.option("acknowledge");
  if (acknowledge !== undefined) body.acknowledge = parseAcknowledge(acknowledge);
  return body;
}

async function change(input: Input, io: Io, body: Record<string, unknown>, what: string): Promise<number> {
  const client = await openAdminClient(input, io);
  const view = await client.patch<AccountView>(path(input.argument("ADDRESS")), body);
  printView(io, input, view, `account ${view.address} ${what}`);
  return 0;
}

const addCommand: Command = {
  name: "account add",
  summary: "Make an account with its mailbox.",
  details: "Without --password-stdin a password is made and printed once.",
  arguments: [ADDRESS],
  options: [...SETTINGS, ...SERVER_OPTIONS],
  async run(input, io) {
    const body = settings(input);
    const given = input.isSet("password-stdin");
    const password = given ? await readPassword(io) : makePassword();
    const client = await openAdminClient(input, io);
    const view = await client.post<AccountView>("/accounts", {
      address: input.argument("ADDRESS"),
      password,
      ...body,
    });
    const words = `account ${view.address} added` + (given ? "" : `; password: ${password}`);
    printView(io, input, given ? view : { ...view, password }, words);
    return 0;
  },
};

const listCommand: Command = {
  name: "account list",
  summary: "All accounts, or those of one domain.",
  arguments: [],
  options: [{ name: "domain", value: "NAME", help: "only this domain" }, ...SERVER_OPTIONS],
  async run(input, io) {
    const domain = input.option("domain");
    const query = domain === undefined ? "" : `?domain=${encodeURIComponent(domain)}`;
    const accounts = await (await openAdminClient(input, io)).list<AccountView>("/accounts" + query);
    const rows = accounts.map((one) => [
      one.address,
      one.displayName,
      one.enabled ? "" : "disabled",
      sizeText(one.effective.quotaBytes),
    ]);
    printView(io, input, accounts, table(["ADDRESS", "NAME", "STATE", "QUOTA"], rows));
    return 0;
  },
};

const showCommand: Command = {
  name: "account show",
  summary: "One account with its settings and usage.",
  arguments: [ADDRESS],
  options: SERVER_OPTIONS,
  async run(input, io) {
    const client = await openAdminClient(input, io);
    printView(io, input, await client.get<AccountView>(path(input.argument("ADDRESS"))));
    return 0;
  },
};

const setCommand: Command = {
  name: "account set",
  summary: "Change settings or the password of an account.",
  arguments: [ADDRESS],
  options: [...SETTINGS, ...SERVER_OPTIONS],
  async run(input, io) {
    const body = settings(input);
    if (input.isSet("password-stdin")) body.password = await readPassword(io);
    if (Object.keys(body).length === 0) throw new UsageError("nothing to change");
    return change(input, io, body, "changed");
  },
};

const disableCommand: Command = {
  name: "account disable",
  summary: "Refuse logins and end its sessions; mail is refused, or kept by the senders with --hold.",
  arguments: [ADDRESS],
  options: [
    { name: "hold", help: "answer senders with a temporary failure, so that they try again" },
    ...SERVER_OPTIONS,
  ],
  run(input, io) {
    const disabledDelivery = input.isSet("hold") ? "refuse-temporary" : "refuse";
    return change(input, io, { enabled: false, disabledDelivery }, "disabled");
  },
};

const enableCommand: Command = {
  name: "account enable",
  summary: "Undo disable.",
  arguments: [ADDRESS],
  options: SERVER_OPTIONS,
  run: (input, io) => change(input, io, { enabled: true }, "enabled"),
};

const removeCommand: Command = {
  name: "account remove",
  summary: "Remove an account.",
  arguments: [ADDRESS],
  options: SERVER_OPTIONS,
  async run(input, io) {
    const address = input.argument("ADDRESS");
    await (await openAdminClient(input, io)).delete(path(address));
    printView(io, input, { address }, `account ${address} removed`);
    return 0;
  },
};

/** Verbs about one account; `account import` has its own file. */
export const accountCommands: readonly Command[] = [
  addCommand,
  listCommand,
  showCommand,
  setCommand,
  disableCommand,
  enableCommand,
  removeCommand,
];
