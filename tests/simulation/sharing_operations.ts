import type { AclEntry, Identity, MailboxContract } from "../../actors/mailbox/contract.ts";
import { SHARED_SEEN } from "../../actors/mailbox/own_seen.ts";
import type { ActorAddress } from "../../src/actor/actor.ts";
import { uidSet } from "../../src/codec/imap/uid_set.ts";
import { summarize } from "../../src/codec/message/summarize.ts";
import { emailIdOf, mail } from "./mail.ts";
import type { SimNode } from "./node.ts";
import { open, promisedOf, some } from "./opened.ts";
import { NO_LIMITS, type Operation } from "./operation.ts";
import { effectiveRights, READERS, TEAM } from "./readers.ts";
import { Words, wordsOf } from "./words.ts";
import type { World } from "./world.ts";

/** What rights are given: nothing, little, much, all that takes no administration. */
const GIVEN = ["", "l", "lr", "lrs", "lrswi", "lrswite", "lrswikxte"];
const NAMED = [...READERS.map(({ id }) => id), "anyone", `group:${TEAM}`, `-${READERS[0].id}`, "-anyone"];

/** Faults that somebody has to expect who may not do everything. */
const USUAL = ["not_found", "denied", "exists", "unavailable", "invalid", "conflict"];
const REFUSED = ["not_found", "denied"];

interface Answer<N extends keyof MailboxContract> {
  reply: MailboxContract[N]["reply"] | null;
  refused: boolean;
}

/** Asks as a session of somebody who is not the owner. */
async function askAs<N extends keyof MailboxContract & string>(
  world: World,
  node: SimNode,
  to: ActorAddress,
  name: N,
  request: MailboxContract[N]["request"],
  as: Identity,
): Promise<Answer<N>> {
  const outcome = await node.ask({ to, name, request: { ...request, as }, requestId: null });
  if (outcome.ok) return { reply: outcome.reply as MailboxContract[N]["reply"], refused: false };
  if (!USUAL.includes(outcome.code)) {
    world.ledger.violate(`${node.id}: ${name} of a reader failed with ${outcome.code} ${outcome.message}`);
  }
  return { reply: null, refused: REFUSED.includes(outcome.code) };
}

/** The rights that stand on a folder in one server's copy. */
async function aclOf(node: SimNode, to: ActorAddress, name: string): Promise<AclEntry[] | null> {
  const outcome = await node.look(to, "getAcl", { name });
  return outcome.ok ? (outcome.reply as MailboxContract["getAcl"]["reply"]).entries : null;
}

const setRights: Operation = (world, node, to) => {
  const name = world.dice.chance(0.8) ? "INBOX" : world.dice.pick(["Archive", "a", "b"]);
  return giveRights(world, node, to, name, world.dice.pick(NAMED));
};

/** Both servers hear of rights of the same reader, one after the other. */
const argue: Operation = async (world, first, to) => {
  const second = world.openNodes().find((node) => node !== first);
  const { id } = world.dice.pick(READERS);
  await giveRights(world, first, to, "INBOX", id);
  await world.later(5);
  if (second?.events) await giveRights(world, second, to, "INBOX", id);
};

/** SETACL and DELETEACL of the owner. A right that was taken is gone on that server with the answer. */
async function giveRights(
  world: World,
  node: SimNode,
  to: ActorAddress,
  name: string,
  identifier: string,
): Promise<void> {
  const { rights: turnover } = world;
  const lone = turnover.open === 0, begun = ++turnover.begun;
  const before = world.moment(node);
  turnover.open++;
  const known = await world.ask(node, to, "getAcl", { name });
  const held = known?.entries.find((entry) => entry.identifier === identifier)?.rights ?? "";
  const rights = world.dice.pick(GIVEN.filter((one) => one !== held));
  const words = wordsOf(world.ledger.named(to, "rights"), `${name} ${identifier}`);
  // Of folders that come, go and join only INBOX is sure to be the one that was meant.
  const word = name === "INBOX" ? words.begin(rights, world.earliestMs()) : null;
  const reply = rights
    ? await world.ask(node, to, "setAcl", { name, entry: { identifier, rights }, mode: "replace" })
    : await world.ask(node, to, "deleteAcl", { name, identifier });
  turnover.open--;
  if (reply && word) [word.acknowledged, word.untilMs] = [true, world.latestMs()];
  world.note(
    `${node.id}.${to.slice(-1)} rights of ${identifier} on ${name} ${rights} ${reply ? "ok" : "failed"}`,
  );
  const entries = await aclOf(node, to, name);
  if (!reply || !entries || !lone || turnover.begun !== begun || world.moment(node) !== before) return;
  const shown = entries.find((entry) => entry.identifier === identifier)?.rights ?? "";
  if (shown !== rights && name === "INBOX") {
    world.ledger.violate(`${node.id} answered that ${identifier} has "${rights}", and shows "${shown}"`);
  }
}

