import type { QueueItemView } from "../../../actors/queue/contract.ts";
import { type AdminClient, openAdminClient } from "../admin_client.ts";
import { type Command, type Input, type Io, SERVER_OPTIONS, UsageError } from "../command.ts";
import { table } from "../help.ts";
import { printView, sizeText, timeText } from "../print.ts";

const ID = { name: "ID", help: "queue id, as `queue list` prints it" };
const ALL = { name: "all", help: "every message of the queue" };
const path = (input: Input) => `/queue/${encodeURIComponent(input.argument("ID"))}`;

function row(item: QueueItemView): string[] {
  const waiting = item.recipients.filter((recipient) => recipient.state === "queued");
  const next = Math.min(...waiting.map((recipient) => recipient.nextAttemptMs));
  return [
    item.id,
    item.envelope.from ?? "<>",
    waiting.map((recipient) => recipient.address).join(", "),
    sizeText(item.sizeBytes),
    item.held ? "held" : Number.isFinite(next) ? timeText(next) : "",
    waiting.map((recipient) => recipient.lastReply).find((reply) => reply) ?? "",
  ];
}

function details(item: QueueItemView): string {
  return [
    `id: ${item.id}`,
    `from: ${item.envelope.from ?? "<>"}`,
    `message-id: ${item.messageId ?? "-"}`,
    `source: ${item.source}`,
    `size: ${sizeText(item.sizeBytes)}`,
    `created: ${timeText(item.createdAtMs)}`,
    `expires: ${timeText(item.expiresAtMs)}`,
    `held: ${item.held ? "yes" : "no"}`,
    "",
    table(
      ["RECIPIENT", "STATE", "ATTEMPTS", "NEXT ATTEMPT", "LAST REPLY"],
      item.recipients.map((one) => [
        one.address,
        one.state,
        String(one.attempts),
        one.state === "queued" ? timeText(one.nextAttemptMs) : "",
        one.lastReply ?? "",
      ]),
    ),
  ].join("\n");
}

async function act(input: Input, io: Io, action: string, body: unknown, done: string): Promise<number> {
  await (await openAdminClient(input, io)).post(`${path(input)}/${action}`, body);
  const id = input.argument("ID");
  printView(io, input, { id }, `${id} ${done}`);
  return 0;
}

/** Whether `--all` takes the place of an id: one of the two has to be there. */
function forAll(input: Input): boolean {
  const all = input.isSet("all");
  if (all === (input.optionalArgument("ID") !== undefined)) throw new UsageError("give either ID or --all");
  return all;
}

async function actOnAll(
  input: Input,
  io: Io,
  send: (client: AdminClient) => Promise<{ count: number }>,
  done: string,
): Promise<number> {
  const reply = await send(await openAdminClient(input, io));
  printView(io, input, reply, `${reply.count} ${done}`);
  return 0;
}

/** Verbs about mail on its way out. */
export const queueCommands: readonly Command[] = [
  {
    name: "queue list",
    summary: "Mail on its way out: sender, waiting recipients, next attempt, last reply.",
    arguments: [],
    options: SERVER_OPTIONS,
    async run(input, io) {
      const items = await (await openAdminClient(input, io)).list<QueueItemView>("/queue");
      const head = ["ID", "FROM", "TO", "SIZE", "NEXT ATTEMPT", "LAST REPLY"];
      printView(io, input, items, table(head, items.map(row)));
      return 0;
    },
  },
  {
    name: "queue show",
    summary: "One message with all its recipients.",
    arguments: [ID],
    options: SERVER_OPTIONS,
    async run(input, io) {
      const item = await (await openAdminClient(input, io)).get<QueueItemView>(path(input));
      printView(io, input, item, details(item));
      return 0;
    },
  },
  {
    name: "queue message",
    summary: "Print the text of a message as it will be sent.",
    arguments: [ID],
    options: SERVER_OPTIONS,
    async run(input, io) {
      const raw = await (await openAdminClient(input, io)).getBytes(`${path(input)}/message`);
      io.out(new TextDecoder().decode(raw).replaceAll("\r\n", "\n"));
      return 0;
    },
  },
  {
    name: "queue retry",
    summary: "Try again now.",
    arguments: [{ ...ID, optional: true }],
    options: [ALL, ...SERVER_OPTIONS],
    run: (input, io) =>
      forAll(input)
        ? actOnAll(input, io, (client) => client.post("/queue/retry"), "tried again")
        : act(input, io, "retry", {}, "is tried again"),
  },
  {
    name: "queue hold",
    summary: "Make no attempts until released.",
    arguments: [ID],
    options: SERVER_OPTIONS,
    run: (input, io) => act(input, io, "hold", { held: true }, "held"),
  },
  {
    name: "queue release",
    summary: "Undo hold.",
    arguments: [ID],
    options: SERVER_OPTIONS,
    run: (input, io) => act(input, io, "hold", { held: false }, "released"),
  },
  {
    name: "queue remove",
    summary: "Drop a message, or all, without telling the sender.",
    arguments: [{ ...ID, optional: true }],
    options: [ALL, ...SERVER_OPTIONS],
    async run(input, io) {
      if (forAll(input)) return await actOnAll(input, io, (client) => client.delete("/queue"), "removed");
      const id = input.argument("ID");
      await (await openAdminClient(input, io)).delete(path(input));
      printView(io, input, { id }, `${id} removed`);
      return 0;
    },
  },
];
