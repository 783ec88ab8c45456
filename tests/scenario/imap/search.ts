import { strict as assert } from "node:assert";
import type { ImapClient } from "../../support/imap_client.ts";
import { type Dialogues, expectOk, expectResult, fill, mail, none, only } from "../../support/imap_world.ts";

/** Message numbers of a SEARCH. */
async function search(client: ImapClient, keys: string): Promise<string> {
  return only(await client.ok(`SEARCH ${keys}`), /^SEARCH ?(.*)$/)[1];
}

function letter(headers: string[], body: string): string {
  return [...headers, "", body, ""].join("\r\n");
}

const UTF8 = (text: string) => String.fromCharCode(...new TextEncoder().encode(text));

/** SEARCH, ESEARCH, SEARCHRES. */
export const searchDialogues: Dialogues = {
  "SEARCH: flags, numbers, sizes and dates": async (world) => {
    const client = await world.login();
    expectOk(await client.append("INBOX", mail("m1"), '(\\Seen) "01-Jan-2020 23:30:00 +0000"'));
    expectOk(
      await client.append(
        "INBOX",
        mail("m2", "y".repeat(5000)),
        '(\\Flagged $k) "02-Jan-2020 00:30:00 +0000"',
      ),
    );
    expectOk(await client.append("INBOX", mail("m3"), '(\\Deleted \\Answered) "05-Jan-2020 12:00:00 +0000"'));
    await client.ok("SELECT INBOX");
    const rows: [string, string][] = [
      ["ALL", "1 2 3"],
      ["SEEN", "1"],
      ["UNSEEN", "2 3"],
      ["NOT SEEN", "2 3"],
      ["KEYWORD $k", "2"],
      ["KEYWORD $K", "2"],
      ["UNKEYWORD $k", "1 3"],
      ["DELETED ANSWERED", "3"],
      ["OR SEEN FLAGGED", "1 2"],
      ["OR SEEN (FLAGGED UNDELETED)", "1 2"],
      ["NOT (SEEN)", "2 3"],
      ["2:*", "2 3"],
      ["1,3", "1 3"],
      ["UID 2", "2"],
      ["UID 3:*", "3"],
      ["UID 9:*", "3"],
      ["LARGER 4000", "2"],
      ["SMALLER 4000", "1 3"],
      ["ON 1-Jan-2020", "1"],
      ["BEFORE 2-Jan-2020", "1"],
      ["SINCE 2-Jan-2020", "2 3"],
      ["SINCE 2-Jan-2020 BEFORE 5-Jan-2020", "2"],
      ["SENTON 1-Jan-2026", "1 2 3"],
      ["SENTBEFORE 1-Jan-2026", ""],
      ["RECENT", "1 2 3"],
      ["NEW", "2 3"],
      ["OLD", ""],
      ["OLDER 3600", "1 2 3"],
      ["YOUNGER 3600", ""],
      ["DRAFT", ""],
    ];
    for (const [keys, want] of rows) assert.equal(await search(client, keys), want, keys);
    assert.equal(only(await client.ok("UID SEARCH 3"), /^SEARCH (.*)$/)[1], "3");
    // A number that does not exist matches nothing.
    assert.equal(await search(client, "9"), "");
    for (
      const bad of [
        "SEARCH",
        "SEARCH FOO",
        "SEARCH ()",
        "SEARCH NOT",
        "SEARCH SINCE x",
        "SEARCH ALL (",
      ]
    ) {
      expectResult(await client.command(bad), "BAD");
    }
  },

  "SEARCH: headers and text, decoded, in any case": async (world) => {
    const client = await world.login();
    const letters = [
      letter(["From: Ann <ann@a.test>", "Subject: Lunch on Friday", "X-Tag: blue"], "Shall we meet at noon?"),
      letter(
        ["From: Bob <bob@b.test>", "Cc: ann@a.test", "Subject: =?utf-8?Q?Gr=C3=BC=C3=9Fe?= aus Wien"],
        "x",
      ),
      letter(
        [
          "From: c@c.test",
          "Subject: enc",
          "Content-Type: text/plain; charset=utf-8",
          "Content-Transfer-Encoding: base64",
        ],
        btoa(UTF8("Straße nach Köln, NOON")),
      ),
      letter(["From: d@d.test", "Subject:", "Bcc: secret@d.test"], "nothing"),
    ];
    for (const text of letters) expectOk(await client.append("INBOX", text));
    await client.ok("SELECT INBOX");
    const rows: [string, string][] = [
      ["SUBJECT lunch", "1"],
      ['SUBJECT "on fri"', "1"],
      ["FROM ann", "1"],
      ["FROM BOB@B.TEST", "2"],
      ["CC ann", "2"],
      ["BCC secret", "4"],
      ["TEXT ann", "1 2"],
      ["BODY noon", "1 3"],
      ["BODY subject", ""],
      ["TEXT lunch", "1"],
      ["HEADER X-Tag BLU", "1"],
      ['HEADER X-Tag ""', "1"],
      ["HEADER X-None x", ""],
      [`CHARSET UTF-8 SUBJECT "${UTF8("grüß")}"`, "2"],
      [`CHARSET UTF-8 BODY {${UTF8("köln").length}}\r\n${UTF8("köln")}`, "3"],
      ["CHARSET ISO-8859-1 BODY {4}\r\nk\xf6ln", "3"],
      [`CHARSET UTF-8 BODY "${UTF8("Straße")}"`, "3"],
    ];
    for (const [keys, want] of rows) assert.equal(await search(client, keys), want, keys);
    expectResult(await client.command("SEARCH CHARSET X-NONE ALL"), "NO [BADCHARSET");
  },

  "SEARCH RETURN": async (world) => {
    const client = await world.login();
    await fill(client, "INBOX", 5);
    await client.ok("SELECT INBOX");
    await client.ok("STORE 1,2,4 +FLAGS.SILENT (\\Seen)");
    const esearch = async (command: string) => {
      const lines = await client.ok(command);
      none(lines, /^SEARCH/);
      return only(lines, /^ESEARCH \(TAG "t\d+"\)(.*)$/)[1];
    };
    assert.equal(await esearch("SEARCH RETURN (MIN MAX COUNT) SEEN"), " MIN 1 MAX 4 COUNT 3");
    assert.equal(await esearch("SEARCH RETURN () SEEN"), " ALL 1:2,4");
    assert.equal(await esearch("UID SEARCH RETURN (ALL) UNSEEN"), " UID ALL 3,5");
    assert.equal(await esearch("SEARCH RETURN (COUNT MIN ALL) DRAFT"), " COUNT 0");
    expectResult(await client.command("SEARCH RETURN (FOO) ALL"), "BAD");
    await client.ok("ENABLE IMAP4rev2");
    assert.equal(await esearch("SEARCH SEEN"), " ALL 1:2,4");
    assert.equal(await esearch("UID SEARCH DRAFT"), " UID");
  },

  "SEARCH RETURN (SAVE) and $": async (world) => {
    const client = await world.login();
    await client.ok("CREATE to");
    await fill(client, "INBOX", 5);
    await client.ok("SELECT INBOX");
    await client.ok("STORE 2,4,5 +FLAGS.SILENT (\\Flagged)");
    none(await client.ok("SEARCH RETURN (SAVE) FLAGGED"), /^E?SEARCH/);
    assert.equal(await search(client, "$"), "2 4 5");
    assert.equal(await search(client, "NOT $"), "1 3");
    assert.equal(await search(client, "UID $ 3:*"), "4 5");
    await client.ok("STORE $ +FLAGS.SILENT (\\Seen)");
    assert.equal(await search(client, "SEEN"), "2 4 5");
    expectOk(await client.command("UID COPY $ to"));
    only(await client.ok("STATUS to (MESSAGES)"), /MESSAGES 3/);
    await client.ok("STORE 4 +FLAGS.SILENT (\\Deleted)");
    await client.ok("EXPUNGE");
    assert.equal(await search(client, "$"), "2 4");
    only(await client.ok("SEARCH RETURN (SAVE MIN) FLAGGED"), /^ESEARCH .*MIN 2$/);
    assert.equal(await search(client, "$"), "2");
    await client.ok("SEARCH RETURN (SAVE) DRAFT");
    assert.deepEqual(await client.ok("FETCH $ UID"), []);
    await client.ok("SEARCH RETURN (SAVE) ALL");
    await client.ok("SELECT INBOX");
    assert.equal(await search(client, "$"), "");
  },
};
