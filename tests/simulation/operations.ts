import type { FolderInfo } from "../../actors/mailbox/contract.ts";
import type { ActorAddress } from "../../src/actor/actor.ts";
import { uidList, type UidSet, uidSet } from "../../src/codec/imap/uid_set.ts";
import type { Promised } from "./ledger.ts";
import { emailIdOf, mail } from "./mail.ts";
import type { SimNode } from "./node.ts";
import { filteredMail } from "./sieve.ts";
import { Words } from "./words.ts";
import type { World } from "./world.ts";

/** What users and the world do to a mailbox, each through one of the servers. */
export type Operation = (world: World, node: SimNode, to: ActorAddress) => Promise<void>;

export const NO_LIMITS = { quotaBytes: null, messageBytes: 1_000_000 };
/** Names that folders are made and renamed under: few, so that both sides often want the same. */
const NAMES = ["a", "b", "c", "a/b"];
/** Folders that are deleted now and then; nothing in them is promised to stay. */
const DOOMED = ["x1", "x2"];

const FLAGS = ["\\Seen", "\\Answered", "\\Flagged", "Work", "work", "Later"];

/** A folder with its rows as a session of this server sees them. */
export interface Opened {
  folder: FolderInfo;
  uids: UidSet;
  /** EMAILID by UID. */
  ids: Map<number, string>;
}

/** Reads a folder; a random one without a name. */
export async function open(
  world: World,
  node: SimNode,
  to: ActorAddress,
  name?: string,
): Promise<Opened | null> {
  const list = await world.ask(node, to, "listFolders", {});
  if (!list) return null;
  const named = list.folders.filter((folder) => name === undefined ? true : folder.name === name);
  if (!named.length) return null;
  const busy = world.dice.chance(0.6) ? named.filter((folder) => folder.name === "INBOX") : named;
  const folder = world.dice.pick(busy.length ? busy : named);
  const page = await world.ask(node, to, "fetch", {
    folder: folder.id,
    uids: [1, 0xffffffff],
    items: { emailId: true },
  });
  if (!page) return null;
  const ids = new Map(page.rows.map((row) => [row.uid, row.emailId!]));
  for (const [uid, id] of ids) world.ledger.sawUid(node.id, folder.id, folder.uidValidity, uid, id);
  return { folder, uids: uidSet(ids.keys()), ids };
}

/** Some of its messages. */
export function some(world: World, { ids }: Opened): UidSet {
  const all = [...ids.keys()];
  const probability = world.dice.pick([0.1, 0.5, 1]);
  const chosen = all.filter(() => world.dice.chance(probability));
  return uidSet(chosen.length ? chosen : all.length ? [world.dice.pick(all)] : []);
}

/** What was promised of them. */
export function promisedOf(world: World, opened: Opened, uids: UidSet): Promised[] {
  return [...uidList(uids)].map((uid) => world.ledger.messages.get(opened.ids.get(uid)!))
    .filter((promised) => promised !== undefined);
}

/** Mail comes. */
export const deliver: Operation = async (world, node, to) => {
  const text = `m${++world.counter}`;
  const chosen = world.dice.chance(0.8) ? "INBOX" : world.dice.pick([...NAMES, ...DOOMED]);
  const { message, filter } = world.filtered
    ? filteredMail(text, world.counter, world.time.nowMs)
    : { message: mail(text, world.time.nowMs), filter: undefined };
  const folder = filter ? "INBOX" : chosen;
  if (filter) world.filteredTexts.add(text);
  const promised = world.ledger.expect(emailIdOf(message), text);
  promised.removable = DOOMED.includes(folder);
  world.note(`${node.id}.${to.slice(-1)} deliver ${text} to ${folder}`);
  const request = { message, folder, limits: NO_LIMITS, filter };
  const before = world.moment(node);
  const reply = await world.ask(node, to, "deliver", request, `delivery-${text}`);
  if (reply) {
    promised.least++;
    await readOwnWrite(world, node, to, before, promised);
  } else if (world.dice.chance(0.5)) {
    // The sender comes again, to the other server: under the same id it counts once.
    const other = world.nodes[node === world.nodes[0] ? 1 : 0];
    promised.copies++;
    promised.expunged = false;
    if (await world.ask(other, to, "deliver", request, `delivery-${text}-again`)) {
      promised.least++;
    }
  }
  world.note(`${node.id}.${to.slice(-1)} deliver ${text} ${reply ? `UID ${reply.uid}` : "failed"}`);
};

/** Law 3: what a server acknowledged it shows, while nothing broke in between. */
async function readOwnWrite(
  world: World,
  node: SimNode,
  to: ActorAddress,
  before: string,
  promised: Promised,
): Promise<void> {
  const list = await world.ask(node, to, "listFolders", {});
  for (const folder of list?.folders ?? []) {
    const uids: UidSet = [1, 0xffffffff];
    const page = await world.ask(node, to, "fetch", { folder: folder.id, uids, items: { emailId: true } });
    if (page?.rows.some((row) => world.ledger.messages.get(row.emailId!) === promised)) return;
  }
  if (promised.removable || promised.moved || before !== world.moment(node)) return;
  world.ledger.violate(`${node.id} does not show ${promised.text}, which it acknowledged`);
}

