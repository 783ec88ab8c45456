import type { ActorAddress } from "../../src/actor/actor.ts";
import type { UidSet } from "../../src/codec/imap/uid_set.ts";
import type { Promised } from "./ledger.ts";
import { emailIdOf, mail } from "./mail.ts";
import type { SimNode } from "./node.ts";
import { open, promisedOf, some } from "./opened.ts";
import { DOOMED, NAMES, NO_LIMITS, type Operation } from "./operation.ts";
import { filteredMail } from "./sieve.ts";
import type { World } from "./world.ts";

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

/** Somebody sends the same message to both servers at the same moment: it is there twice. */
export const deliverTwice: Operation = async (world, _node, to) => {
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

/** A client appends messages. */
export const append: Operation = async (world, node, to) => {
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

/** A client takes messages out. */
export const expunge: Operation = async (world, node, to) => {
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

/** A client copies or moves messages. */
export const transfer = (move: boolean): Operation => async (world, node, to) => {
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
