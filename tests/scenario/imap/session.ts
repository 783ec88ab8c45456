import { strict as assert } from "node:assert";
import { encodeBase64 } from "../../../src/codec/text/sasl.ts";
import {
  type Dialogues,
  expectOk,
  expectResult,
  mail,
  none,
  only,
  PASSWORD,
} from "../../support/imap_world.ts";

/** Login, states, bad input, and what is the same in every state. These want a server that needs TLS for passwords. */
export const tlsDialogues: Dialogues = {
  "no password before TLS, and STARTTLS forgets what was pipelined": async (world) => {
    const client = await world.connect();
    const account = await world.newAccount();
    const before = only(await client.ok("CAPABILITY"), /^CAPABILITY (.*)/)[1].split(" ");
    assert.ok(
      before.includes("STARTTLS") && before.includes("LOGINDISABLED") && before.includes("IMAP4rev1"),
    );
    assert.ok(!before.some((word) => word.startsWith("AUTH=")));
    expectResult(await client.command(`LOGIN ${account} ${PASSWORD}`), "NO [PRIVACYREQUIRED]");
    const plain = encodeBase64(`\0${account}\0${PASSWORD}`);
    expectResult(await client.command(`AUTHENTICATE PLAIN ${plain}`), "NO [PRIVACYREQUIRED]");
    client.socket.write("s1 STARTTLS\r\ns2 LOGOUT\r\n");
    expectOk(await client.finish("s1"));
    await client.socket.startTls();
    const after = only(await client.ok("CAPABILITY"), /^CAPABILITY (.*)/)[1].split(" ");
    assert.ok(after.includes("AUTH=PLAIN"));
    assert.ok(!after.includes("STARTTLS") && !after.includes("LOGINDISABLED"));
    expectResult(await client.command("STARTTLS"), "BAD");
    expectOk(await client.command(`LOGIN ${account} ${PASSWORD}`));
  },

  "implicit TLS": async (world) => {
    const client = await world.connect({ port: world.server.ports.imaps, tls: true });
    assert.match(client.greeting, /^\* OK /);
    none(await client.ok("CAPABILITY"), /STARTTLS|LOGINDISABLED/);
    expectOk(await client.command(`LOGIN ${await world.newAccount()} ${PASSWORD}`));
  },
};

