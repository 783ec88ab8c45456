import { strict as assert } from "node:assert";
import { LocalSystem } from "../../src/actor/local.ts";
import { ManualClock } from "../../src/base/clock.ts";
import { Fault } from "../../src/base/fault.ts";
import { seededRandom } from "../../src/base/id.ts";
import { openMemoryDatabase } from "../../src/storage/database.ts";
import { MemoryDisk } from "../../src/storage/disk.ts";
import { migrate, schemaVersion } from "../../src/storage/migrate.ts";
import { mailboxActor } from "./actor.ts";
import type { MailboxContract } from "./contract.ts";
import { letter, MAILBOX_NAME, newMessage, NO_LIMITS } from "./fixture_test.ts";
import { MIGRATIONS } from "./schema.ts";

/** What a user saw in each fixture's mailbox when it was written: no migration may change it. */
const HASHES = [
  "03593d6fbf4c5eb21797344067b7894295a803c15dd50b61215d350829eb9508",
  "89ef39791057ec51af55a8678e8ecb5f0d850eb4e2e32e070f55012c28161983",
  "c48afb2088f38c1662f2b9bb043adefb1b5b448fe4e997939137b127abdbaaa4",
  "c48afb2088f38c1662f2b9bb043adefb1b5b448fe4e997939137b127abdbaaa4",
  "c48afb2088f38c1662f2b9bb043adefb1b5b448fe4e997939137b127abdbaaa4",
];

const fixtures = new URL("fixtures/", import.meta.url);
const versions = [...Deno.readDirSync(fixtures)].map(({ name }) =>
  Number(/^version_(\d+)\.sql$/.exec(name)?.[1])
);

Deno.test("there is a fixture of every schema version", () => {
  assert.deepEqual(versions.sort((a, b) => a - b), MIGRATIONS.map((_, i) => i + 1));
});

for (const version of versions) {
  Deno.test(`a mailbox of schema ${version} comes up with all that was in it`, async () => {
    const db = openMemoryDatabase();
    db.exec(await Deno.readTextFile(new URL(`version_${version}.sql`, fixtures)));
    assert.equal(schemaVersion(db), version);
    // As if all of it had been in the index of that release.
    if (version < 3) {
      db.exec("UPDATE meta SET value = (SELECT max(id) FROM content) WHERE key = 'indexed'");
    }
    const disk = new MemoryDisk();
    disk.files.set(`mailbox:${MAILBOX_NAME}`, db);
    const system = new LocalSystem({
      clock: new ManualClock(),
      random: seededRandom(1),
      actors: [mailboxActor],
      disk,
    });
    const { ask } = system.ref<MailboxContract>(`mailbox:${MAILBOX_NAME}`);
    assert.equal((await ask("hash", {})).hash, HASHES[version - 1]);
    assert.equal(schemaVersion(db), MIGRATIONS.length);
    const { status, uids, keywords } = await ask("select", { name: "INBOX", claimRecent: true });
    assert.deepEqual([status.messages, status.unseen, status.recent, uids], [4, 2, 0, [1, 2, 4, 5]]);
    assert.deepEqual(keywords, ["$Work"]);
    const { scripts } = await ask("listScripts", {});
    assert.deepEqual(
      scripts.map(({ name, sizeBytes, active }) => [name, sizeBytes, active]),
      version < 2 ? [] : [["täglich", 20, true], ["vacation", 6, false]],
    );
    const { folders } = await ask("getAnnotations", { names: ["Archive"], entries: ["/private/comment"] });
    assert.deepEqual(folders[0].values, [{
      entry: "/private/comment",
      value: version < 2 ? null : "old mail",
    }]);
    const { entries } = version < 2 ? { entries: [] } : await ask("getAcl", { name: "lists/deno" });
    assert.deepEqual(entries, version < 3 ? [] : [{ identifier: "anyone", rights: "lrs" }]);
    const found = await ask("search", { folder: status.id, key: { key: "body", value: "LETTER 5" } });
    assert.deepEqual(found.uids, [5, 5]);
    const by = [{ key: "SUBJECT" as const, reverse: false }, { key: "DATE" as const, reverse: true }];
    const sorted = await ask("sort", { folder: status.id, key: { key: "all" }, by });
    assert.deepEqual([...sorted.uids], [5, 4, 2, 1]);
    const { uid } = await ask("deliver", {
      message: newMessage(letter(1)),
      folder: "INBOX",
      limits: NO_LIMITS,
    });
    assert.equal(uid, 6);
    while ((await ask("index", {})).more);
    assert.equal(db.all("SELECT * FROM brief").length, db.all("SELECT * FROM content").length);
    assert.deepEqual(system.checkAll(), []);
    await system.close();
  });
}

Deno.test("a mailbox of a newer release is refused and left alone", () => {
  const db = openMemoryDatabase();
  db.exec(`PRAGMA user_version = ${MIGRATIONS.length + 1}`);
  assert.throws(
    () => migrate(db, MIGRATIONS),
    (error) => error instanceof Fault && error.code === "unavailable",
  );
  assert.deepEqual(db.all("SELECT name FROM sqlite_schema"), []);
});
