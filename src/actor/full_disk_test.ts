import { strict as assert } from "node:assert";
import { ManualClock } from "../base/clock.ts";
import { Fault } from "../base/fault.ts";
import { seededRandom } from "../base/id.ts";
import { LIMITS } from "../base/limits.ts";
import { MemoryDisk, type StoredFile } from "../storage/disk.ts";
import type { StoredActor } from "./actor.ts";
import { LocalSystem } from "./local.ts";
import { storageFault } from "./storage_fault.ts";

type NotesContract = {
  put: { request: { text: string }; reply: { count: number } };
  count: { request: Record<string, never>; reply: { count: number } };
  wake: { request: { atMs: number }; reply: { count: number } };
  woken: { request: Record<string, never>; reply: { count: number } };
};

/** The error of a statement that finds no room. */
function fullError(): Error {
  return Object.assign(new Error("database or disk is full"), { errcode: 13 });
}

/** A disk in memory that can be full. */
class FullDisk extends MemoryDisk {
  full = false;
  checkpoints = 0;

  override open(kind: string, name: string): StoredFile {
    const file = super.open(kind, name);
    const run = file.db.run.bind(file.db);
    file.db.run = (sql, ...params) => {
      if (this.full) throw fullError();
      return run(sql, ...params);
    };
    const checkpoint = () => {
      this.checkpoints++;
      if (this.full) throw fullError();
    };
    return { ...file, db: file.db, checkpoint };
  }
}

let woken = 0;
const count = (db: { get<T>(sql: string): T | undefined }) => ({
  count: db.get<{ n: number }>("SELECT count(*) AS n FROM note")!.n,
});

const notes: StoredActor<NotesContract, null> = {
  kind: "mailbox",
  migrations: ["CREATE TABLE note (text TEXT NOT NULL)"],
  reads: new Set([] as const),
  open: () => null,
  check: () => [],
  handlers: {
    put({ text }, turn) {
      turn.db.run("INSERT INTO note (text) VALUES (?)", text);
      return count(turn.db);
    },
    count: (_, turn) => count(turn.db),
    wake({ atMs }, turn) {
      turn.remind("woken", atMs);
      return count(turn.db);
    },
    woken(_, turn) {
      woken++;
      return count(turn.db);
    },
  },
};

function start() {
  const disk = new FullDisk();
  const clock = new ManualClock();
  const system = new LocalSystem({ clock, random: seededRandom(1), actors: [notes], disk });
  return { disk, clock, system, ref: system.ref<NotesContract>("mailbox:a") };
}

const settle = () => new Promise((resolve) => setTimeout(resolve, 0));

Deno.test("a turn that finds the disk full spoils no other of its transaction", async () => {
  const { disk, ref, system } = start();
  assert.equal((await ref.ask("put", { text: "before" })).count, 1);
  disk.full = true;
  const results = await Promise.allSettled([
    ref.ask("count", {}),
    ref.ask("put", { text: "no" }),
    ref.ask("count", {}),
  ]);
  assert.deepEqual(results.map((r) => r.status), ["fulfilled", "rejected", "fulfilled"]);
  const { reason } = results[1] as PromiseRejectedResult;
  assert.ok(reason instanceof Fault && reason.code === "no_space");
  disk.full = false;
  assert.equal((await ref.ask("put", { text: "after" })).count, 2);
  await system.close();
});

Deno.test("checkpoints and wake-ups that find no room are made up for", async () => {
  const { disk, clock, ref, system } = start();
  const atMs = clock.nowMs() + 60_000;
  await ref.ask("wake", { atMs });
  await ref.ask("put", { text: "before" });
  disk.full = true;
  clock.advance(LIMITS.quietMs + 2 * LIMITS.sweepMs);
  await settle();
  assert.ok(disk.checkpoints > 0, "a checkpoint was tried");
  clock.advance(atMs - clock.nowMs());
  await settle();
  assert.ok(woken > 0, "the actor is woken all the same");
  disk.full = false;
  woken = 0;
  clock.advance(5_000);
  await settle();
  assert.ok(woken > 0, "as the wake-up could not be taken off the list, it comes again");
  woken = 0;
  clock.advance(600_000);
  await settle();
  assert.equal(woken, 0, "then it is off");
  await system.close();
});

Deno.test("what SQLite and the system say of a full disk is known", () => {
  const io = Object.assign(new Error("disk I/O error"), { errcode: 10 | 3 << 8 });
  const folder = Object.assign(new Error("mkdir"), { code: "ENOSPC" });
  for (const error of [fullError(), new Error("database or disk is full"), io, folder]) {
    assert.equal(storageFault(error).code, "no_space");
  }
  assert.equal(storageFault(new Fault("denied", "no")).code, "denied");
  assert.equal(storageFault(new Error("no such table: x")).code, "internal");
  assert.equal(storageFault(undefined).code, "internal");
});
