import { hash } from "node:crypto";
import { checkPromises, converged, describeDifference } from "./laws.ts";
import { beginSharing } from "./sharing_begin.ts";
import { checkSent, OUTBOX_MS } from "./sieve.ts";
import { startDeliveries, startOperation } from "./start.ts";
import { World, type WorldOptions } from "./world.ts";

/** How one history went. */
export interface Outcome {
  violations: string[];
  /** Events of virtual time. */
  steps: number;
  heals: number;
  renumbered: number;
  /** Equal for equal seeds. */
  trace: string;
  lines: string[];
}

/** How long two servers may take to be one again once the cable is in. */
const HEAL_MS = 60_000;

/** Plays one history: some rounds of use, with and without trouble, each ended by a heal; then everything is checked. */
export async function playHistory(options: WorldOptions): Promise<Outcome> {
  const world = new World(options);
  const rounds = world.long ? 1 : 1 + world.dice.below(3);
  if (world.dice.chance(0.7)) await world.run(1000);
  if (world.shared) await world.finish(beginSharing(world));
  world.troubled = !world.net.linked;
  for (let round = 0; round < rounds && !world.ledger.violations.length; round++) {
    await playRound(world);
    await mend(world);
  }
  const figures = world.nodes.map((node) => node.engine.figures());
  world.close();
  return {
    violations: world.ledger.violations,
    steps: world.time.steps,
    heals: figures.reduce((sum, one) => sum + one.heals, 0),
    renumbered: figures.reduce((sum, one) => sum + one.renumbered, 0),
    trace: hash("sha256", world.trace.join("\n")),
    lines: world.trace,
  };
}

async function playRound(world: World): Promise<void> {
  const { dice } = world;
  const trouble = dice.pick(troublesOf(world));
  const operations = world.long ? 300 : 5 + dice.below(25);
  const begin = dice.below(operations);
  const paceMs = dice.pick([5, 50, 1000, 60_000]);
  for (let n = 0; n < operations; n++) {
    if (n === begin) await trouble(world);
    startOperation(world);
    if (dice.chance(0.4)) syncSomebody(world);
    await world.run(dice.below(paceMs));
  }
}

function troublesOf({ loss, lazy }: World): Trouble[] {
  if (loss) return [lose, lose, crash, cut, none];
  return lazy ? [cut, cut, crash, crash, flap, none] : [cut, cut, cut, crash, flap, none, cutAndCrash];
}

function syncSomebody(world: World): void {
  const up = world.openNodes();
  if (!up.length) return;
  const client = world.dice.pick(world.clients);
  const node = world.dice.pick(up);
  const folder = world.dice.pick(["INBOX", "INBOX", "a", "b", "Archive"]);
  // One at a time for each client, as over one connection.
  if (client.busy) return;
  client.busy = true;
  client.sync(node, folder).catch((error) => world.ledger.violate(String(error?.stack ?? error))).finally(
    () => client.busy = false,
  );
}

type Trouble = (world: World) => Promise<void>;

const none: Trouble = () => Promise.resolve();

const cut: Trouble = async (world) => {
  world.troubled = true;
  // Something is on its way.
  if (world.dice.chance(0.7)) {
    if (world.dice.chance(0.5)) startDeliveries(world, 6);
    else for (let n = 1 + world.dice.below(6); n > 0; n--) startOperation(world);
    await world.run(world.dice.below(20));
  }
  world.note("the cable is pulled");
  world.net.pull();
  if (world.dice.chance(0.05)) await world.run(world.dice.below(30 * 60_000));
};

const cutAndCrash: Trouble = async (world) => {
  await cut(world);
  for (let n = world.dice.below(4); n > 0; n--) {
    startOperation(world);
    await world.run(world.dice.below(500));
  }
  await crash(world);
  if (world.dice.chance(0.5)) world.net.plug();
};

/** A server comes back with an empty disk. Nobody uses it before it has everything from the other one. */
const lose: Trouble = async (world) => {
  world.troubled = true;
  const lost = world.dice.pick(world.nodes);
  const other = world.nodes.find((node) => node !== lost)!;
  await world.run(world.dice.below(30));
  world.note(`${lost.id} loses its disk`);
  lost.down(true);
  lost.options.disk.wipe();
  world.net.restarted();
  world.forget(lost);
  for (let n = world.dice.below(4); n > 0; n--) {
    startOperation(world);
    await world.run(world.dice.below(2000));
  }
  world.note(`${lost.id} comes up with nothing`);
  other.lacking = [...world.actors];
  lost.closed = true;
  lost.up();
  world.net.restarted();
  for (let n = world.dice.below(4); n > 0; n--) {
    startOperation(world);
    await world.run(world.dice.below(200));
  }
  await world.runUntil(HEAL_MS, () => converged(world));
  lost.closed = false;
};

const flap: Trouble = async (world) => {
  world.troubled = true;
  for (let n = 1 + world.dice.below(4); n > 0; n--) {
    world.net.pull();
    startOperation(world);
    await world.run(world.dice.below(4000));
    world.net.plug();
    startOperation(world);
    await world.run(world.dice.below(1500));
  }
};

const crash: Trouble = async (world) => {
  world.troubled = true;
  const node = world.dice.pick(world.nodes);
  const power = world.dice.chance(0.5);
  // Between any two steps: some events of what is going on have happened.
  await world.run(world.dice.below(30));
  world.note(`${node.id} dies${power ? " with the power" : ""}`);
  node.down(power);
  world.net.restarted();
  for (let n = world.dice.below(6); n > 0; n--) {
    startOperation(world);
    await world.run(world.dice.below(2000));
  }
  world.note(`${node.id} comes up`);
  node.up();
  world.net.restarted();
};

/** Everything is plugged in, every operation ends, and both servers must come to hold the same. */
async function mend(world: World): Promise<void> {
  world.net.plug();
  const quiet = await world.runUntil(200_000, () => Promise.resolve(world.pending === 0));
  if (!quiet) return world.ledger.violate("an operation never ended");
  const same = await world.runUntil(HEAL_MS, () => converged(world));
  if (!same) {
    for (const line of await world.finish(describeDifference(world))) world.note(line);
    return world.ledger.violate("the servers do not come to hold the same");
  }
  if (world.filtered) {
    await world.run(OUTBOX_MS);
    checkSent(world);
  }
  await world.finish(checkPromises(world));
  world.newRound();
  const figures = world.nodes.map((node) => node.engine.figures());
  if (!world.troubled && figures.some((one) => one.renumbered || one.heals)) {
    world.ledger.violate("messages were renumbered or joined while both servers saw each other");
  }
  for (const client of world.clients) {
    for (const node of world.nodes) {
      for (const folder of ["INBOX", "a", "b", "c", "Archive"]) {
        if (!client.busy) await world.finish(client.sync(node, folder));
      }
    }
  }
}
