import { strict as assert } from "node:assert";
import { LocalSystem } from "../../src/actor/local.ts";
import { replicaNode } from "../../src/actor/replica.ts";
import { undeclaredColumns } from "../../src/actor/undeclared.ts";
import { ManualClock } from "../../src/base/clock.ts";
import { seededRandom } from "../../src/base/id.ts";
import { openMemoryDatabase } from "../../src/storage/database.ts";
import { MemoryDisk } from "../../src/storage/disk.ts";
import { migrate, schemaVersion } from "../../src/storage/migrate.ts";
import { directoryActor } from "./actor.ts";
import type { DirectoryContract } from "./contract.ts";
import { migrations } from "./migrations.ts";
import { LOCAL, TABLES } from "./schema.ts";

/** Who the account ann is, by the schema that the fixture was written in: ids are never changed. */
const idOfAnn = (version: number) =>
  version === 1 ? "01kdvdnbygcpn21355zktv9av4" : "00000000001vgbpd3521dzyh20";

const fixtures = new URL("fixtures/", import.meta.url);
const versions = [...Deno.readDirSync(fixtures)].map(({ name }) =>
  Number(/^version_(\d+)\.sql$/.exec(name)?.[1])
);

function open(disk: MemoryDisk) {
  const clock = new ManualClock();
  clock.advance(60_000);
  return new LocalSystem({ clock, random: seededRandom(1), actors: [directoryActor], disk });
}

Deno.test("there is a fixture of every schema version", () => {
  assert.deepEqual(versions.sort((a, b) => a - b), migrations.map((_, i) => i + 1));
});

for (const version of versions) {
  Deno.test(`a directory of schema ${version} comes up with all that was in it`, async () => {
    const db = openMemoryDatabase();
    db.exec(await Deno.readTextFile(new URL(`version_${version}.sql`, fixtures)));
    assert.equal(schemaVersion(db), version);
    const disk = new MemoryDisk();
    disk.files.set("directory:main", db);
    const system = open(disk);
    const { ask } = system.ref<DirectoryContract>("directory:main");
    const { hash, position } = await ask("hash", {});
    assert.equal(schemaVersion(db), migrations.length);
    assert.deepEqual(system.checkAll(), []);

    const ann = await ask("getAccount", { address: "ann@a.test" });
    assert.deepEqual([ann.id, ann.quotaBytes, ann.internal, ann.acknowledge, ann.createdAtMs], [
      idOfAnn(version),
      500,
      true,
      null,
      Date.UTC(2026, 0, 1, 0, 0, 2),
    ]);
    assert.deepEqual(ann.effective, { quotaBytes: 500, messageBytes: 100, acknowledge: "local" });
    assert.equal((await ask("credentials", { login: "ann" }))?.passwordHash.slice(0, 10), "$argon2id$");
    assert.deepEqual((await ask("listAccounts", {})).items.map((one) => one.displayName), ["ann", "zoe"]);
    const domains = (await ask("listDomains", {})).items.map((
      one,
    ) => [one.name, one.aliasOf, one.quotaBytes]);
    assert.deepEqual(domains, [["a.test", null, 2000], ["b.test", "a.test", null]]);
    assert.deepEqual((await ask("getGroup", { address: "all@a.test" })).members, [
      "zoe@a.test",
      "ann@a.test",
    ]);
    assert.deepEqual((await ask("listAliases", {})).items, [
      { address: "sales@a.test", targets: ["ann@a.test", "x@out.test"], internal: false },
    ]);
    const { mailboxes } = await ask("resolve", { address: "postmaster@a.test", authenticated: false });
    assert.deepEqual(mailboxes.map(({ account }) => account.address), ["zoe@a.test"], "the oldest account");

    // The log tells an empty server everything.
    const { entries } = await ask("readLog", { after: 0, limit: 1000 });
    assert.equal(entries.length, position);
    const other = new LocalSystem({
      clock: new ManualClock(),
      random: seededRandom(2),
      actors: [directoryActor],
      node: replicaNode("mx2", "mx1"),
    });
    const peer = other.ref<DirectoryContract>("directory:main");
    await peer.ask("applyLog", { after: { position: 0, tag: "" }, entries });
    assert.deepEqual(await peer.ask("hash", {}), { hash, position });
    assert.deepEqual(other.checkAll(), []);
    await Promise.all([system.close(), other.close()]);
  });
}

Deno.test("reports for a sender that was rewritten before the migration still find the original one", async () => {
  const db = openMemoryDatabase();
  db.exec(await Deno.readTextFile(new URL("version_1.sql", fixtures)));
  const key = db.get<{ value: string }>("SELECT value FROM settings WHERE name = 'srs-key'")!.value;
  migrate(db, migrations);
  assert.deepEqual(db.all("SELECT value FROM sender_keys").map((row) => ({ ...row })), [{ value: key }]);
  assert.equal(db.get("SELECT 1 FROM settings WHERE name = 'srs-key'"), undefined);
});

Deno.test("every column of the directory is declared: how it joins, or why each server has its own", () => {
  const db = openMemoryDatabase();
  migrate(db, migrations);
  assert.deepEqual(undeclaredColumns(db, TABLES, LOCAL), []);
  db.exec("ALTER TABLE accounts ADD COLUMN second_factor TEXT");
  assert.deepEqual(undeclaredColumns(db, TABLES, LOCAL), ["accounts.second_factor"]);
});
