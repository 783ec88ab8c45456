import type { FetchRow, FolderStatus, MailboxContract } from "../../actors/mailbox/contract.ts";
import type { ActorAddress } from "../../src/actor/actor.ts";
import { sameMark } from "../../src/actor/replica.ts";
import type { SimNode } from "./node.ts";
import { MAILBOXES, type World } from "./world.ts";

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
  for (const to of MAILBOXES) {
    const [a, b] = await Promise.all(world.nodes.map((node) => hashOf(node, to)));
    if (a.hash !== b.hash || !sameMark(a.end, b.end)) return false;
  }
  return true;
}

/** Where the copies stand, for whoever looks into a failure. */
export async function describeDifference(world: World): Promise<string[]> {
  const lines: string[] = [];
  for (const to of MAILBOXES) {
    for (const node of world.nodes) {
      const state = await look(node, to, "replicaState", {});
      const { home, dirty, peerEnd, working, again } = node.engine.sync(to);
      const { hash } = await hashOf(node, to);
      const sync = { home, dirty, peerEnd, working, again, linked: node.engine.link !== null };
      lines.push(`${node.id} ${to}: ${JSON.stringify({ state, sync, hash: hash.slice(0, 8) })}`);
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
  for (const to of MAILBOXES) {
    for (const row of await allRows(world, world.nodes[0], to)) {
      const list = found.get(row.emailId!);
      if (list) list.push(row);
      else found.set(row.emailId!, [row]);
    }
  }
  for (const [id, promised] of world.ledger.messages) {
    const rows = found.get(id) ?? [];
    const { text } = promised;
    if (promised.acknowledged && !promised.removable && !rows.length) world.ledger.violate(`${text} is lost`);
    if (rows.length > promised.copies) world.ledger.violate(`${text} is there ${rows.length} times`);
    if (promised.expunged && rows.length) world.ledger.violate(`${text} was expunged and is back`);
    for (const keyword of promised.keywords) {
      if (!promised.removable && !rows.some((row) => row.keywords.split(" ").includes(keyword))) {
        world.ledger.violate(`${text} lost the keyword ${keyword}`);
      }
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
