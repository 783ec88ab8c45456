import { strict as assert } from "node:assert";
import { type Pair, withPair } from "./differential.ts";
import { dovecotInstalled } from "./dovecot.ts";
import type { ImapClient } from "./imap_client.ts";
import { argueLeaf, argueSort, SEARCH_DIFFERENCES } from "./search_differences.ts";
import { evaluate, formatKey, type Key, KeyMaker, leavesOf } from "./search_keys.ts";

const SEARCHES = Number(Deno.env.get("MALLARD_SEARCHES") ?? 200);
const SEED = Number(Deno.env.get("MALLARD_SEED") ?? 1);

/** RFC 5256 §3 and RFC 5957 §3: each criterion both ways, and several at once. */
const SORT_KEYS = ["ARRIVAL", "CC", "DATE", "FROM", "SIZE", "SUBJECT", "TO", "DISPLAYFROM", "DISPLAYTO"];
const SORTS = [
  ...SORT_KEYS.flatMap((key) => [key, `REVERSE ${key}`]),
  ...SORT_KEYS.map((key, i) => `${key} REVERSE ${SORT_KEYS[(i + 2) % 9]}`),
  ...SORT_KEYS.map((key, i) => `REVERSE ${key} ${SORT_KEYS[(i + 4) % 9]} REVERSE ARRIVAL`),
  "CC TO SUBJECT DATE FROM SIZE",
];

async function numbers(client: ImapClient, command: string): Promise<number[]> {
  const lines = (await client.command(command)).filter((line) => /^\* (SEARCH|SORT)\b/.test(line));
  assert.equal(lines.length, 1, command);
  return lines[0].trim().split(" ").slice(2).map(Number);
}

/** Both answers to a key as sets. */
async function both(pair: Pair, key: string): Promise<[Set<number>, Set<number>]> {
  const command = `SEARCH CHARSET UTF-8 ${key}`;
  const [ours, theirs] = await Promise.all([numbers(pair.ours, command), numbers(pair.theirs, command)]);
  return [new Set(ours), new Set(theirs)];
}

/** Asks a leaf on both; lines for what nothing on the list argues. */
async function compareLeaf(pair: Pair, leaf: string, met: Map<string, number>) {
  const [ours, theirs] = await both(pair, leaf);
  const wrong: string[] = [];
  for (const n of new Set([...ours, ...theirs])) {
    if (ours.has(n) === theirs.has(n)) continue;
    const finder = ours.has(n) ? "ours" : "theirs";
    const { text, name } = pair.messages[n - 1];
    const argued = argueLeaf(leaf, finder, text);
    if (argued) met.set(argued.name, (met.get(argued.name) ?? 0) + 1);
    else wrong.push(`${leaf}: only ${finder} finds ${n}, ${name}`);
  }
  return { ours, theirs, wrong };
}

/** A key must find what its leaves say, on each server; and its leaves the same on both. */
async function compareKeys(pair: Pair, keys: readonly Key[], met: Map<string, number>): Promise<string[]> {
  const ours = new Map<string, Set<number>>(), theirs = new Map<string, Set<number>>();
  const wrong: string[] = [];
  for (const key of keys) {
    for (const leaf of leavesOf(key)) {
      if (ours.has(leaf)) continue;
      const found = await compareLeaf(pair, leaf, met);
      ours.set(leaf, found.ours);
      theirs.set(leaf, found.theirs);
      wrong.push(...found.wrong);
    }
    if (key.sort === "leaf") continue;
    const answers = await both(pair, formatKey(key));
    pair.messages.forEach((_, i) => {
      for (const [side, answer] of [[ours, answers[0]], [theirs, answers[1]]] as const) {
        if (answer.has(i + 1) === evaluate(key, side, i + 1)) continue;
        wrong.push(`${formatKey(key)}: ${side === ours ? "ours" : "theirs"} is not what its leaves say`);
      }
    });
  }
  return wrong;
}

async function compareSorts(pair: Pair, met: Map<string, number>): Promise<string[]> {
  const wrong: string[] = [];
  for (const criteria of SORTS) {
    const command = `SORT (${criteria}) UTF-8 ALL`;
    const [ours, theirs] = await Promise.all([numbers(pair.ours, command), numbers(pair.theirs, command)]);
    assert.equal(ours.length, pair.messages.length);
    if (ours.join() === theirs.join()) continue;
    // Without the argued messages the order of the others must be the same.
    const plain = (order: readonly number[]) =>
      order.filter((n) => !argueSort(criteria, pair.messages[n - 1].text));
    const theirOrder = plain(theirs);
    const at = plain(ours).findIndex((n, i) => n !== theirOrder[i]);
    if (at >= 0) wrong.push(`${command}: ours has ${plain(ours)[at]} where theirs has ${theirOrder[at]}`);
    for (const { text } of pair.messages) {
      const argued = argueSort(criteria, text);
      if (argued) met.set(argued.name, (met.get(argued.name) ?? 0) + 1);
    }
  }
  return wrong;
}

/** Threads of all messages, but for those that may be read otherwise. */
async function compareThreads(pair: Pair): Promise<string[]> {
  const plain = pair.messages.flatMap(({ text }, i) => argueSort("THREAD", text) ? [] : [i + 1]).join();
  const wrong: string[] = [];
  for (const [algorithm, key] of [["REFERENCES", "ALL"], ["ORDEREDSUBJECT", "ALL"], ["REFERENCES", "SEEN"]]) {
    const answers = await Promise.all([pair.ours, pair.theirs].map(async (client) => {
      const lines = await client.command(`THREAD ${algorithm} UTF-8 ${plain} ${key}`);
      return lines.find((line) => line.startsWith("* THREAD"))!.trim();
    }));
    if (answers[0] !== answers[1]) wrong.push(`THREAD ${algorithm} ${key}\n  ${answers.join("\n  ")}`);
  }
  return wrong;
}

Deno.test({
  name: `${SEARCHES} generated SEARCH keys, SORT and THREAD: as Dovecot answers, or argued`,
  ignore: !dovecotInstalled(),
  fn: () =>
    withPair(async (pair) => {
      const maker = new KeyMaker(SEED, pair.messages);
      const met = new Map<string, number>();
      const keys = Array.from({ length: SEARCHES }, () => maker.key());
      const wrong = [
        ...await compareKeys(pair, keys, met),
        ...await compareSorts(pair, met),
        ...await compareThreads(pair),
      ];
      console.log(
        `${pair.messages.length} messages; argued differences: ${JSON.stringify(Object.fromEntries(met))}`,
      );
      assert.equal(wrong.join("\n"), "", `seed ${SEED}`);
    }),
});

Deno.test("what SEARCH and SORT may answer otherwise is argued in docs/interop/imap.md, by its RFC section", async () => {
  const page = await Deno.readTextFile(new URL("../../docs/interop/imap.md", import.meta.url));
  for (const { name, rfc } of SEARCH_DIFFERENCES) {
    const row = page.split("\n").find((line) => line.startsWith(`| \`${name}\` `));
    assert.ok(row?.includes(rfc), `${name}: ${rfc}`);
  }
});
