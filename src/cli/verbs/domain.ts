import type { DomainView } from "../../../actors/directory/contract.ts";
import { openAdminClient } from "../admin_client.ts";
import { type Command, type Input, type OptionSpec, SERVER_OPTIONS, UsageError } from "../command.ts";
import { table } from "../help.ts";
import { parseAcknowledge, parseSize } from "../parse.ts";
import { printView, sizeText } from "../print.ts";

const NAME = { name: "NAME", help: "domain, such as example.org" };

const SETTINGS: readonly OptionSpec[] = [
  { name: "quota", value: "SIZE", help: "quota of its mailboxes: bytes, 512M, 2G or none" },
  { name: "message-size", value: "SIZE", help: "largest message of its mailboxes" },
  { name: "catch-all", value: "ADDRESS", help: "who gets mail for unknown users; none refuses it" },
  { name: "postmaster", value: "ADDRESS", help: "who gets mail for postmaster; none takes the server's" },
  {
    name: "acknowledge",
    value: "local|both|default",
    help: "when changes are acknowledged: durable here, or on both servers",
  },
];

function settings(input: Input): Record<string, unknown> {
  const body: Record<string, unknown> = {};
  const quota = input.option("quota");
  const size = input.option("message-size");
  const catchAll = input.option("catch-all");
  const postmaster = input.option("postmaster");
  if (quota !== undefined) body.quotaBytes = parseSize(quota, "quota");
  if (size !== undefined) body.messageBytes = parseSize(size, "message-size");
  if (catchAll !== undefined) body.catchAll = catchAll === "none" ? null : catchAll;
  if (postmaster !== undefined) body.postmaster = postmaster === "none" ? null : postmaster;
  const acknowledge = input.option("acknowledge");
  if (acknowledge !== undefined) body.acknowledge = parseAcknowledge(acknowledge);
  return body;
}

const path = (name: string) => `/domains/${encodeURIComponent(name)}`;

/** Verbs about domains. */
export const domainCommands: readonly Command[] = [
  {
    name: "domain add",
    summary: "Take mail for a domain from now on.",
    arguments: [NAME],
    options: [
      { name: "alias-of", value: "DOMAIN", help: "only another name of that domain" },
      ...SETTINGS,
      ...SERVER_OPTIONS,
    ],
    async run(input, io) {
      const aliasOf = input.option("alias-of");
      const body = { name: input.argument("NAME"), ...(aliasOf ? { aliasOf } : {}), ...settings(input) };
      const view = await (await openAdminClient(input, io)).post<DomainView>("/domains", body);
      printView(io, input, view, `domain ${view.name} added`);
      return 0;
    },
  },
  {
    name: "domain list",
    summary: "All domains.",
    arguments: [],
    options: SERVER_OPTIONS,
    async run(input, io) {
      const domains = await (await openAdminClient(input, io)).list<DomainView>("/domains");
      const rows = domains.map((one) => [
        one.name,
        one.aliasOf ?? "",
        sizeText(one.quotaBytes),
        sizeText(one.messageBytes),
        one.catchAll ?? "",
      ]);
      printView(
        io,
        input,
        domains,
        table(["DOMAIN", "ALIAS OF", "QUOTA", "MESSAGE SIZE", "CATCH-ALL"], rows),
      );
      return 0;
    },
  },
  {
    name: "domain show",
    summary: "One domain with its settings.",
    arguments: [NAME],
    options: SERVER_OPTIONS,
    async run(input, io) {
      printView(
        io,
        input,
        await (await openAdminClient(input, io)).get<DomainView>(path(input.argument("NAME"))),
      );
      return 0;
    },
  },
  {
    name: "domain set",
    summary: "Change settings of a domain.",
    arguments: [NAME],
    options: [...SETTINGS, ...SERVER_OPTIONS],
    async run(input, io) {
      const body = settings(input);
      if (Object.keys(body).length === 0) throw new UsageError("nothing to change");
      const client = await openAdminClient(input, io);
      const view = await client.patch<DomainView>(path(input.argument("NAME")), body);
      printView(io, input, view, `domain ${view.name} changed`);
      return 0;
    },
  },
  {
    name: "domain verify",
    summary: "The TXT record that proves who owns a domain, and whether it is published.",
    details: "Exit status 1 while it is not.",
    arguments: [NAME],
    options: SERVER_OPTIONS,
    async run(input, io) {
      const view = await (await openAdminClient(input, io)).get<
        { record: string; value: string; state: string }
      >(`${path(input.argument("NAME"))}/ownership`);
      printView(io, input, view, `${view.state}: ${view.record} TXT "${view.value}"`);
      return view.state === "verified" ? 0 : 1;
    },
  },
  {
    name: "domain remove",
    summary: "Stop taking mail for a domain. Mail that its mailboxes hold is kept.",
    arguments: [NAME],
    options: SERVER_OPTIONS,
    async run(input, io) {
      const name = input.argument("NAME");
      await (await openAdminClient(input, io)).delete(path(name));
      printView(io, input, { name }, `domain ${name} removed`);
      return 0;
    },
  },
];
