import type { AliasView, GroupView } from "../../../actors/directory/contract.ts";
import { openAdminClient } from "../admin_client.ts";
import { type Command, type Input, type Io, SERVER_OPTIONS } from "../command.ts";
import { table } from "../help.ts";
import { printView } from "../print.ts";

async function remove(input: Input, io: Io, kind: "aliases" | "groups", word: string): Promise<number> {
  const address = input.argument("ADDRESS");
  await (await openAdminClient(input, io)).delete(`/${kind}/${encodeURIComponent(address)}`);
  printView(io, input, { address }, `${word} ${address} removed`);
  return 0;
}

const ALIAS = { name: "ADDRESS", help: "user@domain, or user@* for every domain" };
const GROUP = { name: "ADDRESS", help: "group@domain" };

/** Verbs about aliases. */
export const aliasCommands: readonly Command[] = [
  {
    name: "alias add",
    summary: "Send an address's mail to one or more others, here or outside.",
    arguments: [ALIAS, { name: "TARGET", help: "addresses that get the mail", many: true }],
    options: [{ name: "internal", help: "take mail only from logged-in senders" }, ...SERVER_OPTIONS],
    async run(input, io) {
      const client = await openAdminClient(input, io);
      const view = await client.post<AliasView>("/aliases", {
        address: input.argument("ADDRESS"),
        targets: input.arguments("TARGET"),
        internal: input.isSet("internal"),
      });
      printView(io, input, view, `alias ${view.address} added`);
      return 0;
    },
  },
  {
    name: "alias list",
    summary: "All aliases.",
    arguments: [],
    options: SERVER_OPTIONS,
    async run(input, io) {
      const aliases = await (await openAdminClient(input, io)).list<AliasView>("/aliases");
      const rows = aliases.map((
        one,
      ) => [one.address, one.targets.join(", "), one.internal ? "internal" : ""]);
      printView(io, input, aliases, table(["ALIAS", "TARGETS", ""], rows));
      return 0;
    },
  },
  {
    name: "alias remove",
    summary: "Remove an alias.",
    arguments: [ALIAS],
    options: SERVER_OPTIONS,
    run: (input, io) => remove(input, io, "aliases", "alias"),
  },
];

/** Verbs about groups. */
export const groupCommands: readonly Command[] = [
  {
    name: "group add",
    summary: "Make a group address that delivers to every member.",
    arguments: [GROUP, { name: "MEMBER", help: "accounts", many: true }],
    options: SERVER_OPTIONS,
    async run(input, io) {
      const client = await openAdminClient(input, io);
      const body = { address: input.argument("ADDRESS"), members: input.arguments("MEMBER") };
      const view = await client.post<GroupView>("/groups", body);
      printView(io, input, view, `group ${view.address} added`);
      return 0;
    },
  },
  {
    name: "group set",
    summary: "Replace the members of a group.",
    arguments: [GROUP, { name: "MEMBER", help: "accounts", many: true }],
    options: SERVER_OPTIONS,
    async run(input, io) {
      const client = await openAdminClient(input, io);
      const path = `/groups/${encodeURIComponent(input.argument("ADDRESS"))}`;
      const view = await client.put<GroupView>(path, { members: input.arguments("MEMBER") });
      printView(io, input, view, `group ${view.address} changed`);
      return 0;
    },
  },
  {
    name: "group list",
    summary: "All groups.",
    arguments: [],
    options: SERVER_OPTIONS,
    async run(input, io) {
      const groups = await (await openAdminClient(input, io)).list<GroupView>("/groups");
      printView(
        io,
        input,
        groups,
        table(["GROUP", "MEMBERS"], groups.map((one) => [one.address, one.members.join(", ")])),
      );
      return 0;
    },
  },
  {
    name: "group remove",
    summary: "Remove a group; its members stay.",
    arguments: [GROUP],
    options: SERVER_OPTIONS,
    run: (input, io) => remove(input, io, "groups", "group"),
  },
];
