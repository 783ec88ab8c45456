import { strict as assert } from "node:assert";
import { type TestServer } from "../support/harness.ts";
import { ImapClient } from "../support/imap_client.ts";
import { ServerClosed } from "../support/line_socket.ts";
import { startPair } from "../support/pair.ts";

/** A folder that several people use on both servers at once, and rights that are taken from them (H07, H10). */
const OWNER = "ann@pair.test", GUEST = "ben@pair.test", READER = "eve@pair.test";
const SHARED = `"#Shared/${OWNER}/Work"`;
/** Messages that each client puts into the folder. */
const EACH = 15;
const letter = (subject: string) =>
  `Message-ID: <${subject}@out.test>\r\nSubject: ${subject}\r\n\r\ntext\r\n`;

function login(server: TestServer, account: string): Promise<ImapClient> {
  return ImapClient.login(server.ports.imaps, account, "pass-word", { host: server.address, tls: true });
}

/** What one client does: messages come, each gets a word of its own on top of everybody's, some are removed. */
async function work(imap: ImapClient, folder: string, who: string): Promise<void> {
  await imap.ok(`SELECT "${folder}"`);
  for (let i = 0; i < EACH; i++) {
    assert.equal((await imap.append(folder, letter(`${who}-${i}`))).status, "OK");
    await imap.ok(`UID STORE 1:5 +FLAGS (${who})`);
    await imap.ok(`UID STORE 1:5 ${i % 2 ? "+" : "-"}FLAGS.SILENT (\\Flagged)`);
    if (i % 3 === 0 && i > 0) {
      const lines = await imap.ok(`UID SEARCH SUBJECT "${who}-${i - 3}"`);
      const uid = /^SEARCH (\d+)$/m.exec(lines.join("\n"))?.[1];
      assert.ok(uid, `${who}-${i - 3} is found: ${lines}`);
      await imap.ok(`UID STORE ${uid} +FLAGS (\\Deleted)`);
      await imap.ok(`UID EXPUNGE ${uid}`);
    }
  }
  await imap.close();
}

/** Subjects, UIDs and flags as a client of one server sees them. */
async function rows(server: TestServer, account: string, folder: string): Promise<string[]> {
  const imap = await login(server, account);
  await imap.ok(`EXAMINE "${folder}"`);
  const lines = await imap.ok("FETCH 1:* (UID FLAGS BODY.PEEK[HEADER.FIELDS (SUBJECT)])");
  await imap.close();
  return lines.map((line) => line.replace(/ ?\\Recent/, "").replace("( ", "("));
}

/** A client that polls with the folder open; what it was told stands in `lines` with the time that it asked. */
async function poll(imap: ImapClient, lines: { askedMs: number; text: string }[]): Promise<void> {
  try {
    for (let round = 0;; round++) {
      const askedMs = performance.now();
      const question = round % 2 ? "FETCH 1:* (UID FLAGS)" : "UID FETCH 1:* (UID BODY.PEEK[])";
      const { untagged } = await imap.command(question);
      lines.push(...untagged.map((text) => ({ askedMs, text })));
    }
  } catch (error) {
    if (!(error instanceof ServerClosed) && !/BYE|Socket|EPIPE|reset/i.test((error as Error).message)) {
      throw error;
    }
  }
}

/** Reads an IDLE up to the end of the connection: its lines, and when the last one came. */
async function idleUntilEnd(imap: ImapClient): Promise<{ lines: string[]; endMs: number }> {
  const lines: string[] = [];
  try {
    for (;;) lines.push(await imap.readLine(30_000));
  } catch (error) {
    if (!(error instanceof ServerClosed)) throw error;
  }
  return { lines, endMs: performance.now() };
}

