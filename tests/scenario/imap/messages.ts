import { strict as assert } from "node:assert";
import {
  type Dialogues,
  expectOk,
  expectResult,
  fetched,
  fetchedOne,
  fill,
  mail,
  none,
  only,
} from "../../support/imap_world.ts";

/** text/plain, a base64 attachment and an embedded message. */
const MIXED = [
  "From: Ann Bee <ann@a.test>",
  "To: bob@b.test, Carl <carl@c.test>",
  "Subject: parts",
  "Date: Thu, 1 Jan 2026 10:00:00 +0000",
  "Message-ID: <parts@a.test>",
  "MIME-Version: 1.0",
  'Content-Type: multipart/mixed; boundary="bb"',
  "",
  "preamble",
  "--bb",
  "Content-Type: text/plain; charset=utf-8",
  "Content-Transfer-Encoding: quoted-printable",
  "",
  "Gr=C3=BC=C3=9Fe",
  "--bb",
  "Content-Type: application/octet-stream; name=x.bin",
  "Content-Transfer-Encoding: base64",
  "Content-Disposition: attachment; filename=x.bin",
  "",
  "AAECAwQF",
  "--bb",
  "Content-Type: message/rfc822",
  "",
  "From: inner@a.test",
  "Subject: inside",
  "",
  "inner body",
  "--bb--",
  "",
].join("\r\n");

