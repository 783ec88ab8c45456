import { type AdminClient, openAdminClient } from "../admin_client.ts";
import { type Command, SERVER_OPTIONS } from "../command.ts";
import { printView } from "../print.ts";

interface Comparison {
  home: string;
  copies: { node: string; position: number; hash: string }[];
  equal: boolean | null;
  repaired: boolean;
}

const ADDRESS = { name: "ADDRESS", help: "account" };

/** Verbs that compare the two copies of a mailbox and say which server is its home. */
export const replicaCopyCommands: readonly Command[] = [
  {
    name: "replica verify",
    summary: "Compare both copies of a mailbox, or of everything; what differs is repaired from its home.",
    details: "The exit status is 1 when a difference was found, or when nothing could be said.",
    arguments: [{ ...ADDRESS, optional: true }],
    options: SERVER_OPTIONS,
    async run(input, io) {
      const client = await openAdminClient(input, io);
      const address = input.optionalArgument("ADDRESS");
      const views: Record<string, Comparison> = {};
      if (address === undefined) {
        views.directory = await client.post<Comparison>("/replication/directory/verify", {});
        for (const account of await client.list<{ address: string }>("/accounts")) {
          views[account.address] = await verify(client, account.address);
        }
      } else views[address] = await verify(client, address);
      printView(io, input, views, Object.entries(views).map(describe).join("\n"));
      return Object.values(views).every((view) => view.equal) ? 0 : 1;
    },
  },
  {
    name: "replica home",
    summary: "Give a mailbox another home: the server that orders its changes. Clients stay connected.",
    arguments: [ADDRESS, { name: "ID", help: "node.id of the server" }],
    options: SERVER_OPTIONS,
    async run(input, io) {
      const path = `/replication/mailboxes/${encodeURIComponent(input.argument("ADDRESS"))}`;
      const client = await openAdminClient(input, io);
      const view = await client.patch<{ home: string }>(path, { home: input.argument("ID") });
      printView(io, input, view, view.home);
      return 0;
    },
  },
  {
    name: "replica take-over",
    summary: "Send the mail that a server which is gone for good had on its way, as far as copies are here.",
    arguments: [{ name: "ID", help: "node.id of the server that is gone" }],
    options: SERVER_OPTIONS,
    async run(input, io) {
      const client = await openAdminClient(input, io);
      const body = { node: input.argument("ID") };
      const view = await client.post<{ taken: number }>("/replication/queue/take-over", body);
      printView(io, input, view, `${view.taken} messages`);
      return 0;
    },
  },
];

function verify(client: AdminClient, address: string): Promise<Comparison> {
  return client.post<Comparison>(`/replication/mailboxes/${encodeURIComponent(address)}/verify`, {});
}

function describe([name, { home, copies, equal, repaired }]: [string, Comparison]): string {
  const verdict = equal
    ? "equal"
    : equal === null
    ? "cannot be compared now"
    : repaired
    ? "differed, repaired"
    : "differ";
  const marks = copies.map(({ node, position, hash }) => `${node} ${position} ${hash.slice(0, 12)}`).join(
    "  ",
  );
  return `${name}: ${verdict} (home ${home}; ${marks})`;
}
