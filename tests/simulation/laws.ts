import type { DirectoryContract } from "../../actors/directory/contract.ts";
import type { FetchRow, FolderStatus, MailboxContract } from "../../actors/mailbox/contract.ts";
import { type ActorAddress, kindOf } from "../../src/actor/actor.ts";
import { markOf, sameMark } from "../../src/actor/replica.ts";
import { checkDirectory } from "./directory_laws.ts";
import type { Promised } from "./ledger.ts";
import type { SimNode } from "./node.ts";
import { checkRights, checkSeen } from "./sharing_laws.ts";
import type { World } from "./world.ts";

/** One row with where it lies. */
interface Found extends FetchRow {
  folder: FolderStatus;
}

async function look<R>(node: SimNode, to: ActorAddress, name: string, request: unknown): Promise<R> {
  const outcome = await node.look(to, name, request);
  if (!outcome.ok) throw new Error(`${node.id} ${name}: ${outcome.code} ${outcome.message}`);
  return outcome.reply as R;
}

/** Whether both servers hold the same, to the byte. */
export async function converged(world: World): Promise<boolean> {
  for (const to of world.actors) {
    const [a, b] = await Promise.all(world.nodes.map((node) => hashOf(node, to)));
    if (a.hash !== b.hash || !sameMark(a.end, b.end)) return false;
  }
  return true;
}

/** Where the copies stand, for whoever looks into a failure. */
export async function describeDifference(world: World): Promise<string[]> {
  const lines: string[] = [];
  for (const to of world.actors) {
    for (const node of world.nodes) {
      const state = await look(node, to, "replicaState", {});
      const { home, dirty, peerEnd, working, again } = node.engine.sync(to);
      const { hash } = await hashOf(node, to);
      const sync = { home, dirty, peerEnd, working, again, linked: node.engine.link !== null };
      lines.push(`${node.id} ${to}: ${JSON.stringify({ state, sync, hash: hash.slice(0, 8) })}`);
      if (kindOf(to) !== "mailbox") {
        const { entry } = await look<DirectoryContract["snapshot"]["reply"]>(node, to, "snapshot", {});
        const [{ rows }] = entry.changes as { rows: unknown[] }[];
        lines.push(...rows.map((row) => `  ${JSON.stringify(row)}`));
        continue;
      }
      const { folders } = await look<MailboxContract["listFolders"]["reply"]>(node, to, "listFolders", {});
      for (const { name } of folders) {
        const status = await look<FolderStatus>(node, to, "status", { name });
        const { id, uidNext, highestModSeq, messages, unseen } = status;
        lines.push(`  ${name} ${JSON.stringify({ id, uidNext, highestModSeq, messages, unseen })}`);
      }
    }
  }
  return lines;
}

async function hashOf(node: SimNode, to: ActorAddress) {
  const { end } = await look<MailboxContract["replicaState"]["reply"]>(node, to, "replicaState", {});
  const { hash } = await look<MailboxContract["hash"]["reply"]>(node, to, "hash", {});
  return { end, hash };
}

/** Holds the joined state against what was promised: laws 1, 2 and 5. */
export async function checkPromises(world: World): Promise<void> {
  const found = new Map<string, Found[]>();
  for (const node of world.nodes) {
    for (const problem of node.system.checkAll()) world.ledger.violate(`${node.id}: ${problem}`);
  }
  if (world.busyDirectory) await checkDirectory(world);
  await checkSeen(world);
  for (const to of world.mailboxes) {
    await checkState(world, to);
    for (const row of await allRows(world, world.nodes[0], to)) {
      const list = found.get(row.emailId!);
      if (list) list.push(row);
      else found.set(row.emailId!, [row]);
    }
  }
  for (const [id, promised] of world.ledger.messages) {
    const rows = found.get(id) ?? [];
    const { text } = promised;
    if (!promised.removable && rows.length < promised.least) {
      world.ledger.violate(`${text} is lost: there are ${rows.length} of ${promised.least}`);
    }
    if (rows.length > promised.copies) world.ledger.violate(`${text} is there ${rows.length} times`);
    if (promised.expunged && rows.length) world.ledger.violate(`${text} was expunged and is back`);
    if (!promised.removable && promised.copies === 1) checkKeywords(world, promised, rows);
  }
}

function checkKeywords(world: World, promised: Promised, rows: readonly Found[]): void {
  const has = (keyword: string) => rows.some((row) => row.keywords.split(" ").includes(keyword));
  for (const keyword of promised.keywords) {
    if (!has(keyword)) world.ledger.violate(`${promised.text} lost the keyword ${keyword}`);
  }
  for (const [keyword, words] of promised.toggles) {
    const last = words.last();
    if (!last || last.value === has(keyword)) continue;
    world.ledger.violate(`the last word on ${keyword} of ${promised.text} was ${last.value}`);
  }
}

/** What one mailbox holds beside its messages, and what its logs look like. */
async function checkState(world: World, to: ActorAddress): Promise<void> {
  const [node] = world.nodes;
  const state = await look<MailboxContract["replicaState"]["reply"]>(node, to, "replicaState", {});
  const moves = world.moves.filter(({ mailbox }) => mailbox === to);
  if (moves.length === 1 && moves[0].done && moves[0].to !== state.home) {
    world.ledger.violate(`${to} is at home on ${state.home}, and was moved to ${moves[0].to}`);
  }
  const list = await look<MailboxContract["listFolders"]["reply"]>(node, to, "listFolders", {});
  for (const [name, words] of world.ledger.named(to, "subscription")) {
    const last = words.last();
    if (last && last.value !== String(list.subscriptions.includes(name))) {
      world.ledger.violate(`the last word on the subscription of ${name} in ${to} was ${last.value}`);
    }
  }
  for (const [id, words] of world.ledger.named(to, "folder")) {
    const last = words.last();
    const folder = list.folders.find((one) => one.id === id);
    if (!last || !folder || folder.name === last.value || folder.name.startsWith(`${last.value} (`)) continue;
    world.ledger.violate(`folder ${id} was named ${last.value} last, and is ${folder.name}`);
  }
  if (world.shared) await checkRights(world, to);
  for (const server of world.nodes) await checkJoins(world, server, to);
}

/** A log holds a join or the branch that it replaced, never both. */
async function checkJoins(world: World, node: SimNode, to: ActorAddress): Promise<void> {
  const request = { after: 0, limit: 1000 };
  const { entries } = await look<MailboxContract["readLog"]["reply"]>(node, to, "readLog", request);
  const marks = new Set(entries.map((entry) => markOf(entry).tag));
  for (const { changes: [change] } of entries) {
    if (change?.op !== "join" || !change.branch || sameMark(change.branch.common, change.branch.end)) {
      continue;
    }
    if (marks.has(change.branch.end.tag)) {
      world.ledger.violate(`${node.id}: ${to} holds a branch and its join`);
    }
  }
}

async function allRows(world: World, node: SimNode, to: ActorAddress): Promise<Found[]> {
  const { folders } = await look<MailboxContract["listFolders"]["reply"]>(node, to, "listFolders", {});
  const rows: Found[] = [];
  for (const folder of folders) {
    const page = await look<MailboxContract["fetch"]["reply"]>(node, to, "fetch", {
      folder: folder.id,
      uids: [1, 0xffffffff],
      items: { emailId: true },
    });
    for (const row of page.rows) {
      world.ledger.sawUid(node.id, folder.id, folder.uidValidity, row.uid, row.emailId!);
      rows.push({ ...row, folder: folder as FolderStatus });
    }
  }
  return rows;
}
