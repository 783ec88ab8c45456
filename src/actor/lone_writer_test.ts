import { strict as assert } from "node:assert";
import { ManualClock } from "../base/clock.ts";
import { seededRandom } from "../base/id.ts";
import { MemoryDisk, type StoredFile } from "../storage/disk.ts";
import type { ActorAddress, StoredActor } from "./actor.ts";
import { LocalSystem } from "./local.ts";

type CountContract = { add: { request: Record<string, never>; reply: { synced: number } } };

/** A disk in memory that counts its syncs. */
class CountingDisk extends MemoryDisk {
  inPlace = 0;
  byThread = 0;
  /** What a sync in place takes. */
  takesMs = 0;

  constructor(private readonly clock: ManualClock) {
    super();
  }

  override open(kind: string, name: string): StoredFile {
    const file = super.open(kind, name);
    const sync = () => {
      if (kind === "mailbox") this.byThread++;
      return Promise.resolve();
    };
    const syncNow = () => {
      this.inPlace++;
      this.clock.advance(this.takesMs);
      return true;
    };
    return { ...file, db: file.db, sync, syncNow };
  }
}

function start() {
  const clock = new ManualClock();
  const disk = new CountingDisk(clock);
  const actor: StoredActor<CountContract, null> = {
    kind: "mailbox",
    migrations: ["CREATE TABLE note (at INTEGER)"],
    reads: new Set([] as const),
    open: () => null,
    check: () => [],
    handlers: {
      add(_, turn) {
        turn.db.run("INSERT INTO note (at) VALUES (1)");
        return { synced: disk.inPlace + disk.byThread };
      },
    },
  };
  const system = new LocalSystem({ clock, random: seededRandom(1), actors: [actor], disk });
  const add = async (name: string) => {
    const { synced } = await system.ref<CountContract>(`mailbox:${name}` as ActorAddress).ask("add", {});
    assert.ok(disk.inPlace + disk.byThread > synced, "answered before the disk had it");
  };
  return { disk, add };
}

Deno.test("one actor that writes alone is synced in place, several by the thread", async () => {
  const { disk, add } = start();
  for (let i = 0; i < 20; i++) await add("a");
  assert.equal(disk.inPlace, 12);
  assert.equal(disk.byThread, 8);
  for (let i = 0; i < 20; i++) await add(i % 2 ? "a" : "b");
  assert.equal(disk.inPlace, 12);
  assert.equal(disk.byThread, 28);
});

Deno.test("a disk that was slow once is not waited for again soon", async () => {
  const { disk, add } = start();
  disk.takesMs = 5;
  for (let i = 0; i < 100; i++) await add("a");
  assert.equal(disk.inPlace, 1);
});
