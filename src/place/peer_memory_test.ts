import { strict as assert } from "node:assert";
import type { PeerHello } from "../replication/link.ts";
import { PeerMemory } from "./peer_memory.ts";

let names = 0;

/** A server of a pair as far as it remembers; `restart` reads the file again. */
class Memory {
  memory: PeerMemory;

  constructor(readonly node: string, public folder = Deno.makeTempDirSync()) {
    this.memory = this.restart();
  }

  restart(): PeerMemory {
    return this.memory = new PeerMemory(this.folder, () => `${this.node}${++names}`);
  }

  hello(): PeerHello {
    return { node: this.node, dataId: this.memory.own, met: this.memory.met(), version: 1 };
  }
}

/** The servers see each other: who knows whom, and who lacks something. `complete`: all was exchanged. */
function meet(a: Memory, b: Memory, complete = true) {
  const [from, to] = [a.hello(), b.hello()];
  const seen = [
    { memory: a.memory, peer: to, isFirst: true },
    { memory: b.memory, peer: from, isFirst: false },
  ].map(({ memory, peer, isFirst }) => {
    const known = memory.knows(peer);
    memory.see(peer);
    const { stale } = memory;
    if (known || complete) memory.note(peer, isFirst);
    return { known, stale };
  });
  return { known: seen.map(({ known }) => known), stale: seen.map(({ stale }) => stale) };
}

function copy(folder: string): string {
  const to = Deno.makeTempDirSync();
  Deno.copyFileSync(`${folder}/pair.json`, `${to}/pair.json`);
  return to;
}

const NEITHER = [false, false], BOTH = [true, true];

Deno.test("two servers that met remember it; both have to", () => {
  const a = new Memory("a"), b = new Memory("b");
  assert.deepEqual(meet(a, b), { known: NEITHER, stale: NEITHER });
  for (let n = 0; n < 3; n++) assert.deepEqual(meet(a, b), { known: BOTH, stale: NEITHER });
  a.restart();
  b.restart();
  assert.deepEqual(meet(a, b), { known: BOTH, stale: NEITHER });
});

Deno.test("of two that never met the one without any data lacks what the other has", () => {
  const a = new Memory("a"), b = new Memory("b");
  a.memory.empty = true;
  assert.deepEqual(meet(a, b), { known: NEITHER, stale: [true, false] });
  assert.deepEqual(meet(a, b), { known: BOTH, stale: NEITHER });
});

Deno.test("who lost the data, or got an older copy back, lacks something until all is back", () => {
  const a = new Memory("a"), b = new Memory("b");
  for (let n = 0; n < 3; n++) meet(a, b);
  const backup = copy(b.folder);
  meet(a, b);
  const restored = new Memory("b", backup);
  assert.deepEqual(meet(a, restored, false), { known: NEITHER, stale: [false, true] });
  restored.restart();
  assert.ok(restored.memory.stale, "a restart forgets nothing of it");
  assert.deepEqual(meet(a, restored), { known: NEITHER, stale: [false, true] });
  assert.deepEqual(meet(a, restored), { known: BOTH, stale: NEITHER });

  const lost = new Memory("a");
  assert.deepEqual(meet(lost, restored), { known: NEITHER, stale: [true, false] });
  assert.deepEqual(meet(lost, restored), { known: BOTH, stale: NEITHER });
});

Deno.test("a meeting that only one server noted is no harm", () => {
  const a = new Memory("a"), b = new Memory("b");
  for (let n = 0; n < 3; n++) meet(a, b);
  a.memory.note(b.hello(), true);
  assert.deepEqual(meet(a, b), { known: NEITHER, stale: [false, true] });
  assert.deepEqual(meet(a, b), { known: BOTH, stale: NEITHER });
});
