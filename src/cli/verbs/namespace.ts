import { openAdminClient } from "../admin_client.ts";
import { type Command, SERVER_OPTIONS } from "../command.ts";
import { table } from "../help.ts";
import { printView } from "../print.ts";

const ADDRESS = { name: "ADDRESS", help: "full address of the account" };
const NAME = { name: "NAME", help: "name of the namespace, without #" };
const path = (address: string) => `/accounts/${encodeURIComponent(address)}/namespaces`;

interface SpaceView {
  name: string;
  id: string;
}

/** Verbs about private namespaces. */
export const namespaceCommands: readonly Command[] = [
  {
    name: "namespace add",
    summary: "Give an account a private namespace #NAME beside its own folders.",
    arguments: [ADDRESS, NAME],
    options: SERVER_OPTIONS,
    async run(input, io) {
      const client = await openAdminClient(input, io);
      const body = { name: input.argument("NAME") };
      const view = await client.post<SpaceView>(path(input.argument("ADDRESS")), body);
      printView(io, input, view, `namespace #${view.name} added`);
      return 0;
    },
  },
  {
    name: "namespace list",
    summary: "Private namespaces of an account.",
    arguments: [ADDRESS],
    options: SERVER_OPTIONS,
    async run(input, io) {
      const client = await openAdminClient(input, io);
      const { items } = await client.get<{ items: SpaceView[] }>(path(input.argument("ADDRESS")));
      const rows = items.map((one) => [`#${one.name}`, one.id]);
      printView(io, input, items, table(["NAMESPACE", "MAILBOX"], rows));
      return 0;
    },
  },
  {
    name: "namespace remove",
    summary: "Take a private namespace away; added again it has all that was in it.",
    arguments: [ADDRESS, NAME],
    options: SERVER_OPTIONS,
    async run(input, io) {
      const name = input.argument("NAME");
      const client = await openAdminClient(input, io);
      await client.delete(`${path(input.argument("ADDRESS"))}/${encodeURIComponent(name)}`);
      printView(io, input, { name }, `namespace #${name} removed`);
      return 0;
    },
  },
];
