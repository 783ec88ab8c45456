import type { DirectoryContract } from "../../actors/directory/contract.ts";
import type { SimNode } from "./node.ts";
import type { World } from "./world.ts";

async function look<N extends keyof DirectoryContract & string>(
  node: SimNode,
  name: N,
  request: DirectoryContract[N]["request"],
): Promise<DirectoryContract[N]["reply"] | null> {
  const outcome = await node.look("directory:main", name, request);
  return outcome.ok ? outcome.reply as DirectoryContract[N]["reply"] : null;
}

/** Holds the joined directory against what was promised. Both servers are known to hold the same. */
export async function checkDirectory(world: World): Promise<void> {
  const { directory, ledger } = world;
  for (const node of world.nodes) {
    for (const problem of (await look(node, "check", {}))?.problems ?? []) {
      ledger.violate(`${node.id}: directory: ${problem}`);
    }
  }
  const [node] = world.nodes;
  for (const { id, address, passwords } of directory.accounts.values()) {
    if (directory.removed.has(address)) continue;
    const account = await look(node, "account", { id });
    if (!account) {
      ledger.violate(`the account ${address} is lost`);
      continue;
    }
    // An account that lost its address to another one is no longer spoken of by it.
    const last = account.address === address ? passwords.last() : null;
    const found = await look(node, "credentials", { login: address });
    if (!last || !found || found.passwordHash.startsWith(`$sim$${last.value}$`)) continue;
    ledger.violate(`the last password of ${address} was ${last.value}, and is ${found.passwordHash}`);
  }
  await checkLists(world, node);
}

async function checkLists(world: World, node: SimNode): Promise<void> {
  const { directory, ledger } = world;
  const { items } = (await look(node, "listAliases", { limit: 1000 }))!;
  for (const [address, targets] of directory.targets) {
    if (directory.removed.has(address)) continue;
    const [local, domain] = address.split("@");
    // One that had to make room stands beside.
    const found = items.filter((alias) =>
      alias.address === address ||
      alias.address.startsWith(`${local}.conflict-`) && alias.address.endsWith(`@${domain}`)
    );
    const all = new Set(found.flatMap((alias) => alias.targets));
    for (const target of targets) {
      if (!all.has(target)) ledger.violate(`the alias ${address} lost ${target}`);
    }
  }
  for (const name of directory.domains) {
    if (directory.removed.has(name) || await look(node, "getDomain", { name })) continue;
    ledger.violate(`the domain ${name} is lost`);
  }
}
