import type { ArchiveFormat } from "./archive.ts";
import { emlTree } from "./eml_tree.ts";
import { isMaildir, maildir } from "./maildir.ts";
import { mbox } from "./mbox.ts";
import { isSqlite, sqliteFile } from "./sqlite_file.ts";

/** Every format, by its name. */
export const FORMATS: ReadonlyMap<string, ArchiveFormat> = new Map(
  [emlTree, maildir, mbox, sqliteFile].map((format) => [format.name, format]),
);

/** What an archive at a path is: an SQLite file or an mbox file; a maildir, a folder of mbox files, or of eml files. */
export async function guessFormat(path: string): Promise<ArchiveFormat> {
  if ((await Deno.stat(path)).isFile) return await isSqlite(path) ? sqliteFile : mbox;
  if (await isMaildir(path)) return maildir;
  for await (const { name, isFile } of Deno.readDir(path)) if (isFile && name.endsWith(".mbox")) return mbox;
  return emlTree;
}
