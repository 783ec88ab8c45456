import { strict as assert } from "node:assert";
import { LocalSystem } from "../../src/actor/local.ts";
import { ManualClock } from "../../src/base/clock.ts";
import { seededRandom } from "../../src/base/id.ts";
import { openMemoryDatabase } from "../../src/storage/database.ts";
import { MemoryDisk } from "../../src/storage/disk.ts";
import { migrate, schemaVersion } from "../../src/storage/migrate.ts";
import { queueActor } from "./actor.ts";
import type { QueueContract } from "./contract.ts";
import { MIGRATIONS } from "./schema.ts";

Deno.test("mail that waited in a queue of schema 1 is claimed after the migration", async () => {
  const disk = new MemoryDisk();
  const db = openMemoryDatabase();
  migrate(db, MIGRATIONS.slice(0, 1));
  assert.equal(schemaVersion(db), 1);
  db.exec(`
    INSERT INTO item (id, sender, smtp_utf8, body, require_tls, size, source, created_ms)
      VALUES ('old', 'a@home.test', 0, '7bit', 0, 3, 'submission', 0);
    INSERT INTO recipient (item, address, domain, notify, next_ms) VALUES ('old', 'b@far.test', 'far.test', '', 0);
    INSERT INTO body VALUES ('old', 0, x'610D0A');
    INSERT INTO destination VALUES ('far.test', 0, 0);
    UPDATE totals SET items=1, bytes=3;
  `);
  disk.files.set("queue:main", db);
  const system = new LocalSystem({
    clock: new ManualClock(),
    random: seededRandom(1),
    actors: [queueActor],
    disk,
  });
  const queue = system.ref<QueueContract>("queue:main");
  const { leases } = await queue.ask("claim", { max: 10, perDomain: 5, leaseMs: 60_000 });
  assert.deepEqual(leases.map(({ id, deliveryId }) => [id, deliveryId]), [["old", undefined]]);
  assert.equal(schemaVersion(db), MIGRATIONS.length);
  assert.deepEqual(system.checkAll(), []);
  await system.close();
});
