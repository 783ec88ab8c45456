import type { FolderInfo } from "../../actors/mailbox/contract.ts";
import type { ActorAddress } from "../../src/actor/actor.ts";
import { uidList, type UidSet, uidSet } from "../../src/codec/imap/uid_set.ts";
import type { Promised } from "./ledger.ts";
import { emailIdOf, mail } from "./mail.ts";
import type { SimNode } from "./node.ts";
import { MAILBOXES, type World } from "./world.ts";

/** What users and the world do to a mailbox, each through one of the servers. */
export type Operation = (world: World, node: SimNode, to: ActorAddress) => Promise<void>;

const NO_LIMITS = { quotaBytes: null, messageBytes: 1_000_000 };
/** Names that folders are made and renamed under: few, so that both sides often want the same. */
const NAMES = ["a", "b", "c", "a/b"];
/** Folders that are deleted now and then; nothing in them is promised to stay. */
const DOOMED = ["x1", "x2"];

const FLAGS = ["\\Seen", "\\Answered", "\\Flagged", "Work", "work", "Later"];

/** A folder with its rows as a session of this server sees them. */
interface Opened {
  folder: FolderInfo;
  uids: UidSet;
  /** EMAILID by UID. */
  ids: Map<number, string>;
}

async function open(world: World, node: SimNode, to: ActorAddress, name?: string): Promise<Opened | null> {
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

function some(world: World, { ids }: Opened): UidSet {
  const all = [...ids.keys()];
  const probability = world.dice.pick([0.1, 0.5, 1]);
  const chosen = all.filter(() => world.dice.chance(probability));
  return uidSet(chosen.length ? chosen : all.length ? [world.dice.pick(all)] : []);
}

function promisedOf(world: World, opened: Opened, uids: UidSet): Promised[] {
  return [...uidList(uids)].map((uid) => world.ledger.messages.get(opened.ids.get(uid)!))
    .filter((promised) => promised !== undefined);
}

const deliver: Operation = async (world, node, to) => {
  const text = `m${++world.counter}`;
  const message = mail(text, world.time.nowMs);
  const folder = world.dice.chance(0.8) ? "INBOX" : world.dice.pick([...NAMES, ...DOOMED]);
  const promised = world.ledger.expect(emailIdOf(message), text);
  promised.removable = DOOMED.includes(folder);
  world.note(`${node.id}.${to.slice(-1)} deliver ${text} to ${folder}`);
  const request = { message, folder, limits: NO_LIMITS };
  const reply = await world.ask(node, to, "deliver", request, `delivery-${text}`);
  if (reply) promised.acknowledged = true;
  else if (world.dice.chance(0.5)) {
    // The sender comes again, to the other server: under the same id it counts once.
    const other = world.nodes[node === world.nodes[0] ? 1 : 0];
    promised.copies++;
    if (await world.ask(other, to, "deliver", request, `delivery-${text}-again`)) {
      promised.acknowledged = true;
    }
  }
  world.note(`${node.id}.${to.slice(-1)} deliver ${text} ${reply ? `UID ${reply.uid}` : "failed"}`);
};

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
  if (reply) promised.forEach((one) => one.acknowledged = true);
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
  const mode = world.dice.pick(["add", "remove", "replace"] as const);
  const flags = FLAGS.filter(() => world.dice.chance(0.4));
  if (mode === "replace") world.replacing++;
  const reply = await world.ask(node, to, "store", { folder: opened.folder.id, uids, mode, flags });
  if (mode === "replace") {
    world.replacing--;
    world.replaced++;
    for (const one of world.ledger.messages.values()) one.keywords.clear();
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
  if (!promised || promised.copies > 1 || promised.moved || promised.removable || world.replacing) return;
  const keyword = `k${++world.counter}`;
  const { replaced } = world;
  const reply = await world.ask(node, to, "store", {
    folder: opened.folder.id,
    uids: [uid, uid],
    mode: "add",
    flags: [keyword],
  });
  const told = reply?.rows.some((row) => row.keywords.split(" ").includes(keyword));
  if (told && promised.copies === 1 && !promised.moved && replaced === world.replaced && !world.replacing) {
    promised.keywords.add(keyword);
  }
  world.note(
    `${node.id}.${
      to.slice(-1)
    } mark UID ${uid} of ${opened.folder.name} (${promised.text}) with ${keyword} ${told}`,
  );
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
  const reply = await world.ask(node, to, "renameFolder", { from, to: target });
  world.note(`${node.id}.${to.slice(-1)} rename ${from} to ${target} ${reply ? "ok" : "failed"}`);
};

const remove: Operation = async (world, node, to) => {
  const name = world.dice.pick(DOOMED);
  for (const one of world.nodes) {
    const opened = one.events && await open(world, one, to, name);
    if (opened) { for (const promised of promisedOf(world, opened, opened.uids)) promised.removable = true; }
  }
  const reply = await world.ask(node, to, "deleteFolder", { name });
  world.note(`${node.id}.${to.slice(-1)} delete ${name} ${reply ? "ok" : "failed"}`);
};

const subscribe: Operation = async (world, node, to) => {
  const request = { name: world.dice.pick(["INBOX", "Sent", ...NAMES]), on: world.dice.chance(0.5) };
  const reply = await world.ask(node, to, "subscribe", request);
  world.note(`${node.id}.${to.slice(-1)} subscribe ${request.name} ${request.on} ${reply ? "ok" : "failed"}`);
};

const moveHome: Operation = async (world, node, to) => {
  const home = world.dice.pick(world.nodes).id;
  // Only with both there: a home that is given away during a cut would be two.
  if (!world.net.linked) return;
  const reply = await world.ask(node, to, "moveHome", { to: home });
  world.note(`${node.id}.${to.slice(-1)} home to ${home} ${reply ? "ok" : "failed"}`);
};

/** Operations by how often they come. */
const OPERATIONS: readonly [Operation, number][] = [
  [deliver, 10],
  [append, 4],
  [store, 6],
  [mark, 4],
  [expunge, 4],
  [transfer(false), 3],
  [transfer(true), 5],
  [create, 2],
  [rename, 2],
  [remove, 1],
  [subscribe, 2],
  [moveHome, 1],
];
const WEIGHT = OPERATIONS.reduce((sum, [, weight]) => sum + weight, 0);

/** Starts one operation on a random server that is up, and does not wait for it. */
export function startOperation(world: World): void {
  const up = world.nodes.filter((node) => node.events);
  if (!up.length) return;
  const node = world.dice.pick(up);
  let at = world.dice.below(WEIGHT);
  const [operation] = OPERATIONS.find(([, weight]) => (at -= weight) < 0)!;
  world.pending++;
  operation(world, node, world.dice.pick(MAILBOXES)).catch((error) =>
    world.ledger.violate(`an operation failed: ${error instanceof Error ? error.stack : error}`)
  ).finally(() => world.pending--);
}
