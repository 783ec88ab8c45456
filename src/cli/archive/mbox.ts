import { join, relative } from "node:path";
import { concat, fromLatin1, latin1 } from "../../base/bytes.ts";
import {
  type ArchivedMessage,
  type ArchiveEntry,
  type ArchiveFormat,
  folderOf,
  folderPath,
  makeNew,
  withCrlf,
} from "./archive.ts";

const SUFFIX = ".mbox";
const LF = 10;
/** Largest mbox file that is read, in bytes: it is held in memory while it is taken apart. */
const MOST_BYTES = 2 * 1024 ** 3 - 1;

/**
 * One mbox file a folder, `Work/2026.mbox`, in the "mboxrd" form: lines that begin with `From ` get a `>` in front, and
 * lose it again. Between the `From ` line and the message stand `X-Mallard` lines with its exact size, date and flags;
 * files without them are taken with what `Status`, `X-Status` and `X-Keywords` say.
 */
export const mbox: ArchiveFormat = {
  name: "mbox",
  async create(root) {
    await makeNew(root);
    const fileOf = (folder: string) => join(root, folderPath(folder) + SUFFIX);
    return {
      async folder(name) {
        await Deno.mkdir(join(fileOf(name), ".."), { recursive: true });
        await Deno.writeFile(fileOf(name), new Uint8Array(), { createNew: true });
      },
      add: (message) => Deno.writeFile(fileOf(message.folder), format(message), { append: true }),
      close: () => Promise.resolve(),
    };
  },
  async *read(root) {
    if ((await Deno.stat(root)).isFile) yield* readFile(root, "INBOX");
    else yield* readTree(root, root);
  },
};

async function* readTree(root: string, path: string): AsyncGenerator<ArchiveEntry> {
  const entries = (await Array.fromAsync(Deno.readDir(path))).sort((a, b) => a.name < b.name ? -1 : 1);
  for (const { name, isFile, isDirectory } of entries) {
    const full = join(path, name);
    if (isDirectory) yield* readTree(root, full);
    else if (isFile && name.endsWith(SUFFIX)) {
      yield* readFile(full, folderOf(relative(root, full).slice(0, -SUFFIX.length)));
    }
  }
}

function format({ flags, dateMs, raw }: ArchivedMessage): Uint8Array {
  const date = new Date(dateMs ?? 0);
  // `Thu Jan  1 00:00:00 1970`, always UTC.
  const [week, day, month, year, time] = date.toUTCString().replace(",", "").split(" ");
  const head = [
    `From MAILER-DAEMON ${week} ${month} ${String(Number(day)).padStart(2)} ${time} ${year}`,
    `X-Mallard-Size: ${raw.length}`,
    `X-Mallard-Date: ${dateMs ?? ""}`,
    `X-Mallard-Flags: ${flags.join(" ")}`,
    "",
  ].join("\n");
  return concat([latin1(head), latin1(quote(fromLatin1(raw))), latin1("\n\n")]);
}

function quote(text: string): string {
  return text.replace(/^(>*From )/gm, ">$1");
}

function unquote(text: string): string {
  return text.replace(/^>(>*From )/gm, "$1");
}

async function* readFile(path: string, folder: string): AsyncGenerator<ArchiveEntry> {
  yield { kind: "folder", name: folder };
  if ((await Deno.stat(path)).size > MOST_BYTES) throw new RangeError(`${path} is too large to be read`);
  const bytes = await Deno.readFile(path);
  for (let start = 0; start < bytes.length;) {
    const end = nextFrom(bytes, start + 1);
    const message = parse(fromLatin1(bytes.subarray(start, end)));
    if (message) yield { kind: "message", message: { folder, uid: 0, ...message } };
    start = end;
  }
}

const FROM = latin1("\nFrom ");

/** Where the next `From ` line begins. */
function nextFrom(bytes: Uint8Array, from: number): number {
  for (let at = bytes.indexOf(LF, from); at >= 0; at = bytes.indexOf(LF, at + 1)) {
    if (FROM.every((byte, i) => bytes[at + i] === byte)) return at + 1;
  }
  return bytes.length;
}

type Parsed = Pick<ArchivedMessage, "flags" | "dateMs" | "raw">;

function parse(text: string): Parsed | null {
  const line = /^From [^\n]*\n/.exec(text)?.[0];
  if (line === undefined) return null;
  const own = /^X-Mallard-Size: (\d+)\nX-Mallard-Date: (\d*)\nX-Mallard-Flags: ([^\n]*)\n/.exec(
    text.slice(line.length),
  );
  if (!own) return foreign(line, text.slice(line.length));
  const raw = latin1(unquote(text.slice(line.length + own[0].length))).subarray(0, Number(own[1]));
  return {
    raw,
    dateMs: own[2] === "" ? null : Number(own[2]),
    flags: own[3] === "" ? [] : own[3].split(" "),
  };
}

const STATUS: readonly (readonly [string, string])[] = [
  ["R", "\\Seen"],
  ["A", "\\Answered"],
  ["F", "\\Flagged"],
  ["D", "\\Deleted"],
  ["T", "\\Draft"],
];

/** A message that another program wrote: its status lines become flags and go. */
function foreign(fromLine: string, rest: string): Parsed | null {
  const body = unquote(rest.replace(/\r?\n\r?\n$/, "\n"));
  // Behind the line end of the last field: what is left is the empty line and the text.
  const empty = /\n\r?\n/.exec(body);
  const headerEnd = empty ? empty.index + 1 : body.length;
  const header = body.slice(0, headerEnd);
  const field = (name: string) => new RegExp(`^${name}:[ \t]*([^\r\n]*)`, "im").exec(header)?.[1] ?? "";
  const status = field("Status") + field("X-Status");
  const flags = STATUS.filter(([letter]) => status.includes(letter)).map(([, flag]) => flag);
  const keywords = field("X-Keywords").split(" ").filter((word) => word !== "");
  const kept = header.replace(/^(Status|X-Status|X-Keywords|X-UID):[^\n]*(\n|$)/gim, "");
  const dateMs = Date.parse(fromLine.slice(5).replace(/^\S+\s+/, "").trim() + " UTC");
  const raw = withCrlf(latin1(kept + body.slice(headerEnd)));
  return { flags: [...flags, ...keywords], dateMs: Number.isFinite(dateMs) ? dateMs : null, raw };
}
