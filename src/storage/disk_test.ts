import { strict as assert } from "node:assert";
import { seededRandom } from "../base/id.ts";
import { openFileDatabase } from "./database.ts";
import { fileDisk, MemoryDisk } from "./disk.ts";
import { migrate, schemaVersion } from "./migrate.ts";

const SECTOR = 512;

/** What a power cut leaves: each sector written since the last sync is there, or still as it was. */
function torn(before: Uint8Array, after: Uint8Array, random: ReturnType<typeof seededRandom>): Uint8Array {
  const image = after.slice();
  for (let at = 0; at < image.length; at += SECTOR) {
    const changed = after.subarray(at, at + SECTOR).some((byte, i) => byte !== before[at + i]);
    if (!changed || random.bytes(1)[0] & 1) continue;
    for (let i = at; i < Math.min(at + SECTOR, image.length); i++) image[i] = before[i] ?? 0;
  }
  return image;
}

Deno.test("what was synced survives a power cut that tears every later write", async () => {
  const folder = await Deno.makeTempDir({ prefix: "mallard-" });
  try {
    const random = seededRandom(3);
    const file = fileDisk((_, name) => `${folder}/${name}.db`).open("mailbox", "a");
    file.db.exec("CREATE TABLE t (n INTEGER PRIMARY KEY, data BLOB)");
    await file.sync();
    let synced = 0;
    let walThen = await Deno.readFile(`${folder}/a.db-wal`);
    for (let n = 1; n <= 120; n++) {
      file.db.control("BEGIN");
      file.db.run("INSERT INTO t VALUES (?, ?)", n, random.bytes(700));
      file.db.control("COMMIT");
      if (n % 5 === 0) {
        await file.sync();
        synced = n;
        walThen = await Deno.readFile(`${folder}/a.db-wal`);
      }
      if (n % 40 === 0) file.checkpoint();
      if (n % 7) continue;
      await Deno.writeFile(`${folder}/cut.db`, await Deno.readFile(`${folder}/a.db`));
      await Deno.writeFile(
        `${folder}/cut.db-wal`,
        torn(walThen, await Deno.readFile(`${folder}/a.db-wal`), random),
      );
      const cut = openFileDatabase(`${folder}/cut.db`);
      const found = cut.get<{ n: number }>("SELECT max(n) AS n FROM t")!.n;
      assert.ok(found >= synced && found <= n, `synced ${synced}, found ${found} of ${n}`);
      assert.equal(cut.get<{ integrity_check: string }>("PRAGMA integrity_check")!.integrity_check, "ok");
      cut.close();
      for (const suffix of ["", "-wal", "-shm"]) {
        await Deno.remove(`${folder}/cut.db${suffix}`).catch(() => {});
      }
    }
    file.close();
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("syncs that overlap share one, and each covers what was committed before it was asked for", async () => {
  const folder = await Deno.makeTempDir({ prefix: "mallard-" });
  const file = fileDisk((_, name) => `${folder}/${name}.db`).open("mailbox", "a");
  file.db.exec("CREATE TABLE t (n INTEGER)");
  const first = file.sync();
  const second = file.sync();
  const third = file.sync();
  assert.notEqual(first, second);
  assert.equal(second, third);
  await Promise.all([first, second, third]);
  file.close();
  await Deno.remove(folder, { recursive: true });
});

Deno.test("migrations run once, forward, and a newer file is refused untouched", () => {
  const { db } = new MemoryDisk().open("mailbox", "a");
  migrate(db, ["CREATE TABLE a (x)"]);
  migrate(db, ["CREATE TABLE a (x)", (d) => void d.run("INSERT INTO a VALUES (1)")]);
  assert.equal(schemaVersion(db), 2);
  assert.throws(() => migrate(db, ["CREATE TABLE a (x)"]), { code: "unavailable" });
  assert.throws(() => migrate(db, ["", "", "CREATE TABLE b (x); nonsense"]));
  assert.equal(schemaVersion(db), 2);
  assert.equal(
    db.get("SELECT 1 FROM sqlite_master WHERE name = 'b'"),
    undefined,
    "a failed step leaves nothing",
  );
});
