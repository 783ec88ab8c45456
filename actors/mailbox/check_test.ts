import { strict as assert } from "node:assert";
import { checkFile } from "./check.ts";
import { letter, MAILBOX_NAME, withMailbox } from "./fixture_test.ts";

/** One damage each, and a word of what must be told of it. */
const DAMAGES: [sql: string, told: RegExp][] = [
  ["UPDATE folder SET messages = messages + 1 WHERE name = 'INBOX'", /messages is 5, should be 4/],
  ["UPDATE folder SET unseen = 0 WHERE name = 'INBOX'", /unseen is 0/],
  ["UPDATE folder SET deleted = 7 WHERE name = 'INBOX'", /deleted is 7/],
  ["UPDATE folder SET size = size - 1 WHERE name = 'INBOX'", /size is/],
  ["UPDATE folder SET uid_next = 3 WHERE name = 'INBOX'", /not below UIDNEXT/],
  ["UPDATE folder SET highest_modseq = 2 WHERE name = 'INBOX'", /above the highest/],
  ["UPDATE folder SET recent_from = 99 WHERE name = 'INBOX'", /recent/],
  ["UPDATE folder SET uid_validity = 0 WHERE name = 'Sent'", /UIDVALIDITY/],
  ["UPDATE folder SET name = 'a//b' WHERE name = 'Sent'", /bad name/],
  ["UPDATE message SET born = modseq + 1 WHERE uid = 1", /were born/],
  ["UPDATE span SET last_uid = last_uid + 1", /runs hold/],
  ["DELETE FROM span", /in no run/],
  ["INSERT INTO span SELECT fid, last_uid + 1, last_uid + 1 FROM span LIMIT 1", /runs touch/],
  ["INSERT INTO expunged SELECT fid, 2, uid, uid FROM message LIMIT 1", /exists and is expunged/],
  ["UPDATE expunged SET modseq = 1000", /out of range/],
  ["DELETE FROM changed WHERE modseq = 3", /the change of UID \d is in no run/],
  ["UPDATE message SET unseen = NULL WHERE uid = 1", /against its flags/],
  ["INSERT INTO changed VALUES (77, 1, 1, 1)", /changed: rows of folder 77/],
  ["INSERT INTO span VALUES (77, 1, 1)", /does not exist/],
  ["UPDATE shared SET extra = 5", /used 2 times, noted 6/],
  ["DELETE FROM shared", /used 2 times, noted 1/],
  ["INSERT INTO shared VALUES (999, 1)", /content 999/],
  ["DELETE FROM content WHERE id = 1", /has no content/],
  ["DELETE FROM header WHERE content_id = 2", /header/],
  ["UPDATE body SET data = x'00' WHERE id = 4096", /bytes of/],
  ["UPDATE body SET data = zeroblob(length(data)) WHERE id = 4096", /do not have its hash/],
  ["UPDATE body SET id = id + 1 WHERE id = 4096", /missing/],
  ["INSERT INTO body VALUES (4096000, x'00')", /of no content/],
  ["UPDATE message SET keywords = 'z a' WHERE uid = 1", /not in order/],
  ["DELETE FROM keyword", /not known/],
  ["DELETE FROM log WHERE position = 2", /log: /],
  ["UPDATE log SET hlc = 1 WHERE position = 3", /time goes back/],
];

Deno.test("check() finds each kind of damage", async () => {
  await withMailbox(async ({ ask, add, status, system }) => {
    for (let n = 1; n <= 4; n++) await add(letter(n), ["$Work"]);
    await add(letter(1));
    const { id } = await status();
    await ask("store", { folder: id, uids: [3, 3], mode: "add", flags: ["\\Deleted"] });
    await ask("expunge", { folder: id });
    const { db } = system.disk.open("mailbox", MAILBOX_NAME);
    assert.deepEqual(checkFile(db), []);
    assert.deepEqual(await ask("check", {}), { problems: [] });
    for (const [sql, told] of DAMAGES) {
      db.exec("SAVEPOINT damage");
      db.exec(sql);
      assert.match(checkFile(db).join("\n"), told, sql);
      db.exec("ROLLBACK TO damage; RELEASE damage");
    }
  });
});
