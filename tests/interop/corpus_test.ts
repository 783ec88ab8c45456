import { strict as assert } from "node:assert";
import { ImapClient } from "../support/imap_client.ts";
import { startServer } from "../support/harness.ts";
import { SmtpClient } from "../support/smtp_client.ts";
import { corpus, type CorpusMessage, DATA, traceOf } from "./corpus.ts";
import { maildirMessages, mbsync } from "./mbsync.ts";
import { programTest, temporaryFolder } from "./program.ts";

/**
 * Real mail goes in by SMTP and by IMAP APPEND and comes out by mbsync: byte for byte. Where no archive of real mail
 * is at hand (MALLARD_DATA, or beside the project), our own fixtures stand in for it.
 */

const home = temporaryFolder();
const PASSWORD = "correct horse";
const ACCOUNTS = 4;
const { real, messages } = await corpus();
const what = real
  ? `${messages.length} real messages`
  : `${messages.length} fixtures (no archive in ${DATA})`;
const users = Array.from({ length: ACCOUNTS }, (_, index) => `box${index}@corpus.test`);
const share = (index: number): CorpusMessage[] => messages.filter((_, at) => at % ACCOUNTS === index);

/** Pairs what was pulled with what was sent; each sent message must be met exactly once. */
function pair(
  sent: readonly CorpusMessage[],
  got: readonly string[],
  match: (got: string, sent: string) => boolean,
) {
  assert.equal(got.length, sent.length);
  const left = [...got];
  for (const message of sent) {
    const at = left.findIndex((candidate) => match(candidate, message.text));
    assert.ok(at >= 0, `${message.name} came back changed or not at all`);
    left.splice(at, 1);
  }
}

programTest(["mbsync"], `${what} by SMTP, pulled by mbsync: identical after the trace headers`, async () => {
  const server = await startServer();
  try {
    for (const user of users) await server.addAccount(user, PASSWORD);
    await Promise.all(users.map(async (user, index) => {
      const smtp = await SmtpClient.connect(server.ports.smtp);
      await smtp.expect(250, "EHLO client.test");
      for (const { name, text } of share(index)) {
        const reply = await smtp.mail("sender@else.test", [user], text);
        assert.equal(reply.code, 250, `${name}: ${reply.lines}`);
      }
      await smtp.close();
    }));
    for (const [index, user] of users.entries()) {
      const options = {
        host: "localhost",
        port: index % 2 ? server.ports.imaps : server.ports.imap,
        tls: index % 2 ? "IMAPS" as const : "STARTTLS" as const,
        caFile: server.caFile,
        user,
        password: PASSWORD,
        folder: `${home}/smtp-${index}`,
        home,
      };
      const files = await mbsync(options);
      assert.equal(files.length, share(index).length);
      const got = await maildirMessages(`${options.folder}/mail/INBOX`);
      pair(share(index), got, (stored, sent) => traceOf(stored, sent) !== null);
      assert.deepEqual(await mbsync(options), files, "the second run moves nothing");
    }
  } finally {
    await server.remove();
  }
});

programTest(
  ["mbsync"],
  `${what} by APPEND, pulled by mbsync and FETCH: identical with their headers`,
  async () => {
    const server = await startServer();
    try {
      const [user] = users;
      await server.addAccount(user, PASSWORD, { quotaBytes: null });
      const imap = await ImapClient.login(server.ports.imaps, user, PASSWORD, { tls: true });
      await imap.ok("CREATE Corpus");
      for (const { name, text } of messages) {
        const result = await imap.append("Corpus", text, "(\\Seen)");
        assert.equal(result.status, "OK", `${name}: ${result.text}`);
      }
      await imap.ok("SELECT Corpus");
      const fetched = await imap.ok("FETCH 1:* BODY.PEEK[]");
      assert.equal(fetched.length, messages.length);
      fetched.forEach((line, index) => {
        const { text, name } = messages[index];
        assert.ok(line.includes(`BODY[] {${text.length}}\r\n${text}`), name);
      });
      await imap.close();
      const options = {
        host: "localhost",
        port: server.ports.imaps,
        tls: "IMAPS" as const,
        caFile: server.caFile,
        user,
        password: PASSWORD,
        folder: `${home}/append`,
        home,
      };
      const files = await mbsync(options);
      assert.equal(files.length, messages.length);
      const got = await maildirMessages(`${options.folder}/mail/Corpus`);
      pair(messages, got, (stored, sent) => stored === sent);
      assert.deepEqual(await mbsync(options), files, "the second run moves nothing");
    } finally {
      await server.remove();
    }
  },
);
