import { numberFlag } from "./flags.ts";
import type { LoadClient } from "./imap_load.ts";
import {
  fill,
  fillMaildir,
  loginTo,
  searchRound,
  storeRound,
  type Times,
  writeRound,
} from "./large_folder.ts";
import { fillAccounts, type LoadTarget, mixedLoad } from "./mixed_load.ts";
import { indexed, searchLarge } from "./needles.ts";
import { type Ours, type Peer, startOurs, startPeer, type Target } from "./servers.ts";
import { figure, median, table } from "./table.ts";

/** Our time may be this many times shorter than the peer's: by the beginning of the name. */
const GOALS: readonly [begin: string, atLeast: number][] = [
  ["SEARCH", 20],
  ["SORT", 2],
  ["THREAD", 2],
  ["COPY", 1],
  ["MOVE", 1],
  ["EXPUNGE", 1],
  ["500", 1],
];
const LARGEST = 20_480;
const ACCOUNTS = 61;

/**
 * `deno task bench imap [--messages N] [--rounds N] [--large N] [--seconds N] [--drivers DIR]`: one folder of 20,000
 * messages and a load of fifty clients, on ours and on tuned Dovecot (sdbox) in turn; STORE on all messages on Dovecot
 * with maildir too; then searches of ours for many different words among 100,000 messages. `--large 0` leaves those out,
 * `--messages 0` all the rest.
 */
export async function runImap(): Promise<void> {
  const messages = numberFlag("messages", 20_000), rounds = numberFlag("rounds", 3);
  const large = numberFlag("large", 100_000), seconds = numberFlag("seconds", 15);
  const stops: (() => Promise<void>)[] = [];
  try {
    const ours = await startOurs(ACCOUNTS);
    stops.push(ours.stop);
    if (messages) {
      const tuned = await startPeer("tuned", "sdbox", "127.0.0.4", ["--no-postfix"]);
      stops.push(tuned.stop);
      const maildir = await startPeer("maildir", "maildir", "127.0.0.5", ["--no-postfix"]);
      stops.push(maildir.stop);
      const rows = await folderRows({ tuned, maildir, ours }, messages, rounds);
      rows.push(await loadRow(tuned, ours, rounds, seconds));
      console.log(table(["what", "tuned", "maildir", "ours", "ratio", "goal"], rows) + "\n");
    }
    if (large) console.log(await needleTable(ours, large));
  } finally {
    for (const stop of stops.reverse()) await stop();
  }
}

async function folderRows(
  servers: { tuned: Peer; maildir: Peer; ours: Ours },
  messages: number,
  rounds: number,
): Promise<string[][]> {
  const { tuned, maildir, ours } = servers;
  await fill(tuned, messages, LARGEST);
  await fillMaildir(maildir, messages, LARGEST);
  await fill(ours, messages, LARGEST);
  await indexed(ours, messages);
  const all: [Target, Times, LoadClient][] = [];
  for (const target of [tuned, maildir, ours]) all.push([target, new Map(), await loginTo(target)]);
  const [byTuned, byMaildir, byOurs] = all.map(([, times]) => times);
  for (let round = 0; round < rounds; round++) {
    const turn = round % 2 ? all.toReversed() : all;
    for (const [target, times, client] of turn) {
      if (target !== maildir) await searchRound(client, times);
    }
    for (const [, times, client] of turn) await storeRound(client, times);
    for (const [target, times, client] of turn) {
      if (target !== maildir) await writeRound(client, times, messages);
    }
    console.error(`round ${round + 1} of ${rounds} is done`);
  }
  for (const [, , client] of all) await client.close();
  return [...byTuned.keys()].map((name) => {
    const found = median(byOurs.get(name)!), peer = median(byTuned.get(name)!);
    const third = byMaildir.get(name);
    const slow = third && median(third);
    const goal = GOALS.find(([begin]) => name.startsWith(begin));
    const ratio = slow ? `${figure(peer / found)}; maildir ${figure(slow / found)}` : figure(peer / found);
    const wanted = slow ? "maildir 5" : goal ? String(goal[1]) : "";
    return [`${name} (ms)`, figure(peer), slow ? figure(slow) : "", figure(found), ratio, wanted];
  });
}

async function loadRow(tuned: Peer, ours: Ours, rounds: number, seconds: number): Promise<string[]> {
  const clients = 50;
  const targets = [tuned, ours].map((target): LoadTarget => ({
    host: target.host,
    port: target.imap,
    user: "u%d@bench.test",
    password: target.password,
  }));
  for (const target of targets) await fillAccounts(target, clients);
  const rates: number[][] = [[], []];
  for (let round = 0; round < rounds; round++) {
    for (const i of round % 2 ? [1, 0] : [0, 1]) {
      rates[i].push((await mixedLoad(targets[i], clients, seconds, round)).perSecond);
    }
  }
  const [peer, found] = rates.map(median);
  return ["mixed load, 50 clients (commands/s)", figure(peer), "", figure(found), figure(found / peer), "2"];
}

async function needleTable(ours: Ours, messages: number): Promise<string> {
  const { fresh, indexed } = await searchLarge(ours, messages);
  const rows = indexed.map(({ key, p50, p95 }, i) => [
    `SEARCH ${key}`,
    figure(p50),
    figure(p95),
    "p95 50",
    figure(fresh[i].p50),
    figure(fresh[i].p95),
  ]);
  const head = [
    `ours, ${messages.toLocaleString("en")} messages (ms)`,
    "p50",
    "p95",
    "goal",
    "p50 right after the fill",
  ];
  return table([...head, "p95 right after the fill"], rows);
}
