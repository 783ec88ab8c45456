import { strict as assert } from "node:assert";
import { startServer, type TestServer } from "../support/harness.ts";
import { SmtpClient } from "../support/smtp_client.ts";
import { latin1 } from "./corpus.ts";
import { maildirMessages, mbsync } from "./mbsync.ts";
import { mustRun, programTest, temporaryFolder } from "./program.ts";

/** Programs that fetch: curl, mutt, fetchmail, getmail and mbsync, over STARTTLS and implicit TLS. */

const home = temporaryFolder();
const PASSWORD = "correct horse";
const SUBJECTS = ["one", "two", "three"];
let server: TestServer;
let accounts = 0;

Deno.test.beforeAll(async () => {
  server = await startServer();
});
Deno.test.afterAll(() => server.remove());

const textOf = (subject: string) =>
  `From: <out@else.test>\r\nTo: <x@fetch.test>\r\nSubject: message ${subject}\r\n\r\n${subject}: caf\xe9\r\n.\r\n`;

/** A fresh account with three messages. */
async function account(): Promise<string> {
  const user = `u${++accounts}@fetch.test`;
  await server.addAccount(user, PASSWORD);
  const smtp = await SmtpClient.connect(server.ports.smtp);
  await smtp.expect(250, "EHLO client.test");
  for (const subject of SUBJECTS) {
    assert.equal((await smtp.mail("out@else.test", [user], textOf(subject))).code, 250);
  }
  await smtp.close();
  return user;
}

/** Each of the three messages is there once, byte for byte after the trace headers. */
function holdsAll(texts: readonly string[]): void {
  assert.equal(texts.length, SUBJECTS.length);
  for (const subject of SUBJECTS) {
    assert.equal(texts.filter((text) => text.endsWith(textOf(subject))).length, 1, subject);
  }
}