/** The same on a server that takes passwords in the clear, which makes the rest of the tests quicker. */
export const sessionDialogues: Dialogues = {
  "AUTHENTICATE PLAIN, with and without an initial response": async (world) => {
    const account = await world.newAccount();
    const plain = encodeBase64(`\0${account}\0${PASSWORD}`);
    const direct = await world.connect();
    expectResult(await direct.command(`AUTHENTICATE PLAIN ${plain}`), "OK [CAPABILITY ");
    expectResult(await direct.command(`AUTHENTICATE PLAIN ${plain}`), "BAD");
    const asked = await world.connect();
    asked.send("x1 AUTHENTICATE PLAIN");
    assert.match(await asked.readLine(), /^\+ ?$/);
    asked.send(plain);
    expectOk(await asked.finish("x1"));
  },

  "AUTHENTICATE that goes wrong leaves the session usable": async (world) => {
    const account = await world.newAccount();
    const client = await world.connect();
    for (const answer of ["*", "@@@", "AA", encodeBase64("no fields")]) {
      client.send("x1 AUTHENTICATE PLAIN");
      assert.match(await client.readLine(), /^\+/);
      client.send(answer);
      expectResult(await client.finish("x1"), "BAD");
    }
    expectResult(await client.command("AUTHENTICATE FOO"), "NO");
    const wrong = encodeBase64(`\0${account}\0wrong`);
    expectResult(await client.command(`AUTHENTICATE PLAIN ${wrong}`), "NO [AUTHENTICATIONFAILED]");
    expectResult(await client.command(`LOGIN ${account} wrong`), "NO [AUTHENTICATIONFAILED]");
    expectResult(await client.command(`LOGIN nobody@a.test ${PASSWORD}`), "NO [AUTHENTICATIONFAILED]");
    expectOk(await client.command(`LOGIN ${account} ${PASSWORD}`));
  },

  "LOGIN with quoted strings and both sorts of literals": async (world) => {
    const account = await world.newAccount();
    const size = PASSWORD.length;
    for (
      const words of [
        `"${account}" "${PASSWORD}"`,
        `{${account.length}}\r\n${account} {${size}}\r\n${PASSWORD}`,
        `{${account.length}+}\r\n${account} {${size}+}\r\n${PASSWORD}`,
      ]
    ) {
      const client = await world.connect();
      expectResult(await client.command(`LOGIN ${words}`), "OK [CAPABILITY ");
    }
  },

  "commands are refused outside their state": async (world) => {
    const client = await world.connect();
    for (const command of ["SELECT INBOX", 'LIST "" *', "FETCH 1 FLAGS", "IDLE", "APPEND INBOX {1+}\r\nx"]) {
      expectResult(await client.command(command), "BAD");
    }
    await client.ok(`LOGIN ${await world.newAccount()} ${PASSWORD}`);
    for (
      const command of [
        "FETCH 1 FLAGS",
        "STORE 1 FLAGS ()",
        "EXPUNGE",
        "CLOSE",
        "UNSELECT",
        "SEARCH ALL",
        "LOGIN a b",
      ]
    ) {
      expectResult(await client.command(command), "BAD");
    }
    await client.ok("SELECT INBOX");
    await client.ok("UNSELECT");
    expectResult(await client.command("FETCH 1 FLAGS"), "BAD");
  },

  "bad input is answered and the session goes on": async (world) => {
    const client = await world.login();
    for (
      const command of [
        "FOO",
        "NOOP x",
        "SELECT",
        "SELECT  INBOX",
        "SELECT INBOX ",
        'SELECT "INBOX',
        "SELECT inb%x",
        "UID",
        "UID NOOP",
        "NOOP\nx",
        "NO\0OP",
        "SELECT \xe4",
        `NOOP ${"x".repeat(70_000)}`,
      ]
    ) {
      expectResult(await client.command(command), "BAD");
    }
    for (const line of ["", " ", "justatag", "+ x NOOP"]) {
      client.send(line);
      assert.match(await client.readLine(), /^(\*|justatag) BAD /);
    }
    await client.ok("NOOP");
  },

  "a bare LF does not end a command": async (world) => {
    const client = await world.login();
    client.socket.write("x1 NOOP\nx2 LOGOUT\r\nx3 NOOP\r\n");
    assert.match(await client.readLine(), /^x1 BAD /);
    assert.match(await client.readLine(), /^x3 OK /);
  },

  "literals over the limit are refused and skipped": async (world) => {
    const client = await world.login();
    const huge = 50_000_000;
    expectResult(await client.command(`SELECT {${huge}}\r\nx`), "NO [TOOBIG]");
    client.socket.write(
      `x1 SELECT {2000000+}\r\n${"\r\nx9 NOOP\r\n".repeat(200_000).slice(0, 2_000_000)} foo\r\n`,
    );
    expectResult(await client.finish("x1"), "NO [TOOBIG]");
    expectResult(await client.command(`APPEND INBOX {${huge}}\r\nx`), "NO [TOOBIG]");
    await client.ok("NOOP");
    const stranger = await world.connect();
    expectResult(await stranger.command("LOGIN {100000}\r\nx"), "NO");
  },

  "too many bad commands end the session": async (world) => {
    const client = await world.connect();
    client.socket.write(Array.from({ length: 100 }, (_, i) => `x${i} FOO\r\n`).join(""));
    assert.match(await client.socket.readToEnd(), /^x0 BAD [^]*\r\n\* BYE [^\r]*\r\n$/);
  },

  "CAPABILITY names what the server can do": async (world) => {
    const client = await world.login();
    const words = only(await client.ok("CAPABILITY"), /^CAPABILITY (.*)/)[1].split(" ");
    const want =
      "IMAP4rev1 IMAP4rev2 IDLE NAMESPACE ID ENABLE UIDPLUS MOVE SASL-IR UNSELECT CHILDREN LIST-EXTENDED " +
      "LIST-STATUS SPECIAL-USE STATUS=SIZE CONDSTORE QRESYNC ESEARCH SEARCHRES QUOTA";
    for (const word of want.split(" ")) assert.ok(words.includes(word), word);
    assert.ok(words.includes("LITERAL+") || words.includes("LITERAL-"));
    assert.ok(words.some((word) => /^APPENDLIMIT=\d+$/.test(word)));
  },

  "ID, NAMESPACE, NOOP, ENABLE": async (world) => {
    const client = await world.login();
    only(await client.ok('ID ("name" "test" "version" NIL)'), /^ID \(.*"name" ".+"/i);
    only(await client.ok("ID NIL"), /^ID /);
    expectResult(await client.command("ID (a)"), "BAD");
    only(await client.ok("NAMESPACE"), /^NAMESPACE \(\("" "\/"\)\) /);
    await client.ok("NOOP");
    only(await client.ok("ENABLE CONDSTORE X-NONE"), /^ENABLED CONDSTORE$/);
    only(await client.ok("ENABLE QRESYNC"), /^ENABLED QRESYNC$/);
    expectResult(await client.command("ENABLE"), "BAD");
  },

  "LOGOUT says BYE, then OK, then ends": async (world) => {
    const client = await world.login();
    client.send("x1 LOGOUT");
    assert.match(await client.socket.readToEnd(), /^\* BYE [^\r]*\r\nx1 OK [^\r]*\r\n$/);
  },

  "pipelined commands are answered in order": async (world) => {
    const client = await world.login();
    client.socket.write(
      "p1 SELECT INBOX\r\np2 NOOP\r\np3 STATUS INBOX (MESSAGES)\r\np4 UNSELECT\r\np5 FETCH 1 UID\r\n",
    );
    const tags: string[] = [];
    while (tags.length < 5) {
      const line = await client.readLine();
      if (!line.startsWith("*")) tags.push(line.slice(0, 5).trim());
    }
    assert.deepEqual(tags, ["p1 OK", "p2 OK", "p3 OK", "p4 OK", "p5 BA"]);
  },

  "IDLE tells of new mail at once and ends by DONE alone": async (world) => {
    const [watcher, writer] = await world.loginTwice();
    await watcher.ok("SELECT INBOX");
    const idle = await watcher.idle();
    expectOk(await writer.append("INBOX", mail()));
    assert.equal(await idle.next(1000), "1 EXISTS");
    await writer.ok("SELECT INBOX");
    await writer.ok("STORE 1 +FLAGS.SILENT (\\Flagged)");
    let line = await idle.next(1000);
    if (line.endsWith("RECENT")) line = await idle.next(1000);
    assert.match(line, /^1 FETCH \(.*FLAGS \(.*\\Flagged.*\)/);
    await writer.ok("STORE 1 +FLAGS (\\Deleted)");
    assert.match(await idle.next(1000), /^1 FETCH .*\\Deleted/);
    await writer.ok("EXPUNGE");
    assert.equal(await idle.next(1000), "1 EXPUNGE");
    expectOk(await idle.done());
    expectOk(await (await watcher.idle()).done());
    await watcher.idle();
    watcher.send("NOOP");
    assert.match(await watcher.readLine(), /^(t\d+|\*) BAD /);
  },

  "a session of a removed account ends": async (world) => {
    const account = await world.newAccount();
    const client = await world.login(account);
    await client.ok("SELECT INBOX");
    assert.equal((await world.server.api("DELETE", `/api/v1/accounts/${account}`)).status < 300, true);
    client.send("x1 NOOP");
    assert.match(await client.socket.readToEnd(5000), /\* BYE /);
  },
};
