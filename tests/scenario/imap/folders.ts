import { strict as assert } from "node:assert";
import type { ImapClient } from "../../support/imap_client.ts";
import { type Dialogues, expectOk, expectResult, fill, mail, none, only } from "../../support/imap_world.ts";

/** Names that a LIST gave, with their attributes. */
async function list(client: ImapClient, args: string): Promise<Map<string, string[]>> {
  const lines = (await client.ok(args)).filter((line) => /^(LIST|LSUB) /.test(line));
  return new Map(lines.map((line) => {
    const match = /^L\w+ \(([^)]*)\) "\/" (?:"((?:[^"\\]|\\.)*)"|(\S+))/.exec(line);
    assert.ok(match, line);
    return [match[2]?.replace(/\\(.)/g, "$1") ?? match[3], match[1].split(" ").filter(Boolean)];
  }));
}

async function names(client: ImapClient, args: string): Promise<string[]> {
  return [...(await list(client, args)).keys()].sort();
}

/** CREATE, DELETE, RENAME, SUBSCRIBE, LIST and its extensions, STATUS, NAMESPACE. */
export const folderDialogues: Dialogues = {
  "CREATE, LIST, DELETE": async (world) => {
    const client = await world.login();
    expectOk(await client.command("CREATE a"));
    expectResult(await client.command("CREATE a"), "NO [ALREADYEXISTS]");
    expectResult(await client.command("CREATE INBOX"), "NO [ALREADYEXISTS]");
    expectOk(await client.command("CREATE b/c/d"));
    expectOk(await client.command("CREATE e/"));
    const found = await names(client, 'LIST "" *');
    for (const name of ["INBOX", "a", "b/c/d", "e"]) assert.ok(found.includes(name), name);
    expectOk(await client.command("DELETE a"));
    expectResult(await client.command("DELETE a"), "NO [NONEXISTENT]");
    expectResult(await client.command("DELETE INBOX"), "NO");
    assert.ok(!(await names(client, 'LIST "" *')).includes("a"));
    for (const name of ['""', '"/"', '"a//b"', '"/a"', '"a\\\\b"', "&AGE-", '"a&b"']) {
      const { status } = await client.command(`CREATE ${name}`);
      assert.ok(status !== "OK" || name === '"a\\\\b"', name);
    }
  },

  "DELETE of a folder with children keeps them": async (world) => {
    const client = await world.login();
    await client.ok("CREATE p");
    await client.ok("CREATE p/q");
    expectOk(await client.append("p", mail()));
    const { status } = await client.command("DELETE p");
    // RFC 9051 §6.3.5: it either stays as a name that cannot be selected, or the command is refused.
    const found = await list(client, 'LIST "" *');
    assert.ok(found.has("p/q"));
    if (status === "OK") {
      assert.ok(!found.has("p") || found.get("p")!.some((flag) => /\\No(nExistent|select)/.test(flag)));
      expectResult(await client.command("SELECT p"), "NO");
    } else assert.ok(found.has("p"));
    await client.ok("SELECT p/q");
  },

  "LIST patterns": async (world) => {
    const client = await world.login();
    for (const name of ["x", "x/1", "x/1/2", '"x y"', "z"]) await client.ok(`CREATE ${name}`);
    const own = async (args: string) => (await names(client, args)).filter((name) => /^[xz]/.test(name));
    assert.deepEqual(await own('LIST "" "x*"'), ["x", "x y", "x/1", "x/1/2"]);
    assert.deepEqual(await own('LIST "" "x/%"'), ["x/1"]);
    assert.deepEqual(await own('LIST "" %'), ["x", "x y", "z"]);
    assert.deepEqual(await own('LIST "" "%/%/%"'), ["x/1/2"]);
    assert.deepEqual(await own('LIST "x/" "%"'), ["x/1"]);
    assert.deepEqual(await own('LIST "" "*2"'), ["x/1/2"]);
    assert.deepEqual(await own('LIST "" "nope"'), []);
    assert.deepEqual(await names(client, 'LIST "" inbox'), ["INBOX"]);
    assert.deepEqual(await names(client, 'LIST "" "INB%"'), ["INBOX"]);
    only(await client.ok('LIST "" ""'), /^LIST \(\\Noselect\) "\/" ""$/i);
  },

  "LIST: children and many patterns": async (world) => {
    const client = await world.login();
    for (const name of ["x", "x/1", "y"]) await client.ok(`CREATE ${name}`);
    const found = await list(client, 'LIST "" (x y x/%) RETURN (CHILDREN)');
    assert.deepEqual([...found.keys()].sort(), ["x", "x/1", "y"]);
    assert.ok(found.get("x")!.includes("\\HasChildren"));
    assert.ok(found.get("x/1")!.includes("\\HasNoChildren"));
    assert.ok(found.get("y")!.includes("\\HasNoChildren"));
    expectResult(await client.command('LIST (FOO) "" *'), "BAD");
    expectResult(await client.command('LIST (RECURSIVEMATCH) "" *'), "BAD");
    expectResult(await client.command('LIST "" () RETURN (CHILDREN)'), "BAD");
  },

  "subscriptions: LSUB, LIST (SUBSCRIBED), RECURSIVEMATCH, and names without folder": async (world) => {
    const client = await world.login();
    for (const name of ["s", "s/t", "u"]) await client.ok(`CREATE ${name}`);
    for (const name of ["s/t", "u"]) await client.ok(`SUBSCRIBE ${name}`);
    const own = (all: Iterable<string>) => [...all].filter((name) => /^[su]/.test(name)).sort();
    assert.deepEqual(own(await names(client, 'LSUB "" *')), ["s/t", "u"]);
    const subscribed = await list(client, 'LIST (SUBSCRIBED) "" *');
    assert.deepEqual(own(subscribed.keys()), ["s/t", "u"]);
    assert.ok(subscribed.get("u")!.includes("\\Subscribed"));
    const returned = await list(client, 'LIST "" (s s/t) RETURN (SUBSCRIBED)');
    assert.ok(!returned.get("s")!.includes("\\Subscribed") && returned.get("s/t")!.includes("\\Subscribed"));
    const lines = await client.ok('LIST (SUBSCRIBED RECURSIVEMATCH) "" "%"');
    only(lines, /^LIST \([^)]*\) "\/" s \(\W*CHILDINFO\W* \("SUBSCRIBED"\)\)$/);
    assert.deepEqual((await list(client, 'LSUB "" "s%"')).get("s"), ["\\Noselect"]);
    await client.ok("DELETE u");
    assert.ok((await list(client, 'LIST (SUBSCRIBED) "" *')).get("u")?.includes("\\NonExistent"));
    await client.ok("UNSUBSCRIBE u");
    assert.deepEqual(own(await names(client, 'LSUB "" *')), ["s/t"]);
  },

  "RENAME takes children and messages along; INBOX stays": async (world) => {
    const client = await world.login();
    await client.ok("CREATE a/b");
    await client.ok("CREATE taken");
    await fill(client, "a/b", 2);
    const before = only(await client.ok("STATUS a/b (UIDVALIDITY UIDNEXT MESSAGES)"), /\((.*)\)/)[1];
    await client.ok("RENAME a c");
    const found = await names(client, 'LIST "" *');
    assert.ok(found.includes("c/b") && !found.includes("a/b") && !found.includes("a"));
    assert.equal(only(await client.ok("STATUS c/b (UIDVALIDITY UIDNEXT MESSAGES)"), /\((.*)\)/)[1], before);
    expectResult(await client.command("RENAME c taken"), "NO [ALREADYEXISTS]");
    expectResult(await client.command("RENAME none x"), "NO [NONEXISTENT]");
    expectResult(await client.command("RENAME c c/d"), "NO");
    await client.ok("RENAME c/b deep/er/b");
    await client.ok("SELECT deep/er/b");
    await client.ok("UNSELECT");
    await fill(client, "INBOX", 2);
    await client.ok("CREATE INBOX/kept");
    await client.ok("RENAME INBOX old");
    only(await client.ok("STATUS INBOX (MESSAGES)"), /MESSAGES 0/);
    only(await client.ok("STATUS old (MESSAGES)"), /MESSAGES 2/);
    assert.ok((await names(client, 'LIST "" *')).includes("INBOX/kept"));
  },

  "folder names: modified UTF-7, UTF-8 after ENABLE, INBOX in any case": async (world) => {
    const account = await world.newAccount();
    const client = await world.login(account);
    await client.ok("CREATE Entw&APw-rfe");
    await client.ok('CREATE "R&-D"');
    expectResult(await client.command('CREATE "Entw\xc3\xbcrfe"'), "BAD");
    only(await client.ok('LIST "" Entw*'), /^LIST \(.*\) "\/" "?Entw&APw-rfe"?$/);
    await client.ok("SELECT iNbOx");
    await client.ok("UNSELECT");
    only(await client.ok("STATUS inbox (MESSAGES)"), /^STATUS INBOX /);
    const modern = await world.login(account);
    only(await modern.ok("ENABLE IMAP4rev2"), /^ENABLED IMAP4REV2$/i);
    only(await modern.ok('LIST "" "Entw\xc3\xbc*"'), /^LIST \(.*\) "\/" "Entw\xc3\xbcrfe"$/);
    only(await modern.ok('LIST "" "R&D"'), /^LIST \(.*\) "\/" "?R&D"?$/);
    await modern.ok('SELECT "Entw\xc3\xbcrfe"');
    expectResult(await modern.command('SELECT "\xe4"'), "BAD");
  },

  "special use: LIST shows it, CREATE sets it": async (world) => {
    const client = await world.login();
    const { status } = await client.command("CREATE MySent (USE (\\Sent))");
    const all = await list(client, 'LIST "" * RETURN (SPECIAL-USE)');
    const uses = [...all.values()].flat().filter((flag) => /^\\(Sent|Drafts|Trash|Junk|Archive)$/.test(flag));
    assert.equal(new Set(uses).size, uses.length, "each use once");
    if (status === "OK") assert.ok(all.get("MySent")!.includes("\\Sent"));
    const special = await list(client, 'LIST (SPECIAL-USE) "" *');
    for (const flags of special.values()) assert.ok(flags.some((flag) => uses.includes(flag)));
    assert.ok(special.size > 0);
    expectResult(await client.command("CREATE x (USE (\\Foo))"), "NO [USEATTR]");
  },

  "STATUS tells every item, also of the selected folder": async (world) => {
    const client = await world.login();
    await client.ok("CREATE s");
    const [first, second] = [mail("m1"), mail("m2", "longer body\r\n")];
    expectOk(await client.append("s", first, "(\\Seen \\Deleted)"));
    expectOk(await client.append("s", second));
    const items =
      "MESSAGES UIDNEXT UIDVALIDITY UNSEEN DELETED SIZE HIGHESTMODSEQ RECENT APPENDLIMIT MAILBOXID";
    const line = only(await client.ok(`STATUS s (${items})`), /^STATUS s \((.*)\)$/)[1];
    const value = (item: string) => new RegExp(`(?:^| )${item} (\\S+)`).exec(line)?.[1];
    assert.equal(value("MESSAGES"), "2");
    assert.equal(value("UIDNEXT"), "3");
    assert.equal(value("UNSEEN"), "1");
    assert.equal(value("DELETED"), "1");
    assert.equal(value("SIZE"), String(first.length + second.length));
    assert.ok(Number(value("UIDVALIDITY")) > 0 && Number(value("HIGHESTMODSEQ")) > 0);
    await client.ok("SELECT s");
    only(await client.ok("STATUS s (MESSAGES UNSEEN)"), /^STATUS s \(MESSAGES 2 UNSEEN 1\)$/);
    expectResult(await client.command("STATUS none (MESSAGES)"), "NO [NONEXISTENT]");
    expectResult(await client.command("STATUS s ()"), "BAD");
    expectResult(await client.command("STATUS s (FOO)"), "BAD");
  },

  "LIST RETURN (STATUS) (RFC 5819)": async (world) => {
    const client = await world.login();
    await client.ok("CREATE s");
    await fill(client, "s", 2);
    const lines = await client.ok('LIST "" (s INBOX) RETURN (STATUS (MESSAGES UNSEEN))');
    only(lines, /^LIST \(.*\) "\/" s$/);
    only(lines, /^STATUS s \(MESSAGES 2 UNSEEN 2\)$/);
    only(lines, /^STATUS INBOX \(MESSAGES 0 UNSEEN 0\)$/);
  },

  "SELECT: what it tells, in both revisions": async (world) => {
    const account = await world.newAccount();
    const client = await world.login(account);
    await fill(client, "INBOX", 2);
    const result = expectResult(await client.command("SELECT INBOX"), "OK [READ-WRITE]");
    only(result.untagged, /^2 EXISTS$/);
    only(result.untagged, /^2 RECENT$/);
    only(result.untagged, /^FLAGS \(.*\\Seen.*\)$/);
    only(result.untagged, /^OK \[PERMANENTFLAGS \(.*\\\*\)\]/);
    only(result.untagged, /^OK \[UIDVALIDITY \d+\]/);
    only(result.untagged, /^OK \[UIDNEXT 3\]/);
    only(result.untagged, /^OK \[UNSEEN 1\]/);
    only(result.untagged, /^OK \[HIGHESTMODSEQ \d+\]/);
    const again = expectResult(await client.command("EXAMINE INBOX"), "OK [READ-ONLY]");
    only(again.untagged, /^OK \[CLOSED\]/);
    only(again.untagged, /^OK \[PERMANENTFLAGS \(\)\]/);
    expectResult(await client.command("SELECT none"), "NO [NONEXISTENT]");
    expectResult(await client.command("FETCH 1 FLAGS"), "BAD");
    const modern = await world.login(account);
    await modern.ok("ENABLE IMAP4rev2");
    const { untagged } = expectOk(await modern.command("SELECT INBOX"));
    none(untagged, /RECENT|UNSEEN/);
    only(untagged, /^LIST \(.*\) "\/" "?INBOX"?$/);
  },
};