for (const secure of [false, true]) {
  const how = secure ? "implicit TLS" : "STARTTLS";

  programTest(["curl"], `curl fetches by IMAP and POP3 over ${how}`, async () => {
    const user = await account();
    const { ports } = server;
    const common = ["-sS", "--cacert", server.caFile, "--ssl-reqd", "--user", `${user}:${PASSWORD}`];
    const imap = secure ? `imaps://localhost:${ports.imaps}` : `imap://localhost:${ports.imap}`;
    const pop = secure ? `pop3s://localhost:${ports.pop3s}` : `pop3://localhost:${ports.pop3}`;
    const curl = (...args: string[]) => mustRun("curl", [...common, ...args], { home });
    assert.ok((await curl(`${imap}/INBOX;UID=2`)).includes("Subject: message two"));
    assert.match(await curl(`${imap}/INBOX`, "-X", "SEARCH SUBJECT three"), /SEARCH 3/);
    assert.match(await curl(`${imap}/`), /"?INBOX"?/);
    assert.ok((await curl(`${pop}/1`)).includes("Subject: message one"));
    assert.equal((await curl(`${pop}/`)).trim().split("\n").length, 3);
  });

  programTest(
    ["fetchmail"],
    `fetchmail fetches by IMAP and POP3 over ${how}, and only what is new`,
    async () => {
      for (const protocol of ["imap", "pop3"] as const) {
        const user = await account();
        const folder = await Deno.makeTempDir({ dir: home });
        const port = server.ports[secure ? `${protocol}s` as const : protocol];
        await Deno.writeTextFile(
          `${folder}/rc`,
          `set idfile "${folder}/ids"\npoll localhost service ${port} proto ${protocol} ${
            protocol === "pop3" ? "uidl " : ""
          }user "${user}" password "${PASSWORD}" ${
            secure ? "ssl " : ""
          }sslproto "auto" sslcertck sslcertfile "${server.caFile}" keep mda "cat > ${folder}/mail.$$"\n`,
          { mode: 0o600 },
        );
        const env = { FETCHMAILHOME: folder };
        await mustRun("fetchmail", ["-f", `${folder}/rc`, "-v"], { home: folder, env });
        const names = [...Deno.readDirSync(folder)].map((entry) => entry.name).filter((name) =>
          /^mail\./.test(name)
        );
        assert.equal(names.length, 3);
        // fetchmail adds its own Received header, and may rewrite From and To; the body is ours.
        const bodies = names.map((name) =>
          latin1(Deno.readFileSync(`${folder}/${name}`)).split(/\r?\n\r?\n/)[1]
        );
        for (const subject of SUBJECTS) {
          assert.ok(bodies.some((body) => body.startsWith(`${subject}: caf`)), subject);
        }
      }
    },
  );

  programTest(["mutt"], `mutt reads a folder by IMAP over ${how}`, async () => {
    const user = await account();
    const folder = await Deno.makeTempDir({ dir: home });
    const port = secure ? server.ports.imaps : server.ports.imap;
    const url = `${secure ? "imaps" : "imap"}://${encodeURIComponent(user)}@localhost:${port}/INBOX`;
    await Deno.writeTextFile(
      `${folder}/muttrc`,
      `set imap_pass="${PASSWORD}"\nset ssl_starttls=yes\nset ssl_force_tls=yes\nset certificate_file="${server.caFile}"\n` +
        `set confirmappend=no\nset confirmcreate=no\nset mbox_type=mbox\nset quit=yes\nset delete=no\n` +
        `push "${
          SUBJECTS.map((_, at) => `<jump>${at + 1}<enter><copy-message>${folder}/copy<enter>`).join("")
        }<quit>"\n`,
      { mode: 0o600 },
    );
    // mutt wants a terminal; script makes one.
    await mustRun("script", ["-qec", `mutt -F ${folder}/muttrc -f ${url}`, "/dev/null"], {
      home: folder,
      env: { TERM: "xterm" },
    });
    const copied = latin1(Deno.readFileSync(`${folder}/copy`));
    for (const subject of SUBJECTS) {
      assert.ok(copied.includes(`Subject: message ${subject}\n`), subject);
    }
    assert.ok(copied.includes("two: caf\xe9\n"));
  });

  programTest(["mbsync"], `mbsync pulls over ${how}; a second run moves nothing`, async () => {
    const user = await account();
    const folder = await Deno.makeTempDir({ dir: home });
    const options = {
      host: "localhost",
      port: secure ? server.ports.imaps : server.ports.imap,
      tls: secure ? "IMAPS" as const : "STARTTLS" as const,
      caFile: server.caFile,
      user,
      password: PASSWORD,
      folder,
      home,
    };
    const files = await mbsync(options);
    assert.equal(files.length, 3);
    holdsAll(await maildirMessages(`${folder}/mail/INBOX`));
    assert.deepEqual(await mbsync(options), files);
  });
}

programTest(
  ["getmail"],
  "getmail fetches by IMAP and POP3 over implicit TLS, and only what is new",
  async () => {
    for (const protocol of ["imap", "pop3"] as const) {
      const user = await account();
      const folder = await Deno.makeTempDir({ dir: home });
      for (const part of ["cur", "new", "tmp"]) {
        await Deno.mkdir(`${folder}/mail/${part}`, {
          recursive: true,
        });
      }
      await Deno.writeTextFile(
        `${folder}/rc`,
        `[retriever]\ntype = Simple${protocol.toUpperCase()}SSLRetriever\nserver = localhost\n` +
          `port = ${server.ports[`${protocol}s` as const]}\nusername = ${user}\npassword = ${PASSWORD}\n` +
          `ca_certs = ${folder}/ca.pem\n[destination]\ntype = Maildir\npath = ${folder}/mail/\n` +
          `[options]\nread_all = false\ndelete = false\ndelivered_to = false\nreceived = false\n`,
        { mode: 0o600 },
      );
      await Deno.copyFile(server.caFile, `${folder}/ca.pem`);
      // It refuses to deliver as root.
      const uid = Deno.uid() === 0 ? 65534 : undefined;
      if (uid !== undefined) await mustRun("chown", ["-R", String(uid), folder], { home: folder });
      const options = { home: folder, uid };
      const run = () => mustRun("getmail", ["--getmaildir", folder, "--rcfile", `${folder}/rc`], options);
      await run();
      const texts = await maildirMessages(`${folder}/mail`);
      holdsAll(texts.map((text) => text.replace(/^X-getmail-[^\r]*\r\n/m, "")));
      assert.match(await run(), /0 messages \(0 bytes\) retrieved/);
    }
  },
);
