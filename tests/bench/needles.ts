import { DatabaseSync } from "node:sqlite";
import { sleep } from "../support/harness.ts";
import { BIG, fill, loginTo } from "./large_folder.ts";
import { numbers, wordOf } from "./letters.ts";
import type { Ours } from "./servers.ts";
import { quantile } from "./table.ts";

const KEYS = ["SUBJECT", "FROM", "BODY", "TEXT"] as const;
const NEEDLES = 100;
/** Searches of each key before the index has the folder: as many as fit, each looks at all of the mail. */
const FRESH_LEAST = 2;
const FRESH_MS = 10_000;
const ACCOUNT = 61;
const ASK_MS = 5_000;

/** Times of searches for many different words, of one key, in milliseconds. */
export interface NeedleTimes {
  key: string;
  p50: number;
  p95: number;
}

/** Fills a folder of ours and searches it twice: for a short time right after, and when all of it is in the index. */
export async function searchLarge(
  ours: Ours,
  messages: number,
): Promise<Record<"fresh" | "indexed", NeedleTimes[]>> {
  await fill(ours, messages, 4096, ACCOUNT);
  const fresh = await search(ours, 1, FRESH_LEAST, FRESH_MS);
  await indexed(ours, messages, ACCOUNT);
  return { fresh, indexed: await search(ours, 2, NEEDLES) };
}

/** Of each key `least` searches, and more of them, at most `NEEDLES`, while `forMs` last. */
async function search(ours: Ours, seed: number, least: number, forMs = 0): Promise<NeedleTimes[]> {
  const client = await loginTo(ours, ACCOUNT);
  await client.ok(`SELECT ${BIG}`);
  const random = numbers(seed);
  const found: NeedleTimes[] = [];
  for (const key of KEYS) {
    const times: number[] = [];
    const endMs = performance.now() + forMs;
    while (times.length < least || (times.length < NEEDLES && performance.now() < endMs)) {
      times.push((await client.ok(`SEARCH ${key} ${wordOf(random)}`)).ms);
    }
    found.push({ key, p50: quantile(times, 0.5), p95: quantile(times, 0.95) });
  }
  await client.close();
  return found;
}

/**
 * Waits until everything of the mailbox is in the search index: its file says so. Somebody asks for its STATUS now and
 * then, as the index of a mailbox that nobody uses waits for the next one who does.
 */
export async function indexed(ours: Ours, messages: number, account = 1): Promise<void> {
  const client = await loginTo(ours, account);
  for (;;) {
    const marks = await Promise.all((await mailboxFiles(`${ours.server.dataDir}/mailboxes`)).map(lag));
    const large = marks.find((mark) => mark.contents >= messages);
    if (large && large.contents === large.indexed) break;
    await sleep(ASK_MS);
    await client.ok(`STATUS ${BIG} (MESSAGES)`);
  }
  await client.close();
}

async function mailboxFiles(folder: string): Promise<string[]> {
  const files: string[] = [];
  for await (const bucket of Deno.readDir(folder)) {
    if (!bucket.isDirectory) continue;
    for await (const file of Deno.readDir(`${folder}/${bucket.name}`)) {
      if (file.name.endsWith(".db")) files.push(`${folder}/${bucket.name}/${file.name}`);
    }
  }
  return files;
}

function lag(path: string): { contents: number; indexed: number } {
  const db = new DatabaseSync(path, { readOnly: true });
  try {
    const row = db.prepare(
      `SELECT (SELECT ifnull(max(id), 0) FROM content) AS contents,
              (SELECT value FROM meta WHERE key = 'indexed') AS indexed`,
    ).get() as { contents: number; indexed: number };
    return { ...row };
  } finally {
    db.close();
  }
}