/** Reads by which somebody could see a message, and each must be refused to who may not read. */
const READS = ["fetch", "status", "search", "changes", "select"] as const;

const readAs: Operation = async (world, node, to) => {
  const list = await node.look(to, "listFolders", {});
  if (!list.ok) return;
  const { folders } = list.reply as MailboxContract["listFolders"]["reply"];
  const { id: folder, name } = world.dice.chance(0.7) ? folders[0] : world.dice.pick(folders);
  const as = world.dice.pick(READERS);
  const before = await aclOf(node, to, name);
  const requests = {
    fetch: { folder, uids: [1, 0xffffffff], items: {} },
    status: { name },
    search: { folder, key: { key: "all" } },
    changes: { folder, since: 0 },
    select: { name, claimRecent: false },
  };
  const read = world.dice.pick(READS);
  const outcome = await node.look(to, read, { ...requests[read], as });
  const after = await aclOf(node, to, name);
  if (!before || !after || JSON.stringify(before) !== JSON.stringify(after)) return;
  const rights = effectiveRights(before, as);
  const expected = rights.includes("r") ? "ok" : rights.includes("l") ? "denied" : "not_found";
  const got = outcome.ok ? "ok" : outcome.code;
  world.note(`${node.id}.${to.slice(-1)} ${as.id} may "${rights}" on ${name}: ${read} ${got}`);
  if (got !== expected) {
    world.ledger.violate(`${node.id}: ${read} with "${rights}" is ${got}, not ${expected}`);
  }
};

/** Whether somebody has a right on INBOX: on both servers, on none, or who knows. */
async function mayOnBoth(
  world: World,
  to: ActorAddress,
  as: Identity,
  right: string,
): Promise<boolean | null> {
  const answers = new Set<boolean>();
  for (const node of world.nodes) {
    const entries = node.events ? await aclOf(node, to, "INBOX") : null;
    if (!entries) return null;
    answers.add([...right].every((one) => effectiveRights(entries, as).includes(one)));
  }
  return answers.size === 1 ? answers.has(true) : null;
}

/** Holds an answer against the rights, as far as they stood still on both servers. */
async function judge(
  world: World,
  to: ActorAddress,
  as: Identity,
  right: string,
  attempt: () => Promise<Answer<keyof MailboxContract>>,
): Promise<void> {
  const { open, begun } = world.rights;
  const lives = world.nodes.map((node) => world.moment(node)).join();
  const before = await mayOnBoth(world, to, as, right);
  const { reply, refused } = await attempt();
  const after = await mayOnBoth(world, to, as, right);
  const still = lives === world.nodes.map((node) => world.moment(node)).join();
  if (open || begun !== world.rights.begun || before !== after || before === null || !still) return;
  if (before && refused) world.ledger.violate(`a reader with the rights ${right} was refused`);
  if (!before && reply) world.ledger.violate(`a reader without the rights ${right} was served`);
}

const appendAs: Operation = async (world, node, to) => {
  const as = world.dice.pick(READERS);
  const text = `m${++world.counter}`;
  const message = mail(text, world.time.nowMs, world.dice.chance(0.5) ? ["\\Seen"] : []);
  const promised = world.ledger.expect(emailIdOf(message), text);
  await judge(world, to, as, "i", async () => {
    const request = { name: "INBOX", messages: [message], limits: NO_LIMITS };
    const answer = await askAs(world, node, to, "append", request, as);
    if (answer.reply) promised.least++;
    world.note(`${node.id}.${to.slice(-1)} append ${text} by ${as.id} ${answer.reply?.uids ?? "failed"}`);
    return answer;
  });
};

const storeAs: Operation = async (world, node, to) => {
  const opened = await open(world, node, to, "INBOX");
  if (!opened?.ids.size) return;
  const as = world.dice.pick(READERS);
  const uids = some(world, opened);
  const mode = world.dice.pick(["add", "remove"] as const);
  const request = { folder: opened.folder.id, uids, mode, flags: ["\\Flagged", "Later"] };
  await judge(world, to, as, "rw", () => askAs(world, node, to, "store", request, as));
};

