import { DatabaseSync } from "node:sqlite";
import type { ArchiveEntry, ArchiveFormat } from "./archive.ts";

/** Marks a file as an archive of ours: "Mald". */
const APPLICATION_ID = 0x4d616c64;
/** Messages written in one transaction. */
const BATCH = 500;

/** One SQLite file: tables `folder` (name) and `message` (folder, uid, flags, date_ms, raw), to be read by anything. */
export const sqliteFile: ArchiveFormat = {
  name: "sqlite",
  async create(path) {
    (await Deno.open(path, { write: true, createNew: true })).close();
    const db = new DatabaseSync(path);
    db.exec(`
      PRAGMA application_id=${APPLICATION_ID};
      CREATE TABLE folder (name TEXT PRIMARY KEY) STRICT;
      CREATE TABLE message (
        id INTEGER PRIMARY KEY,
        folder TEXT NOT NULL REFERENCES folder(name),
        uid INTEGER NOT NULL,
        flags TEXT NOT NULL,
        date_ms INTEGER,
        raw BLOB NOT NULL
      ) STRICT;
      BEGIN`);
    const addFolder = db.prepare("INSERT INTO folder VALUES (?)");
    const addMessage = db.prepare(
      "INSERT INTO message (folder, uid, flags, date_ms, raw) VALUES (?,?,?,?,?)",
    );
    let pending = 0;
    return {
      folder: (name) => Promise.resolve(void addFolder.run(name)),
      add({ folder, uid, flags, dateMs, raw }) {
        addMessage.run(folder, uid, flags.join(" "), dateMs, raw);
        if (++pending % BATCH === 0) db.exec("COMMIT; BEGIN");
        return Promise.resolve();
      },
      close() {
        db.exec("COMMIT");
        db.close();
        return Promise.resolve();
      },
    };
  },
  async *read(path) {
    yield* await Promise.resolve(rows(path));
  },
};

function* rows(path: string): Generator<ArchiveEntry> {
  const db = new DatabaseSync(path, { readOnly: true });
  try {
    for (const { name } of db.prepare("SELECT name FROM folder ORDER BY rowid").iterate()) {
      yield { kind: "folder", name: String(name) };
    }
    const all = db.prepare("SELECT folder, uid, flags, date_ms AS dateMs, raw FROM message ORDER BY id");
    for (const row of all.iterate()) {
      const { folder, uid, flags, dateMs, raw } = row as Record<string, string | number | null | Uint8Array>;
      if (!(raw instanceof Uint8Array)) continue; // the schema is STRICT: this does not happen
      yield {
        kind: "message",
        message: {
          folder: String(folder),
          uid: Number(uid),
          flags: flags ? String(flags).split(" ") : [],
          dateMs: dateMs === null ? null : Number(dateMs),
          raw,
        },
      };
    }
  } finally {
    db.close();
  }
}

/** Whether a path is an SQLite file. */
export async function isSqlite(path: string): Promise<boolean> {
  const file = await Deno.open(path);
  const head = new Uint8Array(15);
  await file.read(head);
  file.close();
  return new TextDecoder().decode(head) === "SQLite format 3";
}
