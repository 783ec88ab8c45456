import { open, promisedOf } from "./opened.ts";
import { DOOMED, NAMES, type Operation } from "./operation.ts";
import { wordsOf } from "./words.ts";

/** A folder is made. */
export const create: Operation = async (world, node, to) => {
  const name = world.dice.pick([...NAMES, ...DOOMED]);
  const reply = await world.ask(node, to, "createFolder", { name });
  world.note(`${node.id}.${to.slice(-1)} create ${name} ${reply?.folder.id ?? "failed"}`);
};

/** A folder gets another name. */
export const rename: Operation = async (world, node, to) => {
  const [from, target] = [world.dice.pick(["a", "b", "c", "Archive"]), world.dice.pick([...NAMES, "d", "e"])];
  const list = await world.ask(node, to, "listFolders", {});
  const id = list?.folders.find(({ name }) => name === from)?.id;
  const words = wordsOf(world.ledger.named(to, "folder"), id);
  const word = words.begin(target, world.earliestMs());
  const before = world.moment(node);
  const reply = await world.ask(node, to, "renameFolder", { from, to: target });
  // The home knew a folder by that name, maybe, and went.
  if (!reply && before !== world.moment(node)) {
    for (const others of world.ledger.named(to, "folder").values()) others.giveUp();
  }
  // Another folder may have had the name by then.
  if (reply) [word.acknowledged, word.untilMs] = [reply.folder.id === id, world.latestMs()];
  // What lies below another folder goes along with it.
  if (target.includes("/")) words.giveUp();
  // Somebody else gave the name to another folder meanwhile; and folders below go along.
  const below = list?.folders.filter(({ name }) => name.startsWith(`${from}/`)) ?? [];
  for (const { id } of [...below, ...reply ? [reply.folder] : []]) {
    const others = wordsOf(world.ledger.named(to, "folder"), id);
    if (others !== words) others.giveUp();
  }
  world.note(`${node.id}.${to.slice(-1)} rename ${from} to ${target} ${reply ? "ok" : "failed"}`);
};

/** A folder is deleted with all that is in it. */
export const remove: Operation = async (world, node, to) => {
  const name = world.dice.pick(DOOMED);
  for (const one of world.openNodes()) {
    const opened = await open(world, one, to, name);
    if (opened) { for (const promised of promisedOf(world, opened, opened.uids)) promised.removable = true; }
  }
  const reply = await world.ask(node, to, "deleteFolder", { name });
  world.note(`${node.id}.${to.slice(-1)} delete ${name} ${reply ? "ok" : "failed"}`);
};

/** A name is subscribed to, or no longer. */
export const subscribe: Operation = async (world, node, to) => {
  const name = world.dice.pick(["INBOX", "Sent", ...NAMES]);
  const list = await world.ask(node, to, "listFolders", {});
  if (!list) return;
  const on = !list.subscriptions.includes(name);
  const words = wordsOf(world.ledger.named(to, "subscription"), name);
  const word = words.begin(String(on), world.earliestMs());
  const outcome = await node.ask({ to, name: "subscribe", request: { name, on }, requestId: null });
  if (outcome.ok) [word.acknowledged, word.untilMs] = [true, world.latestMs()];
  else if (outcome.code === "not_found") words.take(word);
  world.note(`${node.id}.${to.slice(-1)} subscribe ${name} ${on} ${outcome.ok ? "ok" : "failed"}`);
};

/** The administrator moves a mailbox's home. */
export const moveHome: Operation = async (world, node, to) => {
  const move = { mailbox: to, to: world.dice.pick(world.nodes).id, done: false };
  world.moves.push(move);
  const reply = await world.ask(node, to, "moveHome", { to: move.to });
  move.done = reply !== null;
  world.note(`${node.id}.${to.slice(-1)} home to ${move.to} ${reply ? "ok" : "failed"}`);
};