/** A reader's own word on \Seen, where the rule has been so from the beginning, on both servers. */
const see: Operation = async (world, node, to) => {
  if (!world.ownSeen.has(to)) return;
  const opened = await open(world, node, to, "INBOX");
  const list = opened && [...opened.ids.keys()];
  if (!opened || !list?.length) return;
  const as = READERS[world.dice.below(3)];
  const uid = world.dice.chance(0.7) ? list[0] : world.dice.pick(list);
  const promised = world.ledger.messages.get(opened.ids.get(uid)!);
  if (!promised || promised.copies > 1 || promised.removable) return;
  const on = world.dice.chance(0.6);
  const key = `${to} ${as.id}`;
  const words = promised.seen.get(key) ?? new Words();
  promised.seen.set(key, words);
  const word = words.begin(on, world.earliestMs());
  const request = { folder: opened.folder.id, uids: [uid, uid], flags: ["\\Seen"] };
  const mode = on ? "add" as const : "remove" as const;
  const { reply, refused } = await askAs(world, node, to, "store", { ...request, mode }, as);
  if (refused || (reply && !reply.changed.length)) words.take(word);
  if (reply) [word.acknowledged, word.untilMs] = [true, world.latestMs()];
  const what = reply ? reply.changed : refused ? "refused" : "failed";
  world.note(`${node.id}.${to.slice(-1)} UID ${uid} (${promised.text}) seen ${on} by ${as.id} ${what}`);
};

/** The rule is switched in folders of which nobody's own \Seen is promised. */
const switchRule: Operation = async (world, node, to) => {
  if (world.ownSeen.has(to)) return;
  const value = world.dice.pick(["true", "false"]);
  const values = [{ entry: SHARED_SEEN, value }];
  const reply = await world.ask(node, to, "setAnnotations", { name: "INBOX", values });
  world.note(`${node.id}.${to.slice(-1)} common \\Seen ${value} ${reply ? "ok" : "failed"}`);
};

const expungeAs: Operation = async (world, node, to) => {
  const opened = await open(world, node, to, "INBOX");
  if (!opened?.ids.size) return;
  const as = world.dice.pick(READERS);
  const uids = uidSet([world.dice.pick([...opened.ids.keys()])]);
  const asked = promisedOf(world, opened, uids);
  await judge(world, to, as, "rte", async () => {
    for (const one of asked) one.removable = true;
    return await askAs(world, node, to, "expunge", { folder: opened.folder.id, uids, moved: true }, as);
  });
};

/** MOVE between owners, as a frontend does it: read, append there, and take away what has arrived. */
const moveAcross: Operation = async (world, node, from) => {
  const to = world.dice.pick(world.mailboxes.filter((one) => one !== from));
  const opened = await open(world, node, from, "INBOX");
  if (!opened?.ids.size) return;
  const as = world.dice.pick(READERS);
  const uid = world.dice.pick([...opened.ids.keys()]);
  const uids = [uid, uid], { folder } = opened;
  const [promised] = promisedOf(world, opened, uids);
  const items = { sections: [{ part: [], kind: "all" as const }] };
  const read = await askAs(world, node, from, "fetch", { folder: folder.id, uids, items }, as);
  const raw = read.reply?.rows[0]?.sections?.[0];
  if (!promised || !(raw instanceof Uint8Array)) return;
  promised.moved = true;
  promised.expunged = false;
  promised.copies++;
  const messages = [{ raw, summary: summarize(raw), flags: [], internalDateMs: world.time.nowMs }];
  const filed = await askAs(world, node, to, "append", { name: "INBOX", messages, limits: NO_LIMITS }, as);
  const gone = filed.reply &&
    await askAs(world, node, from, "expunge", { folder: folder.id, uids, moved: true }, as);
  world.note(
    `${node.id} move ${promised.text} from ${from.slice(-1)} to ${to.slice(-1)} by ${as.id}: ${
      gone?.reply ? "done" : filed.reply ? "copied" : "failed"
    }`,
  );
};

/** What users do to each other's folders, by how often it comes. */
export const SHARING_OPERATIONS: readonly [Operation, number][] = [
  [setRights, 7],
  [argue, 4],
  [readAs, 8],
  [appendAs, 5],
  [storeAs, 3],
  [see, 8],
  [switchRule, 1],
  [expungeAs, 2],
  [moveAcross, 4],
];