/** APPEND, FETCH, STORE, EXPUNGE, COPY, MOVE, QUOTA. */
export const messageDialogues: Dialogues = {
  "APPEND gives back what was sent, with flags and date": async (world) => {
    const client = await world.login();
    const text = "Subject: x\r\n\r\n8-bit \xe4\xff, lone \r and \n, no end";
    const result = await client.append(
      "INBOX",
      text,
      '(\\Seen $Label1 \\draft) "17-Jul-1996 02:44:25 -0700"',
    );
    const [, validity, uid] = /^\[APPENDUID (\d+) (\d+)\]/.exec(expectOk(result).text)!;
    const { untagged } = expectOk(await client.command("SELECT INBOX"));
    only(untagged, new RegExp(`UIDVALIDITY ${validity}\\]`));
    const items = fetchedOne(await client.ok("FETCH 1 (UID FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[])"));
    assert.equal(items.get("UID"), uid);
    assert.deepEqual(items.get("FLAGS")!.slice(1, -1).split(" ").sort(), [
      "$Label1",
      "\\Draft",
      "\\Recent",
      "\\Seen",
    ]);
    assert.equal(items.get("INTERNALDATE"), "17-Jul-1996 09:44:25 +0000");
    assert.equal(items.get("RFC822.SIZE"), String(text.length));
    assert.equal(items.get("BODY[]"), text);
  },

  "APPEND that is refused": async (world) => {
    const client = await world.login();
    expectResult(await client.append("none", mail()), "NO [TRYCREATE]");
    expectResult(await client.append("INBOX", mail(), "(\\Foo)"), "BAD");
    expectResult(await client.append("INBOX", mail(), '"yesterday"'), "BAD");
    expectResult(await client.append("INBOX", "a\0b"), "BAD");
    expectResult(await client.command('APPEND INBOX "quoted"'), "BAD");
    expectResult(await client.command("APPEND INBOX {3}\r\nabc junk"), "BAD");
    only(await client.ok("STATUS INBOX (MESSAGES)"), /MESSAGES 0/);
  },

  "many APPENDs in one write are answered in order": async (world) => {
    const client = await world.login();
    let text = "";
    for (let i = 1; i <= 40; i++) {
      const body = mail(`m${i}`, "x".repeat(i * 100) + "\r\n");
      text += `p${i} APPEND INBOX {${body.length}+}\r\n${body}\r\n`;
    }
    client.socket.write(text);
    for (let i = 1; i <= 40; i++) {
      const line = await client.readLine();
      assert.match(line, new RegExp(`^p${i} OK \\[APPENDUID \\d+ ${i}\\]`));
    }
    await client.ok("SELECT INBOX");
    const all = fetched(await client.ok("FETCH 1:* BODY.PEEK[HEADER.FIELDS (SUBJECT)]"));
    for (let i = 1; i <= 40; i++) {
      assert.equal(all.get(i)!.get("BODY[HEADER.FIELDS (SUBJECT)]"), `Subject: m${i}\r\n\r\n`);
    }
  },

  "APPEND to the selected folder tells EXISTS": async (world) => {
    const client = await world.login();
    await client.ok("SELECT INBOX");
    only(expectOk(await client.append("INBOX", mail())).untagged, /^1 EXISTS$/);
  },

  "FETCH: envelope, structure and sections": async (world) => {
    const client = await world.login();
    expectOk(await client.append("INBOX", MIXED));
    await client.ok("EXAMINE INBOX");
    const envelope = '("Thu, 1 Jan 2026 10:00:00 +0000" "parts" (("Ann Bee" NIL "ann" "a.test")) ' +
      '(("Ann Bee" NIL "ann" "a.test")) (("Ann Bee" NIL "ann" "a.test")) ' +
      '((NIL NIL "bob" "b.test")("Carl" NIL "carl" "c.test")) NIL NIL NIL "<parts@a.test>")';
    const items = fetchedOne(await client.ok("FETCH 1 (ENVELOPE BODY BODYSTRUCTURE)"));
    assert.equal(items.get("ENVELOPE"), envelope);
    assert.match(
      items.get("BODY")!,
      /^\(\("text" "plain" \("charset" "utf-8"\) NIL NIL "quoted-printable" 15 \d\)/i,
    );
    assert.match(items.get("BODYSTRUCTURE")!, /\("attachment" \("filename" "x\.bin"\)\)/i);
    const header = MIXED.slice(0, MIXED.indexOf("\r\n\r\n") + 4);
    const inner = "From: inner@a.test\r\nSubject: inside\r\n\r\ninner body";
    const rows: [string, string][] = [
      ["BODY[]", MIXED],
      ["BODY[HEADER]", header],
      ["BODY[TEXT]", MIXED.slice(header.length)],
      ["BODY[1]", "Gr=C3=BC=C3=9Fe"],
      [
        "BODY[1.MIME]",
        "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n",
      ],
      ["BODY[2]", "AAECAwQF"],
      ["BODY[3]", inner],
      ["BODY[3.HEADER]", "From: inner@a.test\r\nSubject: inside\r\n\r\n"],
      ["BODY[3.TEXT]", "inner body"],
      ["BODY[3.1]", "inner body"],
      ["BODY[HEADER.FIELDS (subject X-None)]", "Subject: parts\r\n\r\n"],
      ["RFC822", MIXED],
      ["RFC822.HEADER", header],
      ["RFC822.TEXT", MIXED.slice(header.length)],
    ];
    for (const [item, want] of rows) {
      assert.equal(fetchedOne(await client.ok(`FETCH 1 (${item})`)).get(item), want, item);
    }
    const not = fetchedOne(
      await client.ok("FETCH 1 BODY[HEADER.FIELDS.NOT (From To Date Message-ID Content-Type)]"),
    );
    assert.equal([...not.values()][0], "Subject: parts\r\nMIME-Version: 1.0\r\n\r\n");
    for (const item of ["BODY[4]", "BODY[1.2]", "BODY[2.HEADER]"]) {
      const line = (await client.ok(`FETCH 1 (${item})`))[0];
      assert.match(line, / (NIL|""|\{0\}\r\n)\)$/, item);
    }
  },

  "FETCH: partial sections": async (world) => {
    const client = await world.login();
    expectOk(await client.append("INBOX", MIXED));
    await client.ok("EXAMINE INBOX");
    const rows: [string, string, string][] = [
      ["BODY[]<0.10>", "BODY[]<0>", MIXED.slice(0, 10)],
      ["BODY.PEEK[]<5.7>", "BODY[]<5>", MIXED.slice(5, 12)],
      ["BODY[1]<2.100>", "BODY[1]<2>", "=C3=BC=C3=9Fe"],
      ["BODY[TEXT]<100000.5>", "BODY[TEXT]<100000>", ""],
      [`BODY[]<${MIXED.length - 3}.4294967295>`, `BODY[]<${MIXED.length - 3}>`, MIXED.slice(-3)],
    ];
    for (const [item, label, want] of rows) {
      assert.equal(fetchedOne(await client.ok(`FETCH 1 ${item}`)).get(label), want, item);
    }
  },

  "FETCH BINARY decodes": async (world) => {
    const client = await world.login();
    expectOk(await client.append("INBOX", MIXED));
    await client.ok("EXAMINE INBOX");
    assert.equal(
      fetchedOne(await client.ok("FETCH 1 BINARY.PEEK[2]")).get("BINARY[2]"),
      "\0\x01\x02\x03\x04\x05",
    );
    assert.equal(fetchedOne(await client.ok("FETCH 1 BINARY[2]<1.3>")).get("BINARY[2]<1>"), "\x01\x02\x03");
    assert.equal(fetchedOne(await client.ok("FETCH 1 BINARY.SIZE[2]")).get("BINARY.SIZE[2]"), "6");
    assert.equal(fetchedOne(await client.ok("FETCH 1 BINARY[1]")).get("BINARY[1]"), "Gr\xc3\xbc\xc3\x9fe");
  },

  "FETCH sets \\Seen unless it peeks, and not in EXAMINE": async (world) => {
    const client = await world.login();
    await fill(client, "INBOX", 3);
    await client.ok("EXAMINE INBOX");
    await client.ok("FETCH 1 BODY[]");
    await client.ok("SELECT INBOX");
    for (const item of ["BODY.PEEK[]", "ENVELOPE", "BODYSTRUCTURE", "RFC822.HEADER", "BINARY.PEEK[1]"]) {
      await client.ok(`FETCH 1 ${item}`);
    }
    assert.doesNotMatch(fetchedOne(await client.ok("FETCH 1 FLAGS")).get("FLAGS")!, /Seen/);
    assert.match(fetchedOne(await client.ok("FETCH 1 BODY[TEXT]")).get("FLAGS")!, /\\Seen/);
    assert.match(fetchedOne(await client.ok("FETCH 2 (RFC822 FLAGS)"), 2).get("FLAGS")!, /\\Seen/);
    assert.match(fetchedOne(await client.ok("FETCH 3 BINARY[1]"), 3).get("FLAGS")!, /\\Seen/);
  },

  "FETCH: macros, numbers and UIDs": async (world) => {
    const client = await world.login();
    await fill(client, "INBOX", 3);
    await client.ok("SELECT INBOX");
    await client.ok("STORE 1 +FLAGS (\\Deleted)");
    await client.ok("EXPUNGE");
    assert.deepEqual([...fetchedOne(await client.ok("FETCH 1 FAST")).keys()].sort(), [
      "FLAGS",
      "INTERNALDATE",
      "RFC822.SIZE",
    ]);
    assert.ok(fetchedOne(await client.ok("FETCH 1 FULL")).has("BODY"));
    assert.deepEqual([...fetched(await client.ok("FETCH 1:* UID")).values()].map((i) => i.get("UID")), [
      "2",
      "3",
    ]);
    assert.deepEqual([...fetched(await client.ok("UID FETCH 1:2 FLAGS")).values()].map((i) => i.get("UID")), [
      "2",
    ]);
    assert.deepEqual([...fetched(await client.ok("UID FETCH 9:* (UID)")).keys()], [2]);
    assert.deepEqual(await client.ok("UID FETCH 1,7:8 (FLAGS)"), []);
    for (
      const bad of ["FETCH 3 UID", "FETCH 0 UID", "FETCH 1 FOO", "FETCH 1 ()", "FETCH 1", "UID FETCH x UID"]
    ) {
      expectResult(await client.command(bad), "BAD");
    }
  },

  "STORE: every mode": async (world) => {
    const client = await world.login();
    await fill(client, "INBOX", 2);
    await client.ok("SELECT INBOX");
    const flags = (lines: string[], n = 1) =>
      fetchedOne(lines, n).get("FLAGS")!.slice(1, -1).split(" ").filter((flag) => flag && flag !== "\\Recent")
        .sort();
    assert.deepEqual(flags(await client.ok("STORE 1 FLAGS (\\Seen $a)")), ["$a", "\\Seen"]);
    assert.deepEqual(flags(await client.ok("STORE 1 +FLAGS \\Flagged b")), [
      "$a",
      "\\Flagged",
      "\\Seen",
      "b",
    ]);
    assert.deepEqual(flags(await client.ok("STORE 1 -FLAGS ($a \\Seen)")), ["\\Flagged", "b"]);
    none(await client.ok("STORE 1 +FLAGS.SILENT (\\Answered)"), /FETCH/);
    assert.deepEqual(flags(await client.ok("FETCH 1 FLAGS")), ["\\Answered", "\\Flagged", "b"]);
    assert.deepEqual(flags(await client.ok("STORE 1 FLAGS ()")), []);
    const both = await client.ok("UID STORE 1:2 +FLAGS (\\Draft)");
    assert.equal(fetchedOne(both, 2).get("UID"), "2");
    assert.deepEqual(flags(both, 2), ["\\Draft"]);
    expectOk(await client.command("UID STORE 99 +FLAGS (\\Seen)"));
    for (
      const bad of [
        "STORE 9 FLAGS ()",
        "STORE 1 FLAGS (\\Recent)",
        "STORE 1 FLAGS",
        "STORE 1 FOO ()",
        "STORE 1 FLAGS (\\Foo)",
      ]
    ) {
      expectResult(await client.command(bad), "BAD");
    }
    await client.ok("EXAMINE INBOX");
    expectResult(await client.command("STORE 1 +FLAGS (\\Seen)"), "NO");
    only(await client.ok("SELECT INBOX"), /^FLAGS \(.* b.*\)$/);
  },

  "EXPUNGE and UID EXPUNGE": async (world) => {
    const client = await world.login();
    await fill(client, "INBOX", 6);
    await client.ok("SELECT INBOX");
    await client.ok("STORE 1,3,4,6 +FLAGS.SILENT (\\Deleted)");
    assert.deepEqual((await client.ok("UID EXPUNGE 3:5,9")).sort(), remaining(6, [3, 4]));
    const uids = [...fetched(await client.ok("FETCH 1:* UID")).values()].map((items) => items.get("UID"));
    assert.deepEqual(uids, ["1", "2", "5", "6"]);
    await client.ok("EXPUNGE");
    only(await client.ok("STATUS INBOX (MESSAGES UIDNEXT)"), /MESSAGES 2 UIDNEXT 7/);
    assert.deepEqual(await client.ok("EXPUNGE"), []);
    await client.ok("EXAMINE INBOX");
    expectResult(await client.command("EXPUNGE"), "NO");
  },

  "CLOSE expunges without a word, UNSELECT and EXAMINE do not": async (world) => {
    const client = await world.login();
    await fill(client, "INBOX", 2);
    await client.ok("SELECT INBOX");
    await client.ok("STORE 1 +FLAGS.SILENT (\\Deleted)");
    await client.ok("UNSELECT");
    await client.ok("EXAMINE INBOX");
    await client.ok("CLOSE");
    only(await client.ok("STATUS INBOX (MESSAGES)"), /MESSAGES 2/);
    await client.ok("SELECT INBOX");
    none(await client.ok("CLOSE"), /EXPUNGE|VANISHED/);
    only(await client.ok("STATUS INBOX (MESSAGES)"), /MESSAGES 1/);
  },

  "COPY keeps flags and dates and tells COPYUID": async (world) => {
    const client = await world.login();
    await client.ok("CREATE to");
    await fill(client, "to", 1);
    for (let i = 1; i <= 3; i++) {
      expectOk(
        await client.append("INBOX", mail(`m${i}`), `(\\Flagged k${i}) "0${i}-Jan-2020 00:00:00 +0000"`),
      );
    }
    await client.ok("SELECT INBOX");
    const result = expectOk(await client.command("COPY 2:3 to"));
    assert.match(result.text, /^\[COPYUID \d+ 2:3 2:3\]/);
    expectResult(await client.command("COPY 1 none"), "NO [TRYCREATE]");
    expectOk(await client.command("UID COPY 77 to"));
    await client.ok("SELECT to");
    const copy = fetchedOne(await client.ok("FETCH 3 (FLAGS INTERNALDATE BODY.PEEK[])"), 3);
    assert.match(copy.get("FLAGS")!, /\\Flagged.*k3/);
    assert.equal(copy.get("INTERNALDATE"), "03-Jan-2020 00:00:00 +0000");
    assert.equal(copy.get("BODY[]"), mail("m3"));
    assert.match(expectOk(await client.command("UID COPY 2 to")).text, /^\[COPYUID \d+ 2 4\]/);
  },

  "MOVE tells COPYUID before the messages go": async (world) => {
    const client = await world.login();
    await client.ok("CREATE to");
    await fill(client, "INBOX", 4);
    await client.ok("SELECT INBOX");
    const lines = await client.ok("MOVE 2:3 to");
    const at = lines.findIndex((line) => /^OK \[COPYUID \d+ 2:3 1:2\]/.test(line));
    const gone = lines.findIndex((line) => /EXPUNGE$/.test(line));
    assert.ok(at >= 0 && gone > at, JSON.stringify(lines));
    assert.equal(lines.filter((line) => /EXPUNGE$/.test(line)).length, 2);
    only(await client.ok("UID MOVE 4 to"), /^OK \[COPYUID \d+ 4 3\]/);
    only(await client.ok("STATUS to (MESSAGES)"), /MESSAGES 3/);
    expectResult(await client.command("MOVE 1 none"), "NO [TRYCREATE]");
    only(await client.ok("STATUS INBOX (MESSAGES)"), /MESSAGES 1/);
    await client.ok("EXAMINE INBOX");
    expectResult(await client.command("MOVE 1 to"), "NO");
  },

  "QUOTA: figures, and OVERQUOTA for APPEND and COPY": async (world) => {
    const account = await world.newAccount({ quotaBytes: 4096 });
    const client = await world.login(account);
    const big = mail("big", "x".repeat(1500) + "\r\n");
    expectOk(await client.append("INBOX", big));
    const lines = await client.ok("GETQUOTAROOT INBOX");
    const root = only(lines, /^QUOTAROOT INBOX (\S+)$/)[1];
    const [, used, limit] = only(lines, /^QUOTA \S+ \(.*STORAGE (\d+) (\d+).*\)$/);
    assert.equal(limit, "4");
    assert.ok(Number(used) >= 1 && Number(used) <= 2);
    only(await client.ok(`GETQUOTA ${root}`), /^QUOTA .*STORAGE/);
    expectResult(await client.command("GETQUOTA none"), "NO");
    expectOk(await client.append("INBOX", big));
    expectResult(await client.append("INBOX", big), "NO [OVERQUOTA]");
    await client.ok("SELECT INBOX");
    expectResult(await client.command("COPY 1:2 INBOX"), "NO [OVERQUOTA]");
    only(await client.ok("STATUS INBOX (MESSAGES)"), /MESSAGES 2/);
    await client.ok("STORE 1 +FLAGS.SILENT (\\Deleted)");
    await client.ok("EXPUNGE");
    expectOk(await client.append("INBOX", big));
  },
};

/** The EXPUNGE lines for `gone` of `count` messages, in whichever order they keep the numbers right, as a check. */
function remaining(count: number, gone: number[]): string[] {
  assert.ok(gone.every((number) => number <= count));
  return gone.map((number) => `${number} EXPUNGE`).sort();
}
