import { SHARED_SEEN } from "../../actors/mailbox/own_seen.ts";
import { wordsOf } from "./words.ts";
import { READERS } from "./readers.ts";
import type { World } from "./world.ts";

/**
 * A history about shared folders begins with some: of the first owner and in the public namespace each reader has an
 * own \Seen, and nobody changes that. What both servers hold of it before anything else happens counts.
 */
export async function beginSharing(world: World): Promise<void> {
  const [node] = world.nodes;
  for (const to of world.mailboxes) {
    for (const { id } of READERS.slice(0, 3)) {
      const entry = { identifier: id, rights: "lrswite" };
      const word = wordsOf(world.ledger.named(to, "rights"), `INBOX ${id}`).begin(
        "lrswite",
        world.earliestMs(),
      );
      const reply = await world.ask(node, to, "setAcl", { name: "INBOX", entry, mode: "replace" });
      if (reply) [word.acknowledged, word.untilMs] = [true, world.latestMs()];
    }
  }
  const [first] = world.mailboxes, last = world.mailboxes[world.mailboxes.length - 1];
  const values = [{ entry: SHARED_SEEN, value: "false" }];
  for (const to of [first, last]) {
    if (await world.ask(node, to, "setAnnotations", { name: "INBOX", values })) world.ownSeen.add(to);
  }
}
