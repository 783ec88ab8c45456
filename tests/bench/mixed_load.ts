import { letter, numbers } from "./letters.ts";
import { LoadClient } from "./imap_load.ts";

/** A server that takes the load: `user` has `%d` for the number of the account. */
export interface LoadTarget {
  host: string;
  port: number;
  user: string;
  password: string;
}

/** What the clients got done. */
export interface LoadResult {
  seconds: number;
  commands: number;
  perSecond: number;
  byCommand: Record<string, number>;
}

const MESSAGES = 30;
const ROUNDS = 20;

/** Brings the INBOX of so many accounts to thirty messages each. */
export async function fillAccounts(target: LoadTarget, accounts: number): Promise<void> {
  for (let n = 1; n <= accounts; n++) {
    const client = await open(target, n);
    await client.ok("SELECT INBOX");
    await client.command("STORE 1:* +FLAGS.SILENT (\\Deleted)");
    await client.ok("EXPUNGE");
    await client.append("INBOX", Array.from({ length: MESSAGES }, (_, i) => letter(n * 1000 + i, 4096)));
    await client.close();
  }
}

/**
 * So many clients at once, each with its own account, and each over and over: LOGIN, LIST, STATUS, SELECT, twenty
 * commands of FETCH (all flags, an envelope, a body), STORE, APPEND and EXPUNGE in a random order, LOGOUT. Every
 * command must succeed. An EXPUNGE takes one message, so that a folder stays about as large as it was.
 */
export async function mixedLoad(
  target: LoadTarget,
  clients: number,
  seconds: number,
  seed: number,
): Promise<LoadResult> {
  const byCommand: Record<string, number> = {};
  const begun = performance.now(), end = begun + seconds * 1000;
  await Promise.all(
    Array.from({ length: clients }, async (_, i) => {
      const random = numbers(seed * 1000 + i);
      while (performance.now() < end) await session(target, i + 1, random, byCommand, end);
    }),
  );
  const took = (performance.now() - begun) / 1000;
  const commands = Object.values(byCommand).reduce((sum, n) => sum + n, 0);
  return { seconds: took, commands, perSecond: commands / took, byCommand };
}

async function session(
  target: LoadTarget,
  account: number,
  random: () => number,
  byCommand: Record<string, number>,
  end: number,
): Promise<void> {
  const client = await LoadClient.connect(target.host, target.port);
  const run = async (text: string) => {
    const answer = await client.ok(text);
    const name = text.slice(0, text.includes(" ") ? text.indexOf(" ") : undefined);
    byCommand[name] = (byCommand[name] ?? 0) + 1;
    return answer;
  };
  await run(`LOGIN "${nameOf(target, account)}" "${target.password}"`);
  await run('LIST "" "*"');
  await run("STATUS INBOX (MESSAGES UNSEEN UIDNEXT)");
  let messages = exists((await run("SELECT INBOX")).data.toString("latin1"));
  for (let i = 0; i < ROUNDS && performance.now() < end; i++) {
    const one = 1 + Math.floor(random() * messages), dice = random();
    if (messages < 2 || dice < 0.1) {
      await client.append("INBOX", [letter(Math.floor(random() * 1e6), 4096)]);
      byCommand.APPEND = (byCommand.APPEND ?? 0) + 1;
      messages++;
    } else if (dice < 0.2) {
      await run(`STORE ${one} +FLAGS.SILENT (\\Deleted)`);
      await run("EXPUNGE");
      messages--;
    } else if (dice < 0.45) await run(`STORE ${one} ${random() < 0.5 ? "+" : "-"}FLAGS (\\Flagged)`);
    else if (dice < 0.6) await run("FETCH 1:* (UID FLAGS)");
    else if (dice < 0.8) await run(`FETCH ${one} (ENVELOPE BODYSTRUCTURE INTERNALDATE)`);
    else await run(`FETCH ${one} (BODY.PEEK[])`);
  }
  byCommand.LOGOUT = (byCommand.LOGOUT ?? 0) + 1;
  await client.close();
}

function exists(untagged: string): number {
  return Number(/^\* (\d+) EXISTS/m.exec(untagged)?.[1] ?? 0);
}

function nameOf(target: LoadTarget, n: number): string {
  return target.user.replace("%d", String(n));
}

function open(target: LoadTarget, n: number): Promise<LoadClient> {
  return LoadClient.login(target.host, target.port, nameOf(target, n), target.password);
}
