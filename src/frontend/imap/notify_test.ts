import { strict as assert } from "node:assert";
import { LIMITS } from "../../base/limits.ts";
import { withImap } from "./harness_test.ts";

Deno.test("NOTIFY SELECTED tells changes of the selected folder without being asked (RFC 5465 §5.1 to §5.3)", () =>
  withImap(async (test) => {
    await test.append();
    await test.open("INBOX");
    const other = await test.open("INBOX");
    await test.play(String.raw`
      C: a1 NOTIFY SET (SELECTED (MessageNew (UID BODY[HEADER.FIELDS (Subject)]) MessageExpunge FlagChange))
      S: a1 OK …
    `);
    await test.append("INBOX", "Subject: new\r\n\r\nx\r\n");
    await test.play(String.raw`
      S: * 2 EXISTS
      S: * 2 FETCH (UID 2 BODY[HEADER.FIELDS (Subject)] {16}
      S: Subject: new
      S:
      S: )
    `);
    await test.command(other, String.raw`STORE 1 +FLAGS (\Seen \Deleted)`);
    await test.play(String.raw`
      S: * 1 FETCH (UID 1 FLAGS (\Seen \Deleted…))
    `);
    await test.command(other, "EXPUNGE");
    await test.play(String.raw`
      S: * 1 EXPUNGE
      C: a2 UID SEARCH UNSEEN
      S: * SEARCH 2
      S: a2 OK …
      C: a3 APPEND INBOX {3+}
      C: own
      S: * 2 EXISTS
      S: * … RECENT
      S: a3 OK …
    `);
    // Flags are new, so nothing of the second message's \Seen was changed by reading its header.
    assert.match((await test.command(other, "FETCH 1 FLAGS"))[0], /FLAGS \((?!.*Seen)/);
  }));

Deno.test("SELECTED-DELAYED keeps numbers until a command lets them change (RFC 5465 §6.1.2)", () =>
  withImap(async (test) => {
    for (let i = 0; i < 3; i++) await test.append();
    const first = await test.open("INBOX");
    const other = await test.open("INBOX");
    await test.command(first, "NOTIFY SET (SELECTED-DELAYED (MessageNew MessageExpunge))");
    await test.command(other, String.raw`STORE 2 +FLAGS.SILENT (\Deleted)`);
    await test.command(other, "EXPUNGE");
    await test.append();
    await test.play(`
      S: * 4 EXISTS
      C: a1 FETCH 3 UID
      S: * 3 FETCH (UID 3)
      S: * … RECENT
      S: a1 OK …
      C: a2 NOOP
      S: * 2 EXPUNGE
      S: a2 OK …
    `);
  }));

Deno.test("NOTIFY NONE, and SET without SELECTED, keep quiet about the selected folder (RFC 5465 §3.1)", () =>
  withImap(async (test) => {
    await test.append();
    await test.open("INBOX");
    const quiet = ["NOTIFY NONE", "NOTIFY SET (SELECTED NONE)", "NOTIFY SET (MAILBOXES x (MailboxName))"];
    for (const command of quiet) {
      await test.command(test.connections[0], command);
      await test.append();
      assert.deepEqual(await test.command(test.connections[0], "NOOP"), [], command);
    }
    await test.play(String.raw`
      C: a1 NOTIFY SET (SELECTED (MessageNew MessageExpunge))
      S: * 4 EXISTS
      S: * … RECENT
      S: a1 OK …
      C: a2 IDLE
      S: + idling
    `);
    await test.append();
    await test.play(`
      S: * 5 EXISTS
      C: DONE
      S: * … RECENT
      S: a2 OK …
    `);
  }));

Deno.test("changes of other folders come as STATUS (RFC 5465 §3.1, §5.1, §5.2)", () =>
  withImap(async (test) => {
    const first = await test.open();
    for (const name of ["Lists", "Lists/a", "Other", "misc"]) await test.command(first, `CREATE ${name}`);
    const other = await test.open("Other");
    await test.play(`
      C: a1 NOTIFY SET STATUS (SUBTREE Lists (MessageNew MessageExpunge FlagChange)) (MAILBOXES (misc nowhere) (MessageNew MessageExpunge))
      S: * STATUS Lists (MESSAGES 0 UIDNEXT 1 UIDVALIDITY … HIGHESTMODSEQ 1)
      S: * STATUS Lists/a (MESSAGES 0 UIDNEXT 1 UIDVALIDITY … HIGHESTMODSEQ 1)
      S: * STATUS misc (MESSAGES 0 UIDNEXT 1 UIDVALIDITY …)
      S: a1 OK …
    `);
    await test.append("Other");
    await test.append("Lists/a");
    await test.play(`
      S: * STATUS Lists/a (MESSAGES 1 UIDNEXT 2)
    `);
    await test.append("misc");
    await test.play(`
      S: * STATUS misc (MESSAGES 1 UIDNEXT 2)
      C2: b1 SELECT Lists/a
    `);
    while (!(await other.line())?.startsWith("b1 ")) continue;
    await test.command(other, String.raw`STORE 1 +FLAGS (\Seen)`);
    await test.play(String.raw`
      S: * STATUS Lists/a (UIDVALIDITY … UNSEEN 0)
      C: a2 ENABLE CONDSTORE
      S: * ENABLED CONDSTORE
      S: a2 OK …
    `);
    await test.command(other, String.raw`STORE 1 -FLAGS (\Seen)`);
    await test.play(String.raw`
      S: * STATUS Lists/a (UIDVALIDITY … UNSEEN 1 HIGHESTMODSEQ …)
      C: a3 NOTIFY SET (PERSONAL (MessageNew MessageExpunge)) (SELECTED (MessageNew MessageExpunge))
      S: a3 OK …
      C: a4 EXAMINE Other
    `);
    while (!(await first.line())?.startsWith("a4 ")) continue;
    await test.append("Other");
    await test.append("INBOX");
    const told = [await first.line(), await first.line()].sort();
    assert.match(told[0] ?? "", /^\* 2 EXISTS/);
    assert.match(told[1] ?? "", /^\* STATUS INBOX \(MESSAGES 1 UIDNEXT 2 HIGHESTMODSEQ \d+\)/);
  }));

Deno.test("names and subscriptions that change come as LIST, but not the client's own (RFC 5465 §5.4, §5.5)", () =>
  withImap(async (test) => {
    await test.open();
    const other = await test.open();
    await test.command(test.connections[0], "NOTIFY SET (PERSONAL (MailboxName SubscriptionChange))");
    await test.command(other, "CREATE New");
    await test.play(String.raw`
      S: * LIST (\HasNoChildren) "/" New
    `);
    await test.command(other, "SUBSCRIBE New");
    await test.play(String.raw`
      S: * LIST (\Subscribed \HasNoChildren) "/" New
    `);
    await test.command(other, "RENAME New Newer");
    await test.play(String.raw`
      S: * LIST (\HasNoChildren) "/" Newer ("OLDNAME" (New))
    `);
    await test.command(other, "CREATE Newer/sub");
    await test.play(String.raw`
      S: * LIST (\HasNoChildren) "/" Newer/sub
      S: * LIST (\HasChildren) "/" Newer
    `);
    await test.command(other, "DELETE Newer/sub");
    await test.play(String.raw`
      S: * LIST (\NonExistent) "/" Newer/sub
      S: * LIST (\HasNoChildren) "/" Newer
      C: a1 CREATE Mine/too
      S: a1 OK …
      C: a2 SUBSCRIBE Mine
      S: a2 OK …
      C: a3 NOOP
      S: a3 OK …
    `);
    await test.command(
      test.connections[0],
      "NOTIFY SET (SUBSCRIBED (MailboxName MessageNew MessageExpunge))",
    );
    await test.append("Newer");
    await test.append("Mine");
    await test.play(`
      S: * STATUS Mine (MESSAGES 1 UIDNEXT 2)
    `);
    await test.command(other, "SUBSCRIBE Newer");
    await test.append("Newer");
    await test.play(`
      S: * STATUS Newer (MESSAGES 2 UIDNEXT 3)
    `);
  }));

Deno.test("entries that change are named, without values (RFC 5465 §5.6, §5.7)", () =>
  withImap(async (test) => {
    const first = await test.open();
    const other = await test.open();
    await test.command(first, "NOTIFY SET (MAILBOXES INBOX (MailboxMetadataChange ServerMetadataChange))");
    await test.command(other, 'SETMETADATA INBOX (/shared/comment "a" /private/comment "b")');
    await test.command(other, 'SETMETADATA Sent (/shared/comment "a")');
    await test.command(other, 'SETMETADATA "" (/private/comment "b")');
    const told = `${await first.line()}\n${await first.line()}`;
    assert.equal(
      told,
      '* METADATA INBOX /shared/comment /private/comment\n* METADATA "" /private/comment',
    );
    assert.deepEqual(await test.command(first, 'SETMETADATA INBOX (/shared/comment "c")'), []);
    assert.deepEqual(await test.command(first, "NOOP"), []);
  }));

Deno.test("NOTIFY is refused for what is wrong or unknown (RFC 5465 §3.1, §5, §6.1)", () =>
  withImap(async (test) => {
    const connection = await test.open();
    const rows: [string, RegExp][] = [
      ["SET", /^a BAD/],
      ["SET ()", /^a BAD/],
      ["SOMETHING", /^a BAD/],
      ["SET (SELECTED (MessageNew))", /^a BAD/],
      ["SET (SELECTED (MessageExpunge FlagChange))", /^a BAD/],
      ["SET (SELECTED (MailboxName))", /^a BAD/],
      ["SET (SELECTED NONE) (SELECTED-DELAYED NONE)", /^a BAD/],
      ["SET (PERSONAL (MessageNew (UID) MessageExpunge))", /^a BAD/],
      ["SET (PERSONAL (MessageExpunge (UID) MessageNew))", /^a BAD/],
      ["SET (MAILBOXES () (MailboxName))", /^a BAD/],
      ["SET (EVERYTHING (MailboxName))", /^a BAD/],
      [`SET ${Array(LIMITS.notifyGroups + 1).fill("(PERSONAL NONE)").join(" ")}`, /^a BAD/],
      [
        "SET (PERSONAL (MessageNew MessageExpunge AnnotationChange))",
        /^a NO \[BADEVENT \(MessageNew MessageExpunge FlagChange MailboxName SubscriptionChange /,
      ],
      ["SET (INBOXES (MessageNew MessageExpunge)) (SELECTED NONE)", /^a OK/],
      ["NONE", /^a OK/],
    ];
    for (const [text, want] of rows) {
      connection.send(`a NOTIFY ${text}\r\n`);
      assert.match(await connection.line() ?? "", want, text);
    }
  }));

Deno.test("NOTIFY of ten thousand folders costs one watch, and a STATUS of each only when asked (RFC 5465 §9)", () =>
  withImap(async (test) => {
    const first = await test.open();
    const { folders } = await test.mailbox.ask("listFolders", {});
    for (let i = folders.length; i < LIMITS.folders; i++) {
      await test.mailbox.ask("createFolder", { name: `f${i}` });
    }
    // Which namespaces are personal is asked once, and remembered for all sessions.
    await test.command(first, "NAMESPACE");
    const before = { ...test.asked };
    await test.command(first, "NOTIFY SET (PERSONAL (MessageNew MessageExpunge FlagChange MailboxName))");
    assert.deepEqual(test.asked, before, "nothing was asked");
    await test.append("f9999");
    assert.equal(await first.line(), "* STATUS f9999 (MESSAGES 1 UIDNEXT 2)");
    const names = Array.from({ length: 4000 }, (_, i) => `f${i + 100}`).join(" ");
    const lines = await test.command(
      first,
      `NOTIFY SET STATUS (MAILBOXES (${names}) (MessageNew MessageExpunge))`,
    );
    assert.equal(lines.length, 4000);
    const many = Array.from({ length: LIMITS.notifyNames + 1 }, (_, i) => `f${i}`).join(" ");
    first.send(`a NOTIFY SET (MAILBOXES (${many}) (MailboxName))\r\n`);
    assert.match(await first.line() ?? "", /^a BAD/);
  }));

Deno.test("too much at once ends in NOTIFICATIONOVERFLOW, not in memory (RFC 5465 §5.8)", () =>
  withImap(async (test) => {
    const first = await test.open();
    const other = await test.open();
    await test.command(first, "NOTIFY SET (PERSONAL (MailboxName MessageNew MessageExpunge))");
    // Inside a command nothing can be told.
    first.send("a1 APPEND INBOX {1}\r\n");
    assert.match(await first.line() ?? "", /^\+ /);
    let release = () => {};
    first.stalled = new Promise((resolve) => release = resolve);
    for (let i = 0; i < LIMITS.notifyPending + 10; i++) {
      await test.mailbox.ask("createFolder", { name: `f${i}` });
    }
    release();
    first.stalled = null;
    first.send("x\r\n");
    let line: string | null;
    do line = await first.line(); while (line?.startsWith("* LIST") || line?.startsWith("* STATUS"));
    const lines = [line, await first.line()];
    assert.ok(lines.some((one) => one?.startsWith("* OK [NOTIFICATIONOVERFLOW]")), lines.join("\n"));
    await test.command(other, "CREATE g");
    assert.deepEqual((await test.command(first, "NOOP")).filter((one) => one.includes("LIST")), []);
    // And the mailbox coming back: events were missed.
    await test.command(first, "NOTIFY SET (PERSONAL (MailboxName))");
    test.system.crash();
    assert.match(await first.line() ?? "", /NOTIFICATIONOVERFLOW/);
  }));
