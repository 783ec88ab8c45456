import { strict as assert } from "node:assert";
import { withImap } from "../../src/frontend/imap/harness_test.ts";
import { utf8 } from "../../src/base/bytes.ts";
import { corpus, type CorpusMessage } from "./corpus.ts";
import { dovecotInstalled, startDovecot } from "./dovecot.ts";
import { ImapClient } from "./imap_client.ts";

/** Real mail that is put into both servers. */
const MESSAGES = 150;
/** Generated searches. */
const SEARCHES = 100;

/** Fixtures that Dovecot reads otherwise: docs/interop/imap.md says why. */
const ARGUED = new Set(["broken_fields.eml", "no_mime.eml"]);

const SORTS = [
  "SORT (ARRIVAL) UTF-8 ALL",
  "SORT (CC) UTF-8 ALL",
  "SORT (DATE) UTF-8 ALL",
  "SORT (FROM) UTF-8 ALL",
  "SORT (REVERSE SIZE) UTF-8 ALL",
  "SORT (SUBJECT) UTF-8 ALL",
  "SORT (REVERSE SUBJECT DATE) UTF-8 ALL",
  "SORT (TO) UTF-8 ALL",
  "SORT (DISPLAYFROM) UTF-8 ALL",
  "SORT (DISPLAYTO REVERSE DATE) UTF-8 SUBJECT e",
  "THREAD REFERENCES UTF-8 ALL",
  "THREAD REFERENCES UTF-8 SUBJECT e",
  "THREAD ORDEREDSUBJECT UTF-8 ALL",
];

let state = 21;
const next = (bound: number) => (state = (state * 1103515245 + 12345) & 0x7fffffff) % bound;

/** A word of some message. */
function word(messages: readonly CorpusMessage[]): string {
  const words = messages[next(messages.length)].text.match(/[a-zA-Z]{3,12}/g) ?? ["word"];
  return words[next(words.length)];
}

function key(messages: readonly CorpusMessage[], depth = 0): string {
  switch (next(depth < 2 ? 12 : 9)) {
    case 0:
      return `SUBJECT ${word(messages)}`;
    case 1:
      return `FROM ${word(messages)}`;
    case 2:
      return `TO ${word(messages)}`;
    case 3:
      return `BODY ${word(messages)}`;
    case 4:
      return `TEXT ${word(messages)}`;
    case 5:
      return `HEADER Message-ID ${word(messages)}`;
    case 6:
      return `LARGER ${next(8000)}`;
    case 7:
      return `${["SENTBEFORE", "SENTSINCE"][next(2)]} ${1 + next(28)}-Sep-2002`;
    case 8:
      return `${1 + next(MESSAGES)}:${1 + next(MESSAGES)}`;
    case 9:
      return `NOT ${key(messages, depth + 1)}`;
    case 10:
      return `OR ${key(messages, depth + 1)} ${key(messages, depth + 1)}`;
    default:
      return `(${key(messages, depth + 1)} ${key(messages, depth + 1)})`;
  }
}

Deno.test({
  name: "SEARCH, SORT and THREAD answer as Dovecot does",
  ignore: !dovecotInstalled(),
  fn: () =>
    withImap(async (test) => {
      const all = (await corpus()).messages.filter(({ name }) => !ARGUED.has(name));
      const step = Math.max(1, Math.floor(all.length / MESSAGES));
      const messages = all.filter((_, i) => i % step === 0).slice(0, MESSAGES);
      const dovecot = await startDovecot();
      try {
        const theirs = await ImapClient.connect(dovecot);
        test.account.limits.quotaBytes = null;
        for (const { text } of messages) {
          test.clock.advance(1000);
          await test.append("INBOX", text);
          const date = new Date(test.clock.nowMs()).toUTCString().replace(
            /^\w+, (\d+) (\w+) (\d+) (.*) GMT$/,
            "$1-$2-$3 $4 +0000",
          );
          await theirs.command([
            utf8(`APPEND INBOX "${date}" {${utf8(text).length}+}\r\n`),
            utf8(text),
          ]);
        }
        while ((await test.mailbox.ask("index", {})).more);
        await theirs.command("SELECT INBOX");
        const ours = await test.open("INBOX");
        const commands = [...SORTS, ...Array.from({ length: SEARCHES }, () => `SEARCH ${key(messages)}`)];
        const differences: string[] = [];
        for (const command of commands) {
          const [one] = (await theirs.command(command)).filter((line) =>
            /^\* (SEARCH|SORT|THREAD)/.test(line)
          );
          const [other] = await test.command(ours, command);
          if (one.trim() !== other.trim()) {
            differences.push(`${command}\n  Dovecot: ${one.trim()}\n  ours:    ${other}`);
          }
        }
        theirs.close();
        assert.deepEqual(differences, [], differences.join("\n"));
      } finally {
        await dovecot.stop();
      }
    }),
});
