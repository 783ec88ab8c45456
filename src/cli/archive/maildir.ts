import { join } from "node:path";
import { decodeMailboxName, encodeMailboxName } from "../../codec/text/utf7.ts";
import { type ArchiveEntry, type ArchiveFormat, makeNew, withCrlf } from "./archive.ts";

/** Letters of the flags part of a file name, in their order. */
const LETTERS: readonly (readonly [string, string])[] = [
  ["D", "\\Draft"],
  ["F", "\\Flagged"],
  ["R", "\\Answered"],
  ["S", "\\Seen"],
  ["T", "\\Deleted"],
];
/** Keywords of a folder by number, `0 NonJunk` a line: letters `a` to `z` of file names stand for the first 26. */
const KEYWORDS = "dovecot-keywords";
/** Keywords beyond what letters can name, by file name. */
const MORE_KEYWORDS = "mallard-keywords.jsonl";
/** In a file name: the bytes are the message's own, line ends included. */
const EXACT = "mallard";

/**
 * Maildir++: the folder itself is INBOX, `.Work.2026` is Work/2026, names in modified UTF-7. Flags and keywords stand in
 * file names as other servers write them, the date is the file's.
 */
export const maildir: ArchiveFormat = {
  name: "maildir",
  async create(root) {
    await makeNew(root);
    await makeMaildir(root);
    const keywords = new Map<string, string[]>();
    return {
      async folder(name) {
        if (name !== "INBOX") await makeMaildir(join(root, directoryOf(name)));
      },
      async add({ folder, uid, flags, dateMs, raw }) {
        const path = folder === "INBOX" ? root : join(root, directoryOf(folder));
        const ms = dateMs ?? 0;
        const known = keywords.get(path) ?? [];
        keywords.set(path, known);
        const [letters, more] = lettersOf(flags, known);
        const unique = `${Math.floor(ms / 1000)}.M${
          String(ms % 1000).padStart(3, "0")
        }U${uid}.${EXACT},S=${raw.length}`;
        const file = join(path, "cur", `${unique}:2,${letters}`);
        await Deno.writeFile(file, raw, { createNew: true });
        await Deno.utime(file, new Date(ms), new Date(ms));
        if (!more.length) return;
        const line = JSON.stringify({ file: unique, keywords: more }) + "\n";
        await Deno.writeTextFile(join(path, MORE_KEYWORDS), line, { append: true });
      },
      async close() {
        for (const [path, names] of keywords) {
          if (!names.length) continue;
          await Deno.writeTextFile(join(path, KEYWORDS), names.map((name, i) => `${i} ${name}\n`).join(""));
        }
      },
    };
  },
  async *read(root) {
    yield* readMaildir(root, "INBOX");
    const entries = (await Array.fromAsync(Deno.readDir(root))).map(({ name }) => name).sort();
    for (const name of entries) {
      if (/^\.[^.]/.test(name)) yield* readMaildir(join(root, name), folderOf(name));
    }
  },
};

/** Whether a path looks like one. */
export async function isMaildir(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(join(path, "cur"))).isDirectory;
  } catch {
    return false;
  }
}

async function makeMaildir(path: string): Promise<void> {
  for (const part of ["cur", "new", "tmp"]) await Deno.mkdir(join(path, part), { recursive: true });
}

/** `.Work.2026`; a dot inside a level is written in base64 as other characters are, `&AC4-`. */
function directoryOf(folder: string): string {
  return folder.split("/").map((level) => "." + encodeMailboxName(level).replaceAll(".", "&AC4-")).join("");
}

function folderOf(directory: string): string {
  return directory.slice(1).split(".").map((level) =>
    level.split("&AC4-").map((part) => decodeMailboxName(part)).join(".")
  ).join("/");
}

function lettersOf(flags: readonly string[], known: string[]): [letters: string, more: string[]] {
  let letters = LETTERS.filter(([, flag]) => flags.includes(flag)).map(([letter]) => letter).join("");
  const more: string[] = [];
  for (const keyword of flags.filter((flag) => !flag.startsWith("\\")).sort()) {
    if (!known.includes(keyword) && known.length < 26) known.push(keyword);
    const at = known.indexOf(keyword);
    if (at >= 0) letters += String.fromCharCode(97 + at);
    else more.push(keyword);
  }
  return [letters, more];
}

async function* readMaildir(path: string, folder: string): AsyncGenerator<ArchiveEntry> {
  yield { kind: "folder", name: folder };
  const lines = await readLines(join(path, KEYWORDS));
  const keywords = new Map(
    lines.map((line) => /^(\d+) (.+)$/.exec(line)).filter((match) => match !== null)
      .map((match) => [Number(match[1]), match[2]]),
  );
  const more = new Map((await readLines(join(path, MORE_KEYWORDS))).map((line) => {
    const { file, keywords }: { file: string; keywords: string[] } = JSON.parse(line);
    return [file, keywords];
  }));
  for (const part of ["cur", "new"]) {
    const names = await Array.fromAsync(Deno.readDir(join(path, part)));
    for (const { name, isFile } of names.sort(byUid)) {
      if (!isFile || name.startsWith(".")) continue;
      const file = join(path, part, name);
      const [unique, info = ""] = name.split(":2,");
      const raw = await Deno.readFile(file);
      const dateMs = (await Deno.stat(file)).mtime?.getTime() ?? null;
      const flags = [...flagsOf(info, keywords), ...more.get(unique) ?? []];
      const text = unique.includes(`.${EXACT},`) ? raw : withCrlf(raw);
      yield { kind: "message", message: { folder, uid: 0, flags, dateMs, raw: text } };
    }
  }
}

/** Order of arrival: the number after `U` where we wrote the name, else the name. */
function byUid(a: { name: string }, b: { name: string }): number {
  const [one, two] = [a.name, b.name].map((name) => Number(/U(\d+)\.mallard,/.exec(name)?.[1] ?? NaN));
  return one - two || (a.name < b.name ? -1 : 1);
}

function flagsOf(info: string, keywords: ReadonlyMap<number, string>): string[] {
  const system = LETTERS.filter(([letter]) => info.includes(letter)).map(([, flag]) => flag);
  const own = [...info].filter((letter) => letter >= "a" && letter <= "z")
    .map((letter) => keywords.get(letter.charCodeAt(0) - 97)).filter((name) => name !== undefined);
  return [...system, ...own];
}

async function readLines(path: string): Promise<string[]> {
  try {
    return (await Deno.readTextFile(path)).split("\n").filter((line) => line !== "");
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}
