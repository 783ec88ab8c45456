import type { DirectoryContract } from "../../actors/directory/contract.ts";
import type { Dice } from "./dice.ts";
import type { SimNode } from "./node.ts";
import type { World } from "./world.ts";

/** What administrators do, each through one of the servers. Few names, so that both sides often want the same. */
type Operation = (world: World, node: SimNode) => Promise<void>;

const DOMAINS = ["one.test", "two.test"];
const USERS = ["ann", "bob", "cat"];
/** Aliases and groups are made under names that accounts have, too, now and then. */
const LISTS = ["sales", "help", "ann"];

const somebody = (dice: Dice) => `${dice.pick(USERS)}@${dice.pick(DOMAINS)}`;
const list = (dice: Dice) => `${dice.pick(LISTS)}@${dice.pick(DOMAINS)}`;

/** Faults that an administrator has to expect. */
const USUAL = ["not_found", "exists", "unavailable", "invalid", "conflict"];

async function ask<N extends keyof DirectoryContract & string>(
  world: World,
  node: SimNode,
  name: N,
  request: DirectoryContract[N]["request"],
): Promise<DirectoryContract[N]["reply"] | null> {
  const outcome = await node.ask({ to: "directory:main", name, request, requestId: null });
  if (!outcome.ok && !USUAL.includes(outcome.code)) {
    world.ledger.violate(`${node.id}: ${name} failed with ${outcome.code} ${outcome.message}`);
  }
  world.note(`${node.id}.directory ${name} ${JSON.stringify(request)} ${outcome.ok ? "ok" : outcome.code}`);
  return outcome.ok ? outcome.reply as DirectoryContract[N]["reply"] : null;
}

const createDomain: Operation = async (world, node) => {
  const name = world.dice.pick(DOMAINS);
  if (await ask(world, node, "createDomain", { name })) world.directory.domains.add(name);
};

const removeDomain: Operation = async (world, node) => {
  const name = world.dice.pick(DOMAINS);
  world.directory.removed.add(name);
  await ask(world, node, "removeDomain", { name });
};

const aliasDomain: Operation = async (world, node) => {
  const name = world.dice.pick(["alias.test", "other.test"]);
  const aliasOf = world.dice.pick([...DOMAINS, "alias.test", "other.test"]);
  if (world.dice.chance(0.3)) await ask(world, node, "removeDomain", { name });
  else await ask(world, node, "createDomain", { name, aliasOf });
};

/** A password in a hash; the part after the last `$` is only its form. */
function newHash(world: World): { password: string; passwordHash: string } {
  const password = `p${++world.counter}`;
  return { password, passwordHash: `$sim$${password}$1` };
}

const createAccount: Operation = async (world, node) => {
  const address = somebody(world.dice);
  const { password, passwordHash } = newHash(world);
  const word = world.directory.passwordsOf(address).begin(password, world.earliestMs());
  const outcome = await node.ask({
    to: "directory:main",
    name: "createAccount",
    request: { address, passwordHash },
    requestId: null,
  });
  world.note(`${node.id}.directory createAccount ${address} ${password} ${outcome.ok ? "ok" : outcome.code}`);
  if (outcome.ok) {
    [word.acknowledged, word.untilMs] = [true, world.latestMs()];
    world.directory.made((outcome.reply as { id: string }).id, address);
  } else if (outcome.code !== "unavailable") world.directory.passwordsOf(address).take(word);
};

const changePassword: Operation = (world, node) => sayPassword(world, node, somebody(world.dice));

async function sayPassword(world: World, node: SimNode, address: string): Promise<void> {
  const { password, passwordHash } = newHash(world);
  const words = world.directory.passwordsOf(address);
  const word = words.begin(password, world.earliestMs());
  const outcome = await node.ask({
    to: "directory:main",
    name: "updateAccount",
    request: { address, passwordHash },
    requestId: null,
  });
  world.note(`${node.id}.directory password of ${address} ${password} ${outcome.ok ? "ok" : outcome.code}`);
  if (outcome.ok) [word.acknowledged, word.untilMs] = [true, world.latestMs()];
  else if (outcome.code !== "unavailable") words.take(word);
}

/** Both servers hear of a new password, one after the other; or one of them of another hash of the old one. */
const dispute: Operation = async (world, first) => {
  const second = world.openNodes().find((node) => node !== first);
  const address = somebody(world.dice);
  if (!second) return;
  await sayPassword(world, first, address);
  await world.later(5);
  if (world.dice.chance(0.4)) await rehashed(world, second, address);
  else await sayPassword(world, second, address);
  await world.later(5);
  if (world.dice.chance(0.5)) await changeSettings(world, second);
};

/** A login finds the hash too weak: the same password gets another form. */
const rehash: Operation = (world, node) => rehashed(world, node, somebody(world.dice));

async function rehashed(world: World, node: SimNode, login: string): Promise<void> {
  const found = await ask(world, node, "credentials", { login });
  if (!found) return;
  const { account, passwordHash } = found;
  const to = passwordHash.replace(/\d+$/, (form) => String(Number(form) + 1));
  await ask(world, node, "rehash", { accountId: account.id, from: passwordHash, to });
}

const changeSettings: Operation = async (world, node) => {
  const request = world.dice.pick([
    { displayName: `n${++world.counter}` },
    { enabled: world.dice.chance(0.8) },
    { quotaBytes: world.dice.below(1000) },
  ]);
  await ask(world, node, "updateAccount", { address: somebody(world.dice), ...request });
};

const removeAccount: Operation = async (world, node) => {
  const address = somebody(world.dice);
  world.directory.remove(address);
  await ask(world, node, "removeAccount", { address });
};

const createAlias: Operation = async (world, node) => {
  const address = list(world.dice);
  const targets = [`t${++world.counter}@away.test`, somebody(world.dice)];
  const reply = await ask(world, node, "createAlias", { address, targets, internal: false });
  if (reply) world.directory.leads(address, reply.targets);
};

const removeAlias: Operation = async (world, node) => {
  const address = list(world.dice);
  world.directory.removed.add(address);
  await ask(world, node, "removeAlias", { address });
};

const group: Operation = async (world, node) => {
  const address = list(world.dice);
  const members = [somebody(world.dice), somebody(world.dice)];
  const name = world.dice.pick(["createGroup", "updateGroup", "updateGroup", "removeGroup"] as const);
  await ask(world, node, name, name === "removeGroup" ? { address } : { address, members } as never);
};

const moveHome: Operation = async (world, node) => {
  await ask(world, node, "moveHome", { to: world.dice.pick(world.nodes).id });
};

/** By how often they come. */
const OPERATIONS: readonly [Operation, number][] = [
  [createDomain, 5],
  [removeDomain, 1],
  [aliasDomain, 1],
  [createAccount, 8],
  [changePassword, 6],
  [dispute, 6],
  [rehash, 3],
  [changeSettings, 3],
  [removeAccount, 1],
  [createAlias, 6],
  [removeAlias, 1],
  [group, 3],
  [moveHome, 1],
];
const WEIGHT = OPERATIONS.reduce((sum, [, weight]) => sum + weight, 0);

/** Does something in the directory, through a server. */
export function changeDirectory(world: World, node: SimNode): Promise<void> {
  let at = world.dice.below(WEIGHT);
  const [operation] = OPERATIONS.find(([, weight]) => (at -= weight) < 0)!;
  return operation(world, node);
}