const append: Operation = async (world, node, to) => {
  const count = 1 + world.dice.below(3);
  const flags = world.dice.chance(0.5) ? ["\\Seen"] : [];
  const messages = Array.from({ length: count }, () => mail(`m${++world.counter}`, world.time.nowMs, flags));
  const opened = await open(world, node, to);
  if (!opened) return;
  const { name } = opened.folder;
  const promised = messages.map((message) =>
    world.ledger.expect(emailIdOf(message), message.summary.subject)
  );
  if (DOOMED.includes(name)) promised.forEach((one) => one.removable = true);
  const reply = await world.ask(node, to, "append", { name, messages, limits: NO_LIMITS });
  if (reply) promised.forEach((one) => one.least = 1);
  world.note(
    `${node.id}.${to.slice(-1)} append ${promised.map((p) => p.text)} to ${name} ${
      reply ? reply.uids : "failed"
    }`,
  );
};

const store: Operation = async (world, node, to) => {
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
const mark: Operation = async (world, node, to) => {
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
const toggle: Operation = async (world, node, to) => {
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
const dispute: Operation = async (world, first, to) => {
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

const expunge: Operation = async (world, node, to) => {
  const opened = await open(world, node, to);
  if (!opened) return;
  const uids = some(world, opened);
  if (!uids.length) return;
  const folder = opened.folder.id;
  const asked = promisedOf(world, opened, uids);
  for (const one of asked) one.removable = true;
  await world.ask(node, to, "store", { folder, uids, mode: "add", flags: ["\\Deleted"] });
  const reply = await world.ask(node, to, "expunge", { folder, uids });
  if (reply) {
    for (const one of promisedOf(world, opened, reply.expunged)) {
      if (!one.moved && one.copies === 1) one.expunged = true;
    }
  }
  world.note(
    `${node.id}.${to.slice(-1)} expunge ${opened.folder.name} ${uids}: ${reply ? reply.expunged : "failed"}`,
  );
};

const transfer = (move: boolean): Operation => async (world, node, to) => {
  const opened = await open(world, node, to);
  if (!opened) return;
  const list = await world.ask(node, to, "listFolders", {});
  const target = list && world.dice.pick(list.folders).name;
  const uids = some(world, opened);
  if (!target || !uids.length) return;
  for (const one of promisedOf(world, opened, uids)) {
    one.moved = true;
    one.expunged = false;
    if (!move) one.copies++;
    if (DOOMED.includes(target)) one.removable = true;
  }
  const request = { folder: opened.folder.id, uids, to: target, limits: NO_LIMITS, move };
  const reply = await world.ask(node, to, "copy", request);
  const verb = move ? "move" : "copy";
  world.note(
    `${node.id}.${to.slice(-1)} ${verb} ${opened.folder.name} ${uids} to ${target}: ${
      reply ? reply.destination : "failed"
    }`,
  );
};

const create: Operation = async (world, node, to) => {
  const name = world.dice.pick([...NAMES, ...DOOMED]);
  const reply = await world.ask(node, to, "createFolder", { name });
  world.note(`${node.id}.${to.slice(-1)} create ${name} ${reply?.folder.id ?? "failed"}`);
};

const rename: Operation = async (world, node, to) => {
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

export function wordsOf(all: Map<string, Words<string>>, key: string | undefined): Words<string> {
  const words = (key !== undefined && all.get(key)) || new Words<string>();
  if (key !== undefined) all.set(key, words);
  return words;
}

const remove: Operation = async (world, node, to) => {
  const name = world.dice.pick(DOOMED);
  for (const one of world.openNodes()) {
    const opened = await open(world, one, to, name);
    if (opened) { for (const promised of promisedOf(world, opened, opened.uids)) promised.removable = true; }
  }
  const reply = await world.ask(node, to, "deleteFolder", { name });
  world.note(`${node.id}.${to.slice(-1)} delete ${name} ${reply ? "ok" : "failed"}`);
};

const subscribe: Operation = async (world, node, to) => {
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

const moveHome: Operation = async (world, node, to) => {
  const move = { mailbox: to, to: world.dice.pick(world.nodes).id, done: false };
  world.moves.push(move);
  const reply = await world.ask(node, to, "moveHome", { to: move.to });
  move.done = reply !== null;
  world.note(`${node.id}.${to.slice(-1)} home to ${move.to} ${reply ? "ok" : "failed"}`);
};

/** Somebody sends the same message to both servers at the same moment: it is there twice. */
const deliverTwice: Operation = async (world, _node, to) => {
  const text = `m${++world.counter}`;
  const message = mail(text, world.time.nowMs);
  const promised = world.ledger.expect(emailIdOf(message), text);
  promised.copies = 2;
  const request = { message, folder: "INBOX", limits: NO_LIMITS };
  const replies = await Promise.all(
    world.openNodes().map(async (node) => {
      const reply = await world.ask(node, to, "deliver", request, `delivery-${text}-${node.id}`);
      if (reply) promised.least++;
      return reply;
    }),
  );
  world.note(`deliver ${text} to ${to.slice(-1)} on both: ${replies.map((reply) => reply?.uid ?? "failed")}`);
};

/** Operations by how often they come. */
export const OPERATIONS: readonly [Operation, number][] = [
  [deliver, 10],
  [deliverTwice, 1],
  [append, 4],
  [store, 6],
  [mark, 4],
  [toggle, 5],
  [dispute, 3],
  [expunge, 4],
  [transfer(false), 3],
  [transfer(true), 5],
  [create, 2],
  [rename, 2],
  [remove, 1],
  [subscribe, 2],
  [moveHome, 2],
];
