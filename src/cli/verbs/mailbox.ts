import { openAdminClient } from "../admin_client.ts";
import { type Command, SERVER_OPTIONS } from "../command.ts";
import { printView } from "../print.ts";

const ADDRESS = { name: "ADDRESS", help: "account" };

/** Verbs about what a mailbox holds. */
export const mailboxCommands: readonly Command[] = [
  {
    name: "mailbox check",
    summary: "Check the invariants of a mailbox's file; one line for each that is broken.",
    arguments: [ADDRESS],
    options: SERVER_OPTIONS,
    async run(input, io) {
      const path = `/mailboxes/${encodeURIComponent(input.argument("ADDRESS"))}/check`;
      const view = await (await openAdminClient(input, io)).get<{ problems: string[] }>(path);
      printView(io, input, view, view.problems.join("\n") || "fine");
      return view.problems.length > 0 ? 1 : 0;
    },
  },
  {
    name: "mailbox hash",
    summary: "Hash over everything the user can see: equal on two servers that agree.",
    arguments: [ADDRESS],
    options: SERVER_OPTIONS,
    async run(input, io) {
      const path = `/replication/mailboxes/${encodeURIComponent(input.argument("ADDRESS"))}`;
      const view = await (await openAdminClient(input, io)).get<{ hash: string }>(path);
      printView(io, input, view, view.hash);
      return 0;
    },
  },
];
