import { createHash } from "node:crypto";
import { type AdminClient, openAdminClient } from "../admin_client.ts";
import type { ArchivedMessage, ArchiveFormat } from "../archive/archive.ts";
import { FORMATS, guessFormat } from "../archive/formats.ts";
import { type Command, CommandFailure, type Input, SERVER_OPTIONS, UsageError } from "../command.ts";
import { printView } from "../print.ts";

/** Messages asked for, or sent, at the same time. */
const AT_ONCE = 8;
const NAMES = [...FORMATS.keys()].join(", ");
const ADDRESS = { name: "ADDRESS", help: "account" };

interface Page {
  items: { uid: number; flags: string[]; dateMs: number }[];
  next: number | null;
}

function formatOption(input: Input): ArchiveFormat | undefined {
  const name = input.option("format");
  if (name === undefined) return undefined;
  const format = FORMATS.get(name);
  if (!format) throw new UsageError(`--format is one of ${NAMES}`);
  return format;
}

/** Writes a mailbox into files. */
export const mailboxExportCommand: Command = {
  name: "mailbox export",
  summary: "Write a mailbox, or one folder of it, into files.",
  details:
    "Formats: eml (one file a message), maildir (Maildir++), mbox (one file a folder), sqlite (one file).\n" +
    "Bytes, flags and dates are kept; mail that arrives meanwhile may be missing.",
  arguments: [ADDRESS, { name: "PATH", help: "where to write; must not be there yet" }],
  options: [
    { name: "format", value: "FORMAT", help: `${NAMES} (default: eml)` },
    { name: "folder", value: "NAME", help: "only this folder" },
    ...SERVER_OPTIONS,
  ],
  async run(input, io) {
    const format = formatOption(input) ?? FORMATS.get("eml")!;
    const client = await openAdminClient(input, io);
    const base = `/mailboxes/${encodeURIComponent(input.argument("ADDRESS"))}`;
    const only = input.option("folder");
    const { items } = await client.get<{ items: { name: string }[] }>(`${base}/folders`);
    const folders = items.map(({ name }) => name).filter((name) => only === undefined || name === only);
    if (!folders.length) throw new CommandFailure(`no such folder: ${only}`);
    const path = input.argument("PATH");
    const writer = await format.create(path).catch((error: Error) => {
      throw new CommandFailure(`cannot make ${path}: ${error.message}`);
    });
    let messages = 0;
    for (const folder of folders) {
      await writer.folder(folder);
      for await (const message of readFolder(client, base, folder)) {
        await writer.add(message);
        messages++;
      }
    }
    await writer.close();
    printView(
      io,
      input,
      { folders: folders.length, messages },
      `${messages} messages of ${folders.length} folders`,
    );
    return 0;
  },
};

async function* readFolder(
  client: AdminClient,
  base: string,
  folder: string,
): AsyncGenerator<ArchivedMessage> {
  const query = `folder=${encodeURIComponent(folder)}`;
  for (let after: number | null = 0; after !== null;) {
    const page: Page = await client.get(`${base}/messages?${query}&after=${after}`);
    for (let at = 0; at < page.items.length; at += AT_ONCE) {
      yield* await Promise.all(
        page.items.slice(at, at + AT_ONCE).map(async ({ uid, flags, dateMs }) => {
          const raw = await client.getBytes(`${base}/messages/${uid}?${query}`);
          return { folder, uid, flags, dateMs, raw };
        }),
      );
    }
    after = page.next;
  }
}

/** Files what an archive holds. */
export const mailboxImportCommand: Command = {
  name: "mailbox import",
  summary: "File the messages of an archive in a mailbox.",
  details:
    "Takes what `mailbox export` writes, and what other programs write in these formats. Folders are made when\n" +
    "missing; a second run within days adds nothing that the first one has added.",
  arguments: [ADDRESS, { name: "PATH", help: "archive: a folder or a file" }],
  options: [
    { name: "format", value: "FORMAT", help: `${NAMES} (default: what it looks like)` },
    { name: "into", value: "NAME", help: "put all folders below this one" },
    ...SERVER_OPTIONS,
  ],
  async run(input, io) {
    const path = input.argument("PATH");
    const format = formatOption(input) ?? await guessFormat(path).catch((error: Error) => {
      throw new CommandFailure(`cannot read ${path}: ${error.message}`);
    });
    const client = await openAdminClient(input, io);
    const base = `/mailboxes/${encodeURIComponent(input.argument("ADDRESS"))}`;
    const into = input.option("into");
    const place = (folder: string) => into === undefined ? folder : `${into}/${folder}`;
    const repeats = new Map<string, number>();
    let messages = 0;
    for await (const entry of format.read(path)) {
      if (entry.kind === "folder") await client.put(`${base}/folders`, { name: place(entry.name) });
      else {
        await send(client, base, { ...entry.message, folder: place(entry.message.folder) }, repeats);
        messages++;
      }
    }
    printView(io, input, { messages }, `${messages} messages`);
    return 0;
  },
};

/** One after the other: messages keep their order, and the mailbox commits each before the next. */
async function send(
  client: AdminClient,
  base: string,
  { folder, flags, dateMs, raw }: ArchivedMessage,
  repeats: Map<string, number>,
): Promise<void> {
  const query = new URLSearchParams({ folder });
  if (flags.length) query.set("flags", flags.join(" "));
  if (dateMs !== null) query.set("dateMs", String(dateMs));
  // Two equal messages of one archive are two messages.
  const same = createHash("sha256").update(query.toString()).update("\n").update(raw).digest("hex");
  const count = (repeats.get(same) ?? 0) + 1;
  repeats.set(same, count);
  await client.postMessage(`${base}/messages?${query}`, raw, `import:${same}:${count}`);
}
