import { changeDirectory } from "./directory_operations.ts";
import { deliver } from "./message_operations.ts";
import type { SimNode } from "./node.ts";
import type { Operation } from "./operation.ts";
import { OPERATIONS } from "./operations.ts";
import { SHARING_OPERATIONS } from "./sharing_operations.ts";
import type { World } from "./world.ts";

/** Starts some deliveries at once. */
export function startDeliveries(world: World, count: number): void {
  for (let n = 0; n < count && world.openNodes().length; n++) {
    start(world, deliver(world, world.dice.pick(world.openNodes()), world.dice.pick(world.mailboxes)));
  }
}

/** Starts one operation on a random server that is up, and does not wait for it. */
export function startOperation(world: World): void {
  const up = world.openNodes();
  if (!up.length) return;
  const node = world.dice.pick(up);
  const aboutUsers = world.busyDirectory && world.dice.chance(0.5);
  start(world, aboutUsers ? changeDirectory(world, node) : changeMailbox(world, node));
}

function start(world: World, begun: Promise<void>): void {
  world.pending++;
  begun.catch((error) =>
    world.ledger.violate(`an operation failed: ${error instanceof Error ? error.stack : error}`)
  ).finally(() => world.pending--);
}

function changeMailbox(world: World, node: SimNode): Promise<void> {
  const operations = world.shared && world.dice.chance(0.5) ? SHARING_OPERATIONS : OPERATIONS;
  let at = world.dice.below(operations.reduce((sum, [, weight]) => sum + weight, 0));
  const [operation]: readonly [Operation, number] = operations.find(([, weight]) => (at -= weight) < 0)!;
  return operation(world, node, world.dice.pick(world.mailboxes));
}
