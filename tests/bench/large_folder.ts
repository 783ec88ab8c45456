import { LoadClient } from "./imap_load.ts";
import { ABSENT, COMMON, letter, RARE } from "./letters.ts";
import { type Peer, type Target, userAt } from "./servers.ts";

/** The folder of the measurements, and what is made of it anew for those that take messages out. */
export const BIG = "Big";
const WORK = "Work";

/** Milliseconds of each round, by what was measured. */
export type Times = Map<string, number[]>;

const SEARCHES: readonly [name: string, command: string][] = [
  ["SEARCH SUBJECT, some hits", `SEARCH SUBJECT ${COMMON}`],
  ["SEARCH FROM, a fifteenth", "SEARCH FROM carla"],
  ["SEARCH BODY, rare", `SEARCH BODY ${RARE}`],
  ["SEARCH BODY, common", `SEARCH BODY ${COMMON}`],
  ["SEARCH BODY, absent", `SEARCH BODY ${ABSENT}`],
  ["SEARCH TEXT, rare", `SEARCH TEXT ${RARE}`],
  ["SORT (DATE)", "SORT (DATE) UTF-8 ALL"],
  ["SORT (FROM SUBJECT)", "SORT (FROM SUBJECT) UTF-8 ALL"],
  ["SORT (REVERSE ARRIVAL)", "SORT (REVERSE ARRIVAL) UTF-8 ALL"],
  ["THREAD REFERENCES", "THREAD REFERENCES UTF-8 ALL"],
  ["THREAD ORDEREDSUBJECT", "THREAD ORDEREDSUBJECT UTF-8 ALL"],
];

/** Logs the first account in. */
export function loginTo(target: Target, account = 1): Promise<LoadClient> {
  return LoadClient.login(target.host, target.imap, userAt(account), target.password);
}

/** Fills a folder by APPENDs, sixty-four in flight. */
export async function fill(target: Target, count: number, largest: number, account = 1): Promise<void> {
  const client = await loginTo(target, account);
  await client.ok(`CREATE ${BIG}`);
  for (let at = 0; at < count; at += 64) {
    const size = Math.min(64, count - at);
    const messages = Array.from({ length: size }, (_, i) => letter(at + i, largest));
    await client.append(BIG, messages, '"10-Mar-2025 05:35:55 +0000"');
  }
  await client.close();
}

/** Fills the folder of a peer with maildir by files: its APPENDs become slower the larger the folder is. */
export async function fillMaildir(peer: Peer, count: number, largest: number): Promise<void> {
  const client = await loginTo(peer);
  await client.ok(`CREATE ${BIG}`);
  const folder = `${peer.mailOf(1)}/Maildir/.${BIG}/cur`;
  const { uid, gid } = await Deno.stat(folder);
  for (let i = 0; i < count; i++) {
    const bytes = letter(i, largest);
    const path = `${folder}/${1_741_584_955 + i}.M${i}P1.bench,S=${bytes.length}:2,`;
    await Deno.writeFile(path, bytes);
    await Deno.chown(path, uid, gid);
  }
  await client.ok(`SELECT ${BIG}`);
  await client.close();
}

function note(times: Times, name: string, ms: number): void {
  const of = times.get(name);
  if (of) of.push(ms);
  else times.set(name, [ms]);
}

/** One round of SEARCH, SORT and THREAD. */
export async function searchRound(client: LoadClient, times: Times): Promise<void> {
  await client.ok(`SELECT ${BIG}`);
  for (const [name, command] of SEARCHES) note(times, name, (await client.ok(command)).ms);
}

/** One round of STORE on all messages: a flag on and off, then a keyword with replies. */
export async function storeRound(client: LoadClient, times: Times): Promise<void> {
  await client.ok(`SELECT ${BIG}`);
  for (const sign of ["+", "-"]) {
    const { ms } = await client.ok(`STORE 1:* ${sign}FLAGS.SILENT (\\Flagged)`);
    note(times, "STORE 1:* ±FLAGS.SILENT (\\Flagged)", ms);
  }
  for (const sign of ["+", "-"]) {
    const { ms } = await client.ok(`STORE 1:* ${sign}FLAGS (bench)`);
    note(times, "STORE 1:* ±FLAGS (keyword), with replies", ms);
  }
}

/** One round of what changes single messages and of what takes them elsewhere, of a copy that is made for it. */
export async function writeRound(client: LoadClient, times: Times, messages: number): Promise<void> {
  const share = Math.min(5000, messages >> 2);
  for (const name of [WORK, "Copied", "Moved"]) await client.ok(`CREATE ${name}`);
  await client.ok(`SELECT ${BIG}`);
  await client.ok(`COPY 1:* ${WORK}`);
  await client.ok(`SELECT ${WORK}`);
  const stores = Array.from({ length: 500 }, (_, i) => 1 + (i * 7919) % messages);
  const begun = performance.now();
  for (const one of stores) await client.ok(`STORE ${one} +FLAGS.SILENT (\\Answered)`);
  note(times, "500 single STOREs", performance.now() - begun);
  note(times, `COPY ${share}`, (await client.ok(`COPY 1:${share} Copied`)).ms);
  note(times, `MOVE ${share}`, (await client.ok(`MOVE 1:${share} Moved`)).ms);
  await client.ok(`STORE 1:${share} +FLAGS.SILENT (\\Deleted)`);
  note(times, `EXPUNGE ${share}`, (await client.ok("EXPUNGE")).ms);
  await client.ok("CLOSE");
  for (const name of [WORK, "Copied", "Moved"]) await client.ok(`DELETE ${name}`);
}
