import { startServer } from "../support/harness.ts";
import { corpus, type CorpusMessage, mimeSamples } from "./corpus.ts";
import { startDovecot } from "./dovecot.ts";
import { ImapClient } from "./imap_client.ts";

/** The same folder in both servers, each open in one client. */
export interface Pair {
  readonly messages: readonly CorpusMessage[];
  readonly ours: ImapClient;
  readonly theirs: ImapClient;
}

const USER = "probe@a.test", PASSWORD = "pass-word";
/** Every how many messages of everyday mail one is taken; MALLARD_WHOLE=1 (`deno task differential`) takes the whole corpus. */
const STEP = Deno.env.has("MALLARD_WHOLE") ? 1 : 12;
/** Every message's flags are some of these. */
export const FLAGS = ["\\Seen", "\\Flagged", "\\Answered", "\\Draft", "\\Deleted", "$Forwarded", "Work"];
/** Noon of the day that counts as the first; each message is a day and an hour younger than the one before. */
const FIRST_MS = Date.UTC(2002, 7, 1, 12);

/** All odd messages, and a part of the everyday ones or all of them. */
export async function pairMessages(): Promise<CorpusMessage[]> {
  const { real, messages } = await corpus();
  const daily = real ? messages.filter((_, i) => i % STEP === 0) : messages;
  return [...await mimeSamples(), ...daily];
}

/** Flags and date of message `i`, as APPEND has them. */
function appendOptions(i: number): string {
  const flags = FLAGS.filter((_, bit) => Math.imul(i + 7, 0x9e3779b1) >>> (3 * bit + 3) & 1);
  const date = new Date(FIRST_MS + (i % 400) * 25 * 3_600_000).toUTCString();
  const [, day, month, year, time] = /(\d+) (\w+) (\d+) ([\d:]+)/.exec(date)!;
  return `(${flags.join(" ")}) "${day}-${month}-${year} ${time} +0000"`;
}

/** Starts both, puts the same messages into INBOX of each, and calls `use` with the folder open read-only. */
export async function withPair(use: (pair: Pair) => Promise<void>): Promise<void> {
  const messages = await pairMessages();
  const dovecot = await startDovecot();
  try {
    const server = await startServer({ configuration: { auth: { allowPlaintext: true } } });
    try {
      await server.addAccount(USER, PASSWORD, { quotaBytes: null });
      const own = { hostname: "127.0.0.1", port: server.ports.imap, user: USER, password: PASSWORD };
      const [ours, theirs] = await Promise.all([ImapClient.connect(own), ImapClient.connect(dovecot)]);
      await Promise.all([ours, theirs].map(async (client) => {
        for (const [i, { text }] of messages.entries()) await client.append("INBOX", text, appendOptions(i));
        await client.command("EXAMINE INBOX");
      }));
      await use({ messages, ours, theirs });
      ours.close();
      theirs.close();
    } finally {
      await server.remove();
    }
  } finally {
    await dovecot.stop();
  }
}
