import { strict as assert } from "node:assert";
import { ImapClient } from "../support/imap_client.ts";
import { startServer, type TestServer } from "../support/harness.ts";
import { mustRun, programTest, runProgram, temporaryFolder } from "./program.ts";

/** Programs that send: curl, swaks, msmtp and mutt, over STARTTLS and implicit TLS. */

const home = temporaryFolder();
const USER = "sender@send.test";
const PASSWORD = "correct horse";
let server: TestServer;

Deno.test.beforeAll(async () => {
  server = await startServer();
  await server.addAccount(USER, PASSWORD);
  await server.addAccount("friend@send.test", PASSWORD);
});
Deno.test.afterAll(() => server.remove());

/** Waits until the friend's INBOX holds exactly one message with the subject. */
async function arrived(subject: string): Promise<string> {
  const imap = await ImapClient.login(server.ports.imaps, "friend@send.test", PASSWORD, { tls: true });
  await imap.ok("SELECT INBOX");
  const [found] = await imap.ok(`SEARCH SUBJECT "${subject}"`);
  assert.match(found, /^SEARCH \d+$/, `${subject}: ${found}`);
  const [body] = await imap.ok(`FETCH ${found.slice("SEARCH ".length)} BODY.PEEK[]`);
  await imap.close();
  return body;
}

const text = (subject: string) =>
  `From: <${USER}>\r\nTo: <friend@send.test>\r\nSubject: ${subject}\r\n\r\nHello\r\n.\r\n..\r\nthere\r\n`;

for (const secure of [false, true]) {
  const how = secure ? "implicit TLS" : "STARTTLS";
  const port = () => secure ? server.ports.submissions : server.ports.submission;

  programTest(["curl"], `curl submits over ${how}`, async () => {
    const subject = `curl ${how}`;
    await Deno.writeTextFile(`${home}/curl.eml`, text(subject));
    const url = `${secure ? "smtps" : "smtp"}://localhost:${port()}/client.test`;
    const args = [
      "-sS",
      "--cacert",
      server.caFile,
      "--ssl-reqd",
      "--url",
      url,
      "--user",
      `${USER}:${PASSWORD}`,
    ];
    await mustRun("curl", [
      ...args,
      "--mail-from",
      USER,
      "--mail-rcpt",
      "friend@send.test",
      "-T",
      `${home}/curl.eml`,
    ], {
      home,
    });
    assert.ok((await arrived(subject)).includes("Hello\r\n.\r\n..\r\nthere\r\n"));
  });

  programTest(["swaks"], `swaks submits over ${how} with PLAIN and LOGIN`, async () => {
    for (const mechanism of ["PLAIN", "LOGIN"]) {
      const subject = `swaks ${how} ${mechanism}`;
      await mustRun("swaks", [
        "--server",
        "localhost",
        "--port",
        String(port()),
        secure ? "--tls-on-connect" : "--tls",
        "--tls-verify",
        "--tls-ca-path",
        server.caFile,
        "--auth",
        mechanism,
        "--auth-user",
        USER,
        "--auth-password",
        PASSWORD,
        "--from",
        USER,
        "--to",
        "friend@send.test",
        "--header",
        `Subject: ${subject}`,
      ], { home });
      await arrived(subject);
    }
  });

  programTest(["msmtp"], `msmtp submits over ${how}`, async () => {
    const subject = `msmtp ${how}`;
    const file = `${home}/msmtprc-${secure}`;
    await Deno.writeTextFile(
      file,
      `account default\nhost localhost\nport ${port()}\ntls on\ntls_starttls ${secure ? "off" : "on"}\n` +
        `tls_trust_file ${server.caFile}\nauth plain\nuser ${USER}\npassword ${PASSWORD}\nfrom ${USER}\n`,
      { mode: 0o600 },
    );
    await mustRun("msmtp", ["-C", file, "friend@send.test"], {
      home,
      input: text(subject).replaceAll("\r\n", "\n"),
    });
    assert.ok((await arrived(subject)).includes("Hello\r\n.\r\n..\r\nthere\r\n"));
  });

  programTest(["mutt"], `mutt submits over ${how}`, async () => {
    const subject = `mutt ${how}`;
    const file = `${home}/muttrc-${secure}`;
    const user = encodeURIComponent(USER);
    await Deno.writeTextFile(
      file,
      `set from="${USER}"\nset smtp_url="${secure ? "smtps" : "smtp"}://${user}@localhost:${port()}/"\n` +
        `set smtp_pass="${PASSWORD}"\nset smtp_authenticators="plain"\nset ssl_starttls=yes\nset ssl_force_tls=yes\n` +
        `set certificate_file="${server.caFile}"\nset copy=no\n`,
      { mode: 0o600 },
    );
    await mustRun("mutt", ["-F", file, "-s", subject, "--", "friend@send.test"], {
      home,
      input: "Hello from mutt\n",
    });
    assert.ok((await arrived(subject)).includes("Hello from mutt"));
  });
}

programTest(["swaks"], "swaks meets AUTH on port 25 only where it is switched on", async () => {
  const args = (port: number) => [
    "--server",
    "localhost",
    "--port",
    String(port),
    "--tls",
    "--auth",
    "PLAIN",
    "--auth-user",
    USER,
    "--auth-password",
    PASSWORD,
    "--from",
    USER,
    "--to",
    "friend@send.test",
    "--header",
    "Subject: auth on 25",
  ];
  const off = await runProgram("swaks", args(server.ports.smtp), { home });
  assert.notEqual(off.code, 0);
  assert.doesNotMatch(off.stdout, /250[ -]AUTH/);
  const other = await startServer({ listeners: { smtp: { auth: true } } });
  try {
    await other.addAccount(USER, PASSWORD);
    await other.addAccount("friend@send.test", PASSWORD);
    const on = await runProgram("swaks", args(other.ports.smtp), { home });
    assert.equal(on.code, 0, on.stdout);
    assert.match(on.stdout, /250[ -]AUTH /);
  } finally {
    await other.remove();
  }
});
