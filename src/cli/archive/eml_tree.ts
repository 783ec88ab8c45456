import { join, relative } from "node:path";
import { type ArchiveEntry, type ArchiveFormat, folderOf, folderPath, makeNew, withCrlf } from "./archive.ts";

/** Flags and date of each file of a folder, one JSON object a line: text files have no place for them. */
const INDEX = "index.jsonl";

interface IndexLine {
  file: string;
  flags: string[];
  dateMs: number;
}

/**
 * One folder of the file system a mail folder, one `.eml` file a message. Files and folders that were put there by hand
 * are taken too: their date is the file's, and they are unread.
 */
export const emlTree: ArchiveFormat = {
  name: "eml",
  async create(root) {
    await makeNew(root);
    return {
      folder: (name) => Deno.mkdir(join(root, folderPath(name)), { recursive: true }),
      async add({ folder, uid, flags, dateMs, raw }) {
        const path = join(root, folderPath(folder));
        const file = `${String(uid).padStart(8, "0")}.eml`;
        await Deno.writeFile(join(path, file), raw, { createNew: true });
        if (dateMs === null) return;
        await Deno.utime(join(path, file), new Date(dateMs), new Date(dateMs));
        const line: IndexLine = { file, flags, dateMs };
        await Deno.writeTextFile(join(path, INDEX), JSON.stringify(line) + "\n", { append: true });
      },
      close: () => Promise.resolve(),
    };
  },
  read: (root) => readFolder(root, root),
};

async function* readFolder(root: string, path: string): AsyncGenerator<ArchiveEntry> {
  const name = folderOf(relative(root, path));
  if (name) yield { kind: "folder", name };
  const index = await readIndex(join(path, INDEX));
  const entries = (await Array.fromAsync(Deno.readDir(path))).sort((a, b) => a.name < b.name ? -1 : 1);
  for (const { name: file, isFile } of entries) {
    if (!isFile || !file.toLowerCase().endsWith(".eml")) continue;
    const raw = await Deno.readFile(join(path, file));
    const known = index.get(file);
    const message = known ? { flags: known.flags, dateMs: known.dateMs, raw } : {
      flags: [],
      dateMs: (await Deno.stat(join(path, file))).mtime?.getTime() ?? null,
      raw: withCrlf(raw),
    };
    yield { kind: "message", message: { folder: name || "INBOX", uid: 0, ...message } };
  }
  for (const { name: file, isDirectory } of entries) {
    if (isDirectory) yield* readFolder(root, join(path, file));
  }
}

async function readIndex(path: string): Promise<Map<string, IndexLine>> {
  let text = "";
  try {
    text = await Deno.readTextFile(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  const lines = text.split("\n").filter((line) => line !== "").map((line): IndexLine => JSON.parse(line));
  return new Map(lines.map((line) => [line.file, line]));
}