Deno.test("a folder is shared on one server and used on both at once; a right that is revoked is gone at once", async (t) => {
  const pair = await startPair();
  const accounts = [OWNER, GUEST, READER];
  try {
    for (const account of accounts) await pair.servers[0].addAccount(account);
    await pair.converged(accounts);
    const owners = await Promise.all(pair.servers.map((server) => login(server, OWNER)));
    await owners[0].ok("CREATE Work");
    for (let i = 0; i < 5; i++) {
      assert.equal((await owners[0].append("Work", letter(`old-${i}`))).status, "OK");
    }
    await owners[0].ok(`SETACL Work ${GUEST} lrswite`);
    await pair.converged(accounts);

    await t.step("owner and guest on both servers at once", async () => {
      const clients = await Promise.all(
        pair.servers.flatMap((server, i) => [
          login(server, OWNER).then((imap) => ({ imap, folder: "Work", who: `ann${i}` })),
          login(server, GUEST).then((imap) => ({ imap, folder: `#Shared/${OWNER}/Work`, who: `ben${i}` })),
        ]),
      );
      await Promise.all(clients.map(({ imap, folder, who }) => work(imap, folder, who)));
      await pair.converged(accounts);
      const views = await Promise.all(
        pair.servers.flatMap((server) => [
          rows(server, OWNER, "Work"),
          rows(server, GUEST, `#Shared/${OWNER}/Work`),
        ]),
      );
      for (const view of views) assert.deepEqual(view, views[0]);
      const text = views[0].join("\n");
      for (const { who } of clients) {
        for (let i = 0; i < EACH; i++) {
          const gone = i % 3 === 0 && i + 3 < EACH;
          assert.equal(text.split(`Subject: ${who}-${i}\r\n`).length, gone ? 1 : 2, `${who}-${i}`);
        }
      }
      for (let i = 0; i < 5; i++) {
        const line = views[0].find((row) => row.includes(`Subject: old-${i}\r\n`))!;
        for (const { who } of clients) assert.match(line, new RegExp(`\\b${who}\\b`), line);
      }
    });

    for (const [at, owner] of owners.entries()) {
      await t.step(`revoked on server ${at + 1}`, async () => {
        await owner.ok(`SETACL Work ${READER} lr`);
        await pair.converged(accounts);
        const polled = pair.servers.map(() => [] as { askedMs: number; text: string }[]);
        const idle = await Promise.all(pair.servers.map(async (server) => {
          const imap = await login(server, READER);
          await imap.ok(`SELECT ${SHARED}`);
          await imap.idle();
          return imap;
        }));
        const polling = await Promise.all(pair.servers.map(async (server, i) => {
          const imap = await login(server, READER);
          await imap.ok(`SELECT ${SHARED}`);
          return { imap, ended: poll(imap, polled[i]) };
        }));
        while (polled.some((lines) => lines.length < 100)) {
          await new Promise((resolve) => setTimeout(resolve, 10));
        }
        const ending = idle.map(idleUntilEnd);
        await owner.ok(`DELETEACL Work ${READER}`);
        const revokedMs = performance.now();
        assert.equal((await owner.append("Work", letter(`secret-${at}`))).status, "OK");
        const late = await login(pair.servers[at], READER);
        assert.equal((await late.command(`SELECT ${SHARED}`)).status, "NO");
        assert.deepEqual(await late.ok('LIST "" #Shared/*'), []);

        const ends = await Promise.all(ending);
        await Promise.all(polling.map(({ ended }) => ended));
        for (const { lines } of ends) assert.match(lines.at(-1) ?? "", /^\* BYE You may no longer read/);
        // On the server that revoked it nothing is told any more from the moment of the answer.
        assert.ok(!ends[at].lines.some((line) => line.includes("EXISTS")), ends[at].lines.join("\n"));
        const after = polled[at].filter(({ askedMs, text }) =>
          askedMs > revokedMs && !text.startsWith("BYE")
        );
        assert.deepEqual(after.map(({ text }) => text.slice(0, 80)), []);
        // What came after it nobody is told, wherever.
        for (const lines of polled) assert.ok(!lines.some(({ text }) => text.includes(`secret-${at}`)));
        const waited = ends.map(({ endMs }) => `${Math.round(endMs - revokedMs)} ms`);
        console.log(
          `revoked on server ${at + 1}: sessions on servers 1 and 2 ended ${
            waited.join(" and ")
          } after the answer`,
        );
        assert.ok(ends[at].endMs - revokedMs < 5_000, `the right is gone within 5 s: ${waited}`);
        const there = await login(pair.servers[1 - at], READER);
        assert.equal((await there.command(`SELECT ${SHARED}`)).status, "NO");
        for (const imap of [late, there, ...idle, ...polling.map(({ imap }) => imap)]) await imap.close();
      });
    }
    for (const imap of owners) await imap.close();
  } finally {
    await pair.remove();
  }
});
