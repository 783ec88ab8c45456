import { FLAG, type MailboxContract } from "../../actors/mailbox/contract.ts";
import type { ActorAddress } from "../../src/actor/actor.ts";
import { READERS } from "./readers.ts";
import type { World } from "./world.ts";

/** The last word on each right holds. Both servers are known to hold the same. */
export async function checkRights(world: World, to: ActorAddress): Promise<void> {
  const [node] = world.nodes;
  const outcome = await node.look(to, "getAcl", { name: "INBOX" });
  if (!outcome.ok) return world.ledger.violate(`${to}: no rights are to be had: ${outcome.code}`);
  const { entries } = outcome.reply as MailboxContract["getAcl"]["reply"];
  for (const [key, words] of world.ledger.named(to, "rights")) {
    const last = words.last();
    const [name, identifier] = key.split(" ");
    const held = entries.find((entry) => entry.identifier === identifier)?.rights ?? "";
    if (name !== "INBOX" || !last || last.value === held) continue;
    world.ledger.violate(`the last word on ${identifier} in ${to} was "${last.value}", and it has "${held}"`);
  }
}

/** Each reader sees as \Seen what it last said so, on messages that stayed where they were. */
export async function checkSeen(world: World): Promise<void> {
  for (const to of world.ownSeen) {
    for (const as of READERS.slice(0, 3)) {
      const seen = await seenBy(world, to, as);
      for (const [id, promised] of world.ledger.messages) {
        const last = promised.seen.get(`${to} ${as.id}`)?.last();
        const shown = seen.get(id);
        if (!last || shown === undefined || shown === last.value) continue;
        if (promised.moved || promised.copies > 1 || promised.removable) continue;
        world.ledger.violate(`the last word of a reader on \\Seen of ${promised.text} was ${last.value}`);
      }
    }
  }
}

/** Messages by EMAILID and whether a reader has seen them; none of a reader that may not read. */
async function seenBy(
  world: World,
  to: ActorAddress,
  as: { id: string; groups: string[] },
): Promise<Map<string, boolean>> {
  const [node] = world.nodes;
  const opened = await node.look(to, "select", { name: "INBOX", claimRecent: false, as });
  if (!opened.ok) return new Map();
  const { status } = opened.reply as MailboxContract["select"]["reply"];
  const request = { folder: status.id, uids: [1, 0xffffffff], items: { emailId: true }, as };
  const outcome = await node.look(to, "fetch", request);
  if (!outcome.ok) return new Map();
  const { rows } = outcome.reply as MailboxContract["fetch"]["reply"];
  const unseen = rows.filter(({ flags }) => !(flags & FLAG.seen)).length;
  if (status.unseen !== unseen) {
    world.ledger.violate(`${to}: STATUS tells ${status.unseen} unseen, and there are ${unseen}`);
  }
  return new Map(rows.map((row) => [row.emailId!, (row.flags & FLAG.seen) !== 0]));
}
