import { startServer, type TestServer } from "../support/harness.ts";
import { mustRun, programTest, temporaryFolder } from "./program.ts";

/** Python's own mail modules: smtplib, imaplib and poplib, over STARTTLS and implicit TLS. */

const home = temporaryFolder();
let server: TestServer;

Deno.test.beforeAll(async () => {
  server = await startServer();
  await server.addAccount("py@python.test", "correct horse");
});
Deno.test.afterAll(() => server.remove());

async function python(script: string): Promise<void> {
  const { ports, caFile } = server;
  const head = `
import ssl, smtplib, imaplib, poplib, time, email.message, email.policy
context = ssl.create_default_context(cafile=${JSON.stringify(caFile)})
ports = ${JSON.stringify(ports)}
user, password = "py@python.test", "correct horse"
def message(subject):
    m = email.message.EmailMessage()
    m["From"] = user; m["To"] = user; m["Subject"] = subject
    m.set_content("Grüße\\n.dot\\n")
    return m
`;
  await mustRun("python3", ["-c", head + script], { home });
}

programTest(["python3"], "smtplib submits over STARTTLS and implicit TLS", () =>
  python(`
with smtplib.SMTP("localhost", ports["submission"]) as s:
    s.starttls(context=context)
    s.login(user, password)
    assert s.send_message(message("by STARTTLS")) == {}
with smtplib.SMTP_SSL("localhost", ports["submissions"], context=context) as s:
    s.login(user, password)
    assert s.has_extn("size") and s.has_extn("8bitmime") and s.has_extn("pipelining")
    s.send_message(message("by TLS"))
    try:
        s.sendmail("somebody@else.test", [user], "Subject: forged\\r\\n\\r\\nx\\r\\n")
        raise SystemExit("a foreign sender was taken")
    except (smtplib.SMTPSenderRefused, smtplib.SMTPDataError, smtplib.SMTPRecipientsRefused):
        pass
with smtplib.SMTP("localhost", ports["smtp"]) as s:
    s.sendmail("outside@else.test", [user], message("from outside").as_bytes(policy=email.policy.SMTP))
    try:
        s.sendmail("outside@else.test", ["somebody@else.test"], "Subject: relay\\r\\n\\r\\nx\\r\\n")
        raise SystemExit("an open relay")
    except smtplib.SMTPRecipientsRefused:
        pass
`));

programTest(["python3"], "imaplib reads, writes, searches, copies, idles and expunges", () =>
  python(`
for secure in (False, True):
    if secure:
        i = imaplib.IMAP4_SSL("localhost", ports["imaps"], ssl_context=context)
    else:
        i = imaplib.IMAP4("localhost", ports["imap"])
        i.starttls(ssl_context=context)
    i.login(user, password)
    kind, (count,) = i.select("INBOX")
    assert kind == "OK" and int(count) == 3, count
    kind, (found,) = i.search(None, "SUBJECT", '"by TLS"')
    assert kind == "OK" and len(found.split()) == 1, found
    kind, data = i.fetch(found.split()[0], "(UID FLAGS BODY.PEEK[])")
    assert kind == "OK" and b"Subject: by TLS\\r\\n" in data[0][1]
    assert data[0][1].startswith(b"Return-Path: <py@python.test>\\r\\n"), data[0][1][:100]
    folder = "Filed-TLS" if secure else "Filed"
    assert i.create(folder)[0] == "OK"
    assert i.create(folder)[0] == "NO"
    kind, data = i.append(folder, "(\\\\Seen)", imaplib.Time2Internaldate(time.time()), message("appended").as_bytes(policy=email.policy.SMTP))
    assert kind == "OK" and b"APPENDUID" in data[0], data
    assert i.copy(found.split()[0].decode(), folder)[0] == "OK"
    assert i.store(found.split()[0], "+FLAGS", "\\\\Flagged")[0] == "OK"
    assert i.status(folder, "(MESSAGES UNSEEN)")[1][0].endswith(b"(MESSAGES 2 UNSEEN 1)"), i.status(folder, "(MESSAGES UNSEEN)")
    assert i.select(folder)[0] == "OK"
    assert i.store("1", "+FLAGS", "\\\\Deleted")[0] == "OK"
    assert i.expunge()[1] == [b"1"]
    names = [line for line in i.list()[1]]
    assert any(b"Filed" in line for line in names), names
    i.close(); i.logout()
`));

programTest(["python3"], "poplib lists, retrieves and deletes", () =>
  python(`
uidls = []
for secure in (False, True):
    if secure:
        p = poplib.POP3_SSL("localhost", ports["pop3s"], context=context)
    else:
        p = poplib.POP3("localhost", ports["pop3"])
        assert "STLS" in p.capa()
        p.stls(context=context)
    p.user(user); p.pass_(password)
    count, size = p.stat()
    assert count == 3, count
    uidls.append(p.uidl()[1])
    text = b"\\r\\n".join(p.retr(1)[1])
    assert b"Subject: by STARTTLS" in text and b"\\r\\n.dot" in text
    assert len(p.top(1, 0)[1]) < len(p.retr(1)[1])
    p.quit()
assert uidls[0] == uidls[1]
p = poplib.POP3_SSL("localhost", ports["pop3s"], context=context)
p.user(user); p.pass_(password)
p.dele(1); p.quit()
p = poplib.POP3_SSL("localhost", ports["pop3s"], context=context)
p.user(user); p.pass_(password)
assert [u.split()[1] for u in p.uidl()[1]] == [u.split()[1] for u in uidls[0]][1:]
p.quit()
`));

programTest(
  ["python3"],
  "logins are refused before TLS and with a wrong password, in the same words",
  () =>
    python(`
i = imaplib.IMAP4("localhost", ports["imap"])
try:
    i.login(user, password)
    raise SystemExit("a password in clear text was taken")
except imaplib.IMAP4.error as e:
    assert "PRIVACYREQUIRED" in str(e), e
answers = []
for name in (user, "nobody@python.test", "py"):
    i = imaplib.IMAP4_SSL("localhost", ports["imaps"], ssl_context=context)
    try:
        i.login(name, "wrong")
        raise SystemExit("a wrong password was taken")
    except imaplib.IMAP4.error as e:
        answers.append(str(e))
    i.logout()
assert len(set(answers)) == 1, answers
s = smtplib.SMTP("localhost", ports["submission"])
s.ehlo()
assert not s.has_extn("auth")
`),
);
