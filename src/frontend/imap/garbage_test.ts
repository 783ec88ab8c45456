import { strict as assert } from "node:assert";
import { seededRandom } from "../../base/id.ts";
import { type ImapTest, withImap } from "./harness_test.ts";

const COMMANDS = [
  "FETCH 1:* (UID FLAGS BODY.PEEK[HEADER.FIELDS (Subject)] BODYSTRUCTURE)",
  "UID FETCH 1:3,5 (FLAGS MODSEQ) (CHANGEDSINCE 3)",
  "STORE 1:2 (UNCHANGEDSINCE 5) +FLAGS.SILENT (\\Seen $work)",
  'SEARCH OR NOT SEEN (SUBJECT "x" SINCE 1-Jan-2026) LARGER 10',
  "UID SEARCH RETURN (MIN MAX COUNT SAVE) UID 1:*",
  'LIST (SUBSCRIBED) "" ("a*" "%") RETURN (STATUS (MESSAGES UNSEEN))',
  "STATUS INBOX (MESSAGES UIDNEXT HIGHESTMODSEQ)",
  "COPY 1:* Trash",
  "UID MOVE 2 INBOX",
  "CREATE Work/Sub (USE (\\Archive))",
  "RENAME Work Job",
  'APPEND INBOX (\\Seen) "01-Jan-2026 00:00:00 +0000" {5+}\r\nhello',
  "SELECT INBOX (QRESYNC (1 5 1:9 (1,2 3,4)))",
  "EXAMINE INBOX",
  "ENABLE QRESYNC IMAP4rev2",
  'ID ("name" "x")',
  "EXPUNGE",
  "CLOSE",
  "GETQUOTAROOT INBOX",
  "SUBSCRIBE Job",
  "SORT RETURN (UPDATE PARTIAL 1:2) (REVERSE SUBJECT DATE) UTF-8 FUZZY TEXT a",
  "UID THREAD REFERENCES UTF-8 UIDAFTER 1 UIDBEFORE 9",
  "ESEARCH IN (subtree (INBOX Work) selected) RETURN (COUNT) ALL",
  "UIDBATCHES 500 1:2",
  'COMPARATOR "i;*" default',
  "LANGUAGE de fr",
  'SETQUOTA "" (STORAGE 10240)',
  "ENABLE UIDONLY",
  "NOTIFY SET (SELECTED (MessageNew (UID) MessageExpunge)) (SUBTREE (Work) (MailboxName))",
  'SETMETADATA INBOX (/private/comment "x" /shared/comment NIL)',
  'APPEND INBOX CATENATE (URL "/INBOX/;UID=1/;SECTION=TEXT" TEXT {2+}\r\nab)',
  "UID REPLACE 1 INBOX {3+}\r\nabc",
  "SETACL Work anyone +lrs",
  'CANCELUPDATE "t1"',
];

/** A command with some octets changed, removed or doubled. */
function damage(text: string, next: (bound: number) => number): string {
  const chars = [...text];
  for (let i = next(4); i > 0; i--) {
    const at = next(chars.length);
    const what = next(3);
    if (what === 0) chars[at] = String.fromCharCode(next(256));
    else if (what === 1) chars.splice(at, 1 + next(3));
    else chars.splice(at, 0, ...chars.slice(at, at + next(6)));
  }
  return chars.join("");
}

async function torture(test: ImapTest, seed: number): Promise<void> {
  const random = seededRandom(seed);
  const next = (bound: number) => {
    const [high, low] = random.bytes(2);
    return (high * 256 + low) % Math.max(1, bound);
  };
  let connection = await test.open("INBOX");
  for (let i = 0; i < 250; i++) {
    const bytes = `t${i} ${damage(COMMANDS[next(COMMANDS.length)], next)}\r\n`;
    for (let at = 0; at < bytes.length;) {
      const size = 1 + next(40);
      connection.send(bytes.slice(at, at + size));
      at += size;
    }
    if (i % 3) continue;
    // A literal may have swallowed what came after it: the client goes away, the next one must find all in order.
    connection.end();
    connection = await test.open("INBOX");
  }
  connection.end();
  connection = await test.open("INBOX");
  await test.command(connection, "UID FETCH 1:* (FLAGS)");
  connection.end();
}

Deno.test("damaged commands never end in an internal error", async () => {
  let through = 0;
  for (let seed = 1; seed <= 12; seed++) {
    await withImap(async (test) => {
      test.setsQuotas = () => true;
      for (let i = 0; i < 5; i++) await test.append();
      await torture(test, seed);
      await test.ended();
      through += (test.asked.fetch ?? 0) + (test.asked.store ?? 0) + (test.asked.copy ?? 0);
      assert.deepEqual(test.logged.filter((line) => line.includes('"level":"error"')), [], `seed ${seed}`);
    });
  }
  assert.ok(through > 100, `only ${through} commands got through`);
});
