import { strict as assert } from "node:assert";
import { sleep, type TestServer } from "../support/harness.ts";
import { ImapClient } from "../support/imap_client.ts";
import { startPair } from "../support/pair.ts";

/**
 * Shared and public folders, rights, subscriptions and each reader's own \Seen, changed on both servers during a cut,
 * are the same on both after it (H07).
 */
const ANN = "ann@pair.test", BEN = "ben@pair.test", EVE = "eve@pair.test";
const RULE = '(/shared/vendor/mallard/shared-seen "false")';
const SHARED = `"#Shared/${ANN}/Work"`;
const letter = (n: number) => `Message-ID: <n${n}@out.test>\r\nSubject: n${n}\r\n\r\ntext ${n}\r\n`;

function login(server: TestServer, account: string): Promise<ImapClient> {
  return ImapClient.login(server.ports.imaps, account, "pass-word", { host: server.address, tls: true });
}

/** Resolves when LIST shows a name; it must not take 5 seconds. */
async function seen(imap: ImapClient, name: string): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    if ((await imap.ok('LIST "" #*')).some((line) => line.endsWith(` ${name}`))) return;
    await sleep(50);
  }
  assert.fail(`${name} is not seen`);
}

/** All that one user sees of others' folders on one server, in two lists: what must be, and the rest. */
async function view(server: TestServer, account: string): Promise<string[]> {
  const imap = await login(server, account);
  const lines = await imap.ok('LIST "" #* RETURN (MYRIGHTS STATUS (MESSAGES UIDNEXT UNSEEN HIGHESTMODSEQ))');
  lines.push(...await imap.ok('LSUB "" #*'), ...await imap.ok("NAMESPACE"));
  for (const name of lines.flatMap((line) => /^STATUS (#\S+)/.exec(line)?.[1] ?? [])) {
    await imap.ok(`EXAMINE ${name}`);
    const rows = await imap.ok("UID FETCH 1:* (UID FLAGS MODSEQ EMAILID)");
    // \Recent is the business of one server.
    lines.push(...rows.map((row) => `${name} ${row.replace(/ ?\\Recent/, "")}`));
    const { status } = await imap.command(`GETACL ${name}`);
    if (status === "OK") lines.push(...await imap.ok(`GETACL ${name}`));
  }
  await imap.close();
  return lines;
}

/** UIDs that one user has seen of a folder. */
async function seenUids(server: TestServer, account: string, name: string): Promise<string> {
  const imap = await login(server, account);
  await imap.ok(`EXAMINE ${name}`);
  const line = (await imap.ok("UID SEARCH SEEN")).find((one) => one.startsWith("SEARCH"))!;
  await imap.close();
  return line.slice("SEARCH".length).trim();
}

Deno.test("shared and public folders, rights, subscriptions and own \\Seen changed apart are one after the heal", async () => {
  const pair = await startPair();
  const [one, two] = pair.servers;
  const accounts = [ANN, BEN, EVE];
  const mailboxes = [...accounts, encodeURIComponent("#Pond")];
  try {
    for (const account of accounts) await one.addAccount(account);
    await pair.converged(accounts);
    const made = await one.api("POST", "/api/v1/public", { name: "Pond" });
    assert.equal(made.status, 201);
    const grant = { identifier: ANN, rights: "lrswipkxtea" };
    assert.equal((await one.api("PUT", "/api/v1/public/Pond/rights", grant)).status, 200);
    const ann = await login(one, ANN), ben = await login(two, BEN);
    await ann.ok("CREATE Work");
    await ann.ok(`SETACL Work ${BEN} lrswite`);
    await seen(ann, "#Pond");
    await ann.ok("CREATE #Pond/Ducks");
    await ann.ok(`SETACL #Pond/Ducks ${BEN} lrswitea`);
    for (const name of ["Work", "#Pond/Ducks"]) {
      await ann.ok(`SETMETADATA ${name} ${RULE}`);
      for (const n of [1, 2, 3]) assert.equal((await ann.append(name, letter(n))).status, "OK");
    }
    await seen(ben, "#Pond/Ducks");
    await seen(ben, `#Shared/${ANN}/Work`);
    await pair.converged(mailboxes);

    pair.cable.cut();
    await pair.parted();
    for (const [imap, name, uid] of [[ann, "Work", 1], [ben, SHARED, 2]] as const) {
      await imap.ok(`SELECT ${name}`);
      await imap.ok(`UID STORE ${uid} +FLAGS (\\Seen)`);
      await imap.ok(`UID STORE 3 +FLAGS (\\Flagged ${uid === 1 ? "here" : "there"})`);
    }
    for (const [imap, uid] of [[ann, 2], [ben, 3]] as const) {
      await imap.ok("SELECT #Pond/Ducks");
      await imap.ok(`UID STORE ${uid} +FLAGS (\\Seen)`);
      await imap.ok("UNSELECT");
    }
    assert.equal((await ann.append("#Pond/Ducks", letter(4))).status, "OK");
    assert.equal((await ben.append("#Pond/Ducks", letter(5))).status, "OK");
    assert.equal((await ben.append(SHARED.slice(1, -1), letter(6))).status, "OK");
    await ann.ok(`SETACL #Pond/Ducks ${EVE} lr`);
    await ben.ok("SETACL #Pond/Ducks anyone l");
    await ann.ok(`SETACL Work ${EVE} lrs`);
    await ann.ok("CREATE #Pond/Geese");
    await ben.ok("SUBSCRIBE #Pond/Ducks");
    await ben.ok(`SUBSCRIBE ${SHARED}`);
    const eve = await login(one, EVE);
    await seen(eve, `#Shared/${ANN}/Work`);
    await eve.ok(`SUBSCRIBE ${SHARED}`);
    await eve.ok(`SELECT ${SHARED}`);
    await eve.ok("UID STORE 1:2 +FLAGS (\\Seen)");
    pair.cable.mend();
    await pair.linked();
    await pair.converged(mailboxes);
    await seen(await login(two, EVE), `#Shared/${ANN}/Work`);

    for (const account of accounts) {
      const [a, b] = await Promise.all(pair.servers.map((server) => view(server, account)));
      assert.deepEqual(a, b, account);
    }
    for (const server of pair.servers) {
      assert.equal(await seenUids(server, ANN, "Work"), "1");
      assert.equal(await seenUids(server, BEN, SHARED), "2");
      assert.equal(await seenUids(server, EVE, SHARED), "1 2");
      assert.equal(await seenUids(server, ANN, "#Pond/Ducks"), "2");
      assert.equal(await seenUids(server, BEN, "#Pond/Ducks"), "3");
      assert.equal(await seenUids(server, EVE, "#Pond/Ducks"), "");
      const text = (await view(server, BEN)).join("\n");
      assert.match(text, /LSUB \(\) "\/" #Pond\/Ducks/);
      assert.match(text, /FLAGS \(\\Flagged here there\)/);
      assert.match(text, /ACL #Pond\/Ducks .*anyone l/);
      assert.match(text, /STATUS #Pond\/Ducks \(MESSAGES 5 /);
    }
    for (const imap of [ann, ben, eve]) await imap.close();
  } finally {
    await pair.remove();
  }
});
