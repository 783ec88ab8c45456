import { LocalSystem } from "../src/actor/local.ts";
import { latin1 } from "../src/base/bytes.ts";
import { ManualClock } from "../src/base/clock.ts";
import { seededRandom } from "../src/base/id.ts";
import { summarize } from "../src/codec/message/summarize.ts";
import { mailboxActor } from "../actors/mailbox/actor.ts";
import type { MailboxContract } from "../actors/mailbox/contract.ts";
import { dumpSql } from "./dump_sql.ts";

/**
 * Writes a small mailbox of the newest schema as SQL to standard output. Run it once when a schema is released, into
 * `actors/mailbox/fixtures/version_N.sql`; from then on the migration test brings that file to every later schema.
 *
 *     deno run -A scripts/write_mailbox_fixture.ts > actors/mailbox/fixtures/version_N.sql
 */
async function writeFixture(): Promise<string> {
  const system = new LocalSystem({
    clock: new ManualClock(),
    random: seededRandom(3),
    actors: [mailboxActor],
  });
  const name = "01kdvw8000aaaaaaaaaaaaaaaa";
  const { ask } = system.ref<MailboxContract>(`mailbox:${name}`);
  const limits = { quotaBytes: null, messageBytes: 1_000_000 };
  for (let n = 1; n <= 6; n++) {
    const raw = latin1(
      `From: Ann <ann@example.test>\r\nTo: bob@example.test\r\nDate: Thu, 1 Jan 2026 1${n}:00:00 +0000\r\n` +
        `Message-ID: <m${n}@example.test>\r\nSubject: ${n > 3 ? "Re: " : ""}letter\r\n` +
        `${n > 3 ? `In-Reply-To: <m${n - 3}@example.test>\r\n` : ""}\r\ntext of letter ${n}\r\n`,
    );
    const message = {
      raw,
      summary: summarize(raw),
      flags: n % 2 ? ["\\Seen", "$Work"] : [],
      internalDateMs: n * 1000,
    };
    await ask("deliver", { message, folder: n === 6 ? "lists/deno" : "INBOX", limits });
  }
  const { id: folder } = await ask("status", { name: "INBOX" });
  await ask("copy", { folder, uids: [1, 2], to: "Archive", limits, move: false });
  await ask("store", { folder, uids: [3, 3], mode: "add", flags: ["\\Deleted"] });
  await ask("expunge", { folder });
  await ask("select", { name: "INBOX", claimRecent: true });
  await ask("subscribe", { name: "lists/deno", on: true });
  await ask("putScript", { name: "täglich", content: 'require "fileinto";\n', active: true });
  await ask("putScript", { name: "vacation", content: "keep;\n" });
  await ask("setAnnotations", {
    name: "Archive",
    values: [{ entry: "/private/comment", value: "old mail" }],
  });
  await ask("setAnnotations", {
    name: "",
    values: [{ entry: "/private/filters/values/boss", value: "FROM boss@example.test" }],
  });
  const entry = { identifier: "anyone", rights: "lrs" };
  await ask("setAcl", { name: "lists/deno", entry, mode: "replace" });
  return dumpSql(system.disk.open("mailbox", name).db);
}

console.log(await writeFixture());
