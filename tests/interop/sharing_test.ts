import { strict as assert } from "node:assert";
import type { TestServer } from "../support/harness.ts";
import { mail, only } from "../support/imap_world.ts";
import { latin1 } from "./corpus.ts";
import { maildirMessages, mbsync } from "./mbsync.ts";
import { mustRun, programTest, temporaryFolder } from "./program.ts";
import { GUEST, openImap, PASSWORD, PUBLIC, SHARED, startSharing } from "./sharing_setup.ts";

/** Mail programs list and use `#Shared/` and a public namespace (H01, RFC 2342): each reads there and writes there. */

const home = temporaryFolder();
let server: TestServer;

Deno.test.beforeAll(async () => {
  server = await startSharing();
});
Deno.test.afterAll(() => server.remove());

/** How many messages a folder has, and how many of them have this flag or lack it. */
async function count(folder: string, key: string): Promise<number> {
  const imap = await openImap(server, GUEST);
  await imap.ok(`EXAMINE ${folder}`);
  const [, found] = only(await imap.ok(`SEARCH ${key}`), /^SEARCH ?(.*)$/);
  await imap.close();
  return found.split(" ").filter(Boolean).length;
}

programTest(
  ["mbsync"],
  "mbsync lists shared and public folders, pulls them, and pushes into them",
  async () => {
    const folder = await Deno.makeTempDir({ dir: home });
    const options = {
      host: "localhost",
      port: server.ports.imaps,
      tls: "IMAPS" as const,
      caFile: server.caFile,
      user: GUEST,
      password: PASSWORD,
      folder,
      home,
      sync: "All" as const,
    };
    await mbsync(options);
    for (const [name, subject] of [["INBOX", "of my own"], [SHARED, "of Ann's"], [PUBLIC, "of the public"]]) {
      const messages = await maildirMessages(`${folder}/mail/${name}`);
      assert.equal(messages.filter((text) => text.includes(`Subject: ${subject}\r\n`)).length, 1, name);
    }
    for (const name of [SHARED, PUBLIC]) {
      const before = await count(name, "ALL");
      const text = mail("by mbsync").replaceAll("\r\n", "\n");
      await Deno.writeTextFile(`${folder}/mail/${name}/cur/1.new.host:2,FS`, text);
      await mbsync(options);
      assert.equal(await count(name, "ALL"), before + 1, name);
      assert.equal(await count(name, 'FLAGGED SEEN SUBJECT "by mbsync"'), 1, name);
    }
  },
);

programTest(["offlineimap"], "offlineimap lists shared and public folders and syncs both ways", async () => {
  const folder = await Deno.makeTempDir({ dir: home });
  await Deno.writeTextFile(
    `${folder}/rc`,
    `[general]
accounts = a
metadata = ${folder}/state
ui = basic
socktimeout = 20
[Account a]
localrepository = near
remoterepository = far
[Repository near]
type = Maildir
localfolders = ${folder}/mail
sep = /
[Repository far]
type = IMAP
remotehost = localhost
remoteport = ${server.ports.imaps}
remoteuser = ${GUEST}
remotepass = ${PASSWORD}
ssl = yes
sslcacertfile = ${server.caFile}
createfolders = no
`,
    { mode: 0o600 },
  );
  const sync = () => mustRun("offlineimap", ["-o", "-c", `${folder}/rc`], { home: folder });
  await sync();
  for (const [name, subject] of [["INBOX", "of my own"], [SHARED, "of Ann's"], [PUBLIC, "of the public"]]) {
    const messages = await maildirMessages(`${folder}/mail/${name}`);
    assert.equal(messages.filter((text) => text.includes(`Subject: ${subject}\r\n`)).length, 1, name);
  }
  for (const name of [SHARED, PUBLIC]) {
    const before = await count(name, "ALL");
    await Deno.writeTextFile(
      `${folder}/mail/${name}/cur/1.new.host:2,FS`,
      mail("by offlineimap").replaceAll("\r\n", "\n"),
    );
    await sync();
    assert.equal(await count(name, "ALL"), before + 1, name);
    assert.equal(await count(name, 'FLAGGED SEEN SUBJECT "by offlineimap"'), 1, name);
  }
});

programTest(["mutt"], "mutt lists shared and public folders, reads, flags and copies there", async () => {
  const folder = await Deno.makeTempDir({ dir: home });
  const root = `imaps://${encodeURIComponent(GUEST)}@localhost:${server.ports.imaps}/`;
  const rc = async (keys: string) => {
    await Deno.writeTextFile(
      `${folder}/muttrc`,
      `set imap_pass="${PASSWORD}"\nset ssl_force_tls=yes\nset certificate_file="${server.caFile}"\n` +
        `set folder="${root}"\nset imap_delim_chars=/\nset imap_check_subscribed=yes\n` +
        `set confirmappend=no\nset confirmcreate=no\nset mbox_type=mbox\nset quit=yes\nset delete=no\n` +
        `push "${keys}"\n`,
      { mode: 0o600 },
    );
  };
  const mutt = (url: string) =>
    mustRun("script", ["-qec", `mutt -F ${folder}/muttrc -f '${url}'`, "/dev/null"], {
      home: folder,
      env: { TERM: "xterm" },
      timeoutMs: 20_000,
    });
  // Its list of subscribed folders is drawn once no key waits; then it is left.
  await rc("<change-folder>?<toggle-mailboxes>");
  const keys = `(sleep 2; printf q; sleep 0.5; printf q; sleep 0.5)`;
  const open = `mutt -F ${folder}/muttrc -f '${root}INBOX'`;
  const screen = await mustRun("sh", ["-c", `${keys} | script -qec "${open}" /dev/null`], {
    home: folder,
    env: { TERM: "xterm" },
    timeoutMs: 20_000,
  });
  for (const name of [SHARED, PUBLIC]) assert.ok(screen.includes(name), screen);
  for (const [name, subject] of [[SHARED, "of Ann's"], [PUBLIC, "of the public"]]) {
    const own = await count("INBOX", "ALL");
    await rc(
      `<limit>~s '${
        subject.slice(0, 6)
      }'<enter><flag-message><copy-message>${folder}/copy<enter><copy-message>=INBOX<enter><quit>`,
    );
    await mutt(root + name);
    assert.ok(latin1(Deno.readFileSync(`${folder}/copy`)).includes(`Subject: ${subject}\n`), name);
    assert.equal(await count("INBOX", "ALL"), own + 1, name);
    assert.equal(await count(name, `FLAGGED SUBJECT "${subject}"`), 1, name);
  }
});
