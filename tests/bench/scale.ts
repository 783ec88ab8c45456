import { bucketFolder, bucketOf } from "../../src/place/table.ts";
import { ImapClient } from "../support/imap_client.ts";
import { flag } from "./flags.ts";
import { growMailbox, leaveUnindexed, makeHoles } from "./large_mailbox.ts";
import { type Ours, startOurs, userAt } from "./servers.ts";
import { figure, median, table } from "./table.ts";

/** One folder that is measured. */
interface Subject {
  label: string;
  account: number;
}

const SESSIONS = 50;
const ROUNDS = 20;

/**
 * `deno task bench scale [--sizes 1000,20000,200000,1000000]`: whether anything that a client does all day grows with
 * its folder. Folders of each size, of one run of UIDs and with every tenth message gone, are made through the actor
 * in process, then a real server is asked over IMAP. Medians of single commands.
 */
export async function runScale(): Promise<void> {
  const sizes = flag("sizes", "1000,20000,200000,1000000").split(",").map(Number);
  const work = await Deno.makeTempDir({ prefix: "mallard-" });
  const ours = await startOurs(2 * sizes.length);
  try {
    const subjects = await fillAll(ours, work, sizes);
    await Deno.remove(work, { recursive: true });
    const columns: Map<string, number>[] = [];
    for (const subject of subjects) columns.push(await measure(ours, subject));
    const names = [...columns[0].keys()];
    const rows = names.map((name) => [name, ...columns.map((column) => figure(column.get(name)!))]);
    console.log(table(["what", ...subjects.map(({ label }) => label)], rows));
  } finally {
    await ours.stop();
  }
}

async function fillAll(ours: Ours, work: string, sizes: readonly number[]): Promise<Subject[]> {
  const subjects: Subject[] = [];
  const targets: string[] = [];
  for (let account = 1; account <= 2 * sizes.length; account++) targets.push(await fileOf(ours, account));
  await ours.server.stop();
  const path = `${work}/growing.db`;
  for (let i = 0, from = 0; i < sizes.length; from = sizes[i++]) {
    await growMailbox(path, from, sizes[i]);
    for (const holes of [false, true]) {
      const label = `${sizes[i].toLocaleString("en")}${holes ? ", holes" : ""}`;
      const account = subjects.length + 1;
      subjects.push({ label, account });
      const target = targets[account - 1];
      await Deno.copyFile(path, target);
      if (holes) await makeHoles(target);
      leaveUnindexed(target);
      console.error(`${label} messages are there`);
    }
  }
  await ours.server.start();
  return subjects;
}

/** Where the mailbox of an account has its file. */
async function fileOf(ours: Ours, account: number): Promise<string> {
  const { body } = await ours.server.api("GET", `/api/v1/accounts/${userAt(account)}`);
  const id = String(body.id);
  const folder = `${ours.server.dataDir}/mailboxes/${bucketFolder(bucketOf(id))}`;
  await Deno.mkdir(folder, { recursive: true });
  return `${folder}/${id}.db`;
}

async function measure(ours: Ours, subject: Subject): Promise<Map<string, number>> {
  const user = userAt(subject.account), port = ours.imap;
  const login = () => ImapClient.login(port, user, ours.password);
  const result = new Map<string, number>();
  const client = await login(), idler = await login();
  const timed = async (name: string, command: (round: number) => Promise<unknown>) => {
    const times: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const begun = performance.now();
      await command(round);
      times.push(performance.now() - begun);
    }
    result.set(name, median(times));
  };
  const opened = performance.now();
  const count = countOf(await client.ok("SELECT INBOX"));
  result.set("SELECT, the file's first (ms)", performance.now() - opened);
  await timed("SELECT (ms)", () => client.ok("SELECT INBOX"));
  await timed("STATUS (ms)", () => client.ok("STATUS INBOX (MESSAGES UNSEEN UIDNEXT)"));
  await timed(
    "STORE of one flag (ms)",
    (round) => client.ok(`STORE ${place(count, round)} +FLAGS (\\Flagged)`),
  );
  const newest = `${count - 49}:${count}`;
  await timed("FETCH of the newest 50 (ms)", () => client.ok(`FETCH ${newest} (UID FLAGS ENVELOPE)`));
  await timed("FETCH of the newest 50, flags (ms)", () => client.ok(`FETCH ${newest} (FLAGS)`));
  await timed(
    "UID FETCH of one body (ms)",
    (round) => client.ok(`UID FETCH ${place(count, round)} BODY.PEEK[]`),
  );
  await idler.ok("SELECT INBOX");
  await push(client, idler, timed, count);
  await timed("STORE \\Deleted and EXPUNGE of one (ms)", async (round) => {
    await client.ok(`STORE ${place(count - 100, round)} +FLAGS.SILENT (\\Deleted)`);
    await client.ok("EXPUNGE");
  });
  const before = await memoryKib(ours);
  const many = await Promise.all(Array.from({ length: SESSIONS }, login));
  for (const one of many) await one.ok("SELECT INBOX");
  result.set(
    `memory of a session more, of ${SESSIONS} (KiB)`,
    Math.max(0, await memoryKib(ours) - before) / SESSIONS,
  );
  for (const one of [...many, idler, client]) await one.close();
  return result;
}

/** From a change of one session until another one, in IDLE, has been told. */
async function push(
  client: ImapClient,
  idler: ImapClient,
  timed: (name: string, command: (round: number) => Promise<unknown>) => Promise<void>,
  count: number,
): Promise<void> {
  const idle = await idler.idle();
  await timed("push of a changed flag to IDLE (ms)", async (round) => {
    client.send(`p${round} STORE ${place(count, round)} -FLAGS.SILENT (\\Flagged)`);
    await idle.next();
    await client.finish(`p${round}`);
  });
  await timed("push of a new message to IDLE (ms)", async (round) => {
    client.send(`a${round} APPEND INBOX {2+}\r\n\r\n`);
    while (!(await idle.next()).endsWith(" EXISTS"));
    await client.finish(`a${round}`);
  });
  await idle.done();
}

/** Message numbers all over a folder, each once. */
function place(count: number, round: number): number {
  return 1 + Math.floor((count - 1) * (round + 0.5) / ROUNDS);
}

function countOf(untagged: readonly string[]): number {
  return Number(untagged.map((line) => /^(\d+) EXISTS$/.exec(line)?.[1]).find((n) => n !== undefined));
}

/** Resident memory of the server's processes. */
async function memoryKib({ server }: Ours): Promise<number> {
  const children = await Deno.readTextFile(`/proc/${server.pid}/task/${server.pid}/children`);
  let sum = 0;
  for (const pid of [String(server.pid), ...children.trim().split(" ")]) {
    sum += Number(/^VmRSS:\s+(\d+)/m.exec(await Deno.readTextFile(`/proc/${pid}/status`))?.[1] ?? 0);
  }
  return sum;
}
