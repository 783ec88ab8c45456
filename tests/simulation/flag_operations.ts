import type { ActorAddress } from "../../src/actor/actor.ts";
import type { SimNode } from "./node.ts";
import { open, type Opened, promisedOf, some } from "./opened.ts";
import type { Operation } from "./operation.ts";
import { Words } from "./words.ts";
import type { World } from "./world.ts";

const FLAGS = ["\\Seen", "\\Answered", "\\Flagged", "Work", "work", "Later"];

/** A client changes flags. */
export const store: Operation = async (world, node, to) => {
  const opened = await open(world, node, to);
  if (!opened) return;
  const uids = world.dice.chance(0.2) ? [1, 0xffffffff] : some(world, opened);
  if (!uids.length) return;
  const mode = world.dice.pick(["add", "add", "add", "remove", "remove", "replace"] as const);
  const flags = FLAGS.filter(() => world.dice.chance(0.4));
  if (mode === "replace") world.replacing++;
  const reply = await world.ask(node, to, "store", { folder: opened.folder.id, uids, mode, flags });
  if (mode === "replace") {
    world.replacing--;
    world.replaced++;
    world.ledger.forgetKeywords();
  }
  world.note(
    `${node.id}.${to.slice(-1)} store ${opened.folder.name} ${uids} ${mode} ${flags} ${
      reply ? "ok" : "failed"
    }`,
  );
};

/** A keyword that nobody else sets or takes away: it must survive whatever happens to the message. */
export const mark: Operation = async (world, node, to) => {
  const opened = await open(world, node, to);
  if (!opened?.ids.size) return;
  const uid = world.dice.pick([...opened.ids.keys()]);
  const [promised] = promisedOf(world, opened, [uid, uid]);
  if (!promised || promised.copies > 1 || promised.removable || world.replacing) return;
  const keyword = `k${++world.counter}`;
  const { replaced } = world;
  const reply = await world.ask(node, to, "store", {
    folder: opened.folder.id,
    uids: [uid, uid],
    mode: "add",
    flags: [keyword],
  });
  const told = reply?.rows.some((row) => row.keywords.split(" ").includes(keyword));
  if (told && promised.copies === 1 && replaced === world.replaced && !world.replacing) {
    promised.keywords.add(keyword);
  }
  world.note(
    `${node.id}.${
      to.slice(-1)
    } mark UID ${uid} of ${opened.folder.name} (${promised.text}) with ${keyword} ${told}`,
  );
};

/** A keyword that comes and goes: the last word on it counts, whichever server heard it. */
export const toggle: Operation = async (world, node, to) => {
  const opened = await open(world, node, to);
  if (!opened?.ids.size) return;
  const uids = [...opened.ids.keys()];
  // Mostly the same one, so that both servers have a word to say about it.
  const uid = world.dice.chance(0.7) ? uids[0] : world.dice.pick(uids);
  await say(world, node, to, opened, uid, world.dice.chance(0.8) ? "t1" : "t2", world.dice.chance(0.6));
};

async function say(
  world: World,
  node: SimNode,
  to: ActorAddress,
  { folder, ids }: Opened,
  uid: number,
  keyword: string,
  on: boolean,
): Promise<void> {
  const promised = world.ledger.messages.get(ids.get(uid)!);
  if (!promised || promised.copies > 1 || promised.removable) return;
  const words = promised.toggles.get(keyword) ?? new Words();
  promised.toggles.set(keyword, words);
  const word = words.begin(on, world.earliestMs());
  const before = world.moment(node);
  const reply = await world.ask(node, to, "store", {
    folder: folder.id,
    uids: [uid, uid],
    mode: on ? "add" : "remove",
    flags: [keyword],
  });
  // A server that has it so already changes nothing, and knows of no word; the home may have, before it went.
  if (reply && !reply.changed.length && before === world.moment(node)) words.take(word);
  if (reply) [word.acknowledged, word.untilMs] = [reply.changed.length > 0, world.latestMs()];
  world.note(
    `${node.id}.${to.slice(-1)} toggle UID ${uid} of ${folder.name} (${promised.text}) ${keyword} ${on} ${
      reply ? reply.changed : "failed"
    }`,
  );
}

/** One server hears that a message has a keyword, the other one that it has, and then that it has not. */
export const dispute: Operation = async (world, first, to) => {
  const second = world.openNodes().find((node) => node !== first);
  const [a, b] = [await open(world, first, to, "INBOX"), second && await open(world, second, to, "INBOX")];
  const uid = a && [...a.ids.keys()].find((uid) => b?.ids.get(uid) === a.ids.get(uid));
  if (!a || !b || !uid || !second) return;
  const keyword = `d${++world.counter}`;
  await say(world, first, to, a, uid, keyword, true);
  await world.later(5);
  await say(world, second, to, b, uid, keyword, true);
  await world.later(5);
  await say(world, second, to, b, uid, keyword, false);
};
