import { openAdminClient } from "../admin_client.ts";
import { type Command, SERVER_OPTIONS } from "../command.ts";
import { table } from "../help.ts";
import { printView } from "../print.ts";

const NAME = { name: "NAME", help: "name of the namespace, without #" };

interface PublicView {
  name: string;
  id: string;
  approved: boolean;
  askedBy: string | null;
}

interface AddressesView {
  folder: string;
  addresses: string[];
  free: string[];
}

interface GrantView {
  identifier: string;
  rights: string;
}

/** Verbs about public namespaces. */
export const publicCommands: readonly Command[] = [
  {
    name: "public add",
    summary: "Make a public namespace; nobody sees it before rights are granted.",
    arguments: [NAME],
    options: [
      {
        name: "addresses",
        help: "each folder made below it gets a mail address in all domains of that time",
      },
      ...SERVER_OPTIONS,
    ],
    async run(input, io) {
      const client = await openAdminClient(input, io);
      const view = await client.post<PublicView>("/public", {
        name: input.argument("NAME"),
        addresses: input.isSet("addresses"),
      });
      printView(io, input, view, `namespace #${view.name} added`);
      return 0;
    },
  },
  {
    name: "public approve",
    summary: "Approve a namespace that a user asked for; that user gets all rights on it.",
    arguments: [NAME],
    options: SERVER_OPTIONS,
    async run(input, io) {
      const path = `/public/${encodeURIComponent(input.argument("NAME"))}`;
      const view = await (await openAdminClient(input, io)).patch<PublicView>(path, { approved: true });
      printView(io, input, view, `namespace #${view.name} approved`);
      return 0;
    },
  },
  {
    name: "public list",
    summary: "All public namespaces.",
    arguments: [],
    options: SERVER_OPTIONS,
    async run(input, io) {
      const { items } = await (await openAdminClient(input, io)).get<{ items: PublicView[] }>("/public");
      printView(
        io,
        input,
        items,
        table(
          ["NAMESPACE", "MAILBOX", "ASKED BY"],
          items.map((one) => [`#${one.name}`, one.id, one.approved ? "" : one.askedBy ?? ""]),
        ),
      );
      return 0;
    },
  },
  {
    name: "public remove",
    summary: "Take a public namespace away; added again it has all that was in it.",
    arguments: [NAME],
    options: SERVER_OPTIONS,
    async run(input, io) {
      const name = input.argument("NAME");
      await (await openAdminClient(input, io)).delete(`/public/${encodeURIComponent(name)}`);
      printView(io, input, { name }, `namespace #${name} removed`);
      return 0;
    },
  },
  {
    name: "public addresses",
    summary: "Mail addresses of a namespace's folders, and those that are free in domains that came later.",
    arguments: [NAME],
    options: [
      { name: "give", value: "FOLDER", help: "give this folder, as #NAME/Folder, the free ones" },
      ...SERVER_OPTIONS,
    ],
    async run(input, io) {
      const client = await openAdminClient(input, io);
      const path = `/public/${encodeURIComponent(input.argument("NAME"))}/addresses`;
      const folder = input.option("give");
      const { items } = folder === undefined
        ? await client.get<{ items: AddressesView[] }>(path)
        : await client.post<{ items: AddressesView[] }>(path, { folder });
      const rows = items.map((one) => [one.folder, one.addresses.join(" "), one.free.join(" ")]);
      printView(io, input, items, table(["FOLDER", "ADDRESSES", "FREE"], rows));
      return 0;
    },
  },
  {
    name: "public grant",
    summary: "Give rights on the top of a namespace; lrswipkxtea is all of them, - none.",
    arguments: [
      NAME,
      { name: "WHO", help: "address, group:address, anyone or authenticated" },
      { name: "RIGHTS", help: "letters of RFC 4314, or - for none" },
    ],
    options: SERVER_OPTIONS,
    async run(input, io) {
      const rights = input.argument("RIGHTS");
      const client = await openAdminClient(input, io);
      const { items } = await client.put<{ items: GrantView[] }>(
        `/public/${encodeURIComponent(input.argument("NAME"))}/rights`,
        { identifier: input.argument("WHO"), rights: rights === "-" ? "" : rights },
      );
      printView(io, input, items, table(["WHO", "RIGHTS"], items.map((one) => [one.identifier, one.rights])));
      return 0;
    },
  },
];
