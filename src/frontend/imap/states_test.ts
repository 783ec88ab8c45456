import { strict as assert } from "node:assert";
import { LIMITS } from "../../base/limits.ts";
import { withImap } from "./harness_test.ts";

Deno.test("passwords wait for TLS (RFC 9051 §6.2.1)", () =>
  withImap(async (test) => {
    test.allowPlaintext = false;
    const connection = await test.connect(false);
    await test.play(`
      S: * OK [CAPABILITY … STARTTLS LOGINDISABLED] …
      C: a1 LOGIN alice@a.test secret
      S: a1 NO [PRIVACYREQUIRED] …
      C: a2 AUTHENTICATE PLAIN AGFsaWNlQGEudGVzdABzZWNyZXQ=
      S: a2 NO [PRIVACYREQUIRED] …
    `);
    // What is pipelined behind STARTTLS in clear text must not run under TLS.
    connection.send("a3 STARTTLS\r\na4 LOGIN alice@a.test secret\r\n");
    await test.play(`S: a3 OK …`);
    while (!connection.tls) await new Promise((resolve) => setTimeout(resolve));
    await test.play(`
      C: a5 CAPABILITY
      S: * CAPABILITY … AUTH=SCRAM-SHA-256 AUTH=SCRAM-SHA-1 AUTH=PLAIN AUTH=LOGIN
      S: a5 OK …
      C: a6 STARTTLS
      S: a6 BAD …
      C: a7 LOGIN alice@a.test secret
      S: a7 OK …
    `);
  }));

Deno.test("AUTHENTICATE knows PLAIN and LOGIN, with and without an initial response (RFC 4616, RFC 4959)", () =>
  withImap(async (test) => {
    for (let i = 0; i < 4; i++) await test.connect();
    await test.play(`
      C: a AUTHENTICATE PLAIN AGFsaWNlQGEudGVzdABzZWNyZXQ=
      S: a OK [CAPABILITY … IDLE … QRESYNC …] Logged in
      C2: a AUTHENTICATE PLAIN
      S2: +…
      C2: AGFsaWNlQGEudGVzdAB3cm9uZw==
      S2: a NO [AUTHENTICATIONFAILED] …
      C2: b AUTHENTICATE PLAIN
      S2: +…
      C2: *
      S2: b BAD …
      C2: c AUTHENTICATE PLAIN Ym9iAGFsaWNlQGEudGVzdABzZWNyZXQ=
      S2: c NO [AUTHORIZATIONFAILED] …
      C2: d AUTHENTICATE PLAIN !!!
      S2: d BAD …
      C2: e AUTHENTICATE GSSAPI
      S2: e NO …
      C3: a AUTHENTICATE LOGIN
      S3: + VXNlcm5hbWU6
      C3: YWxpY2VAYS50ZXN0
      S3: + UGFzc3dvcmQ6
      C3: c2VjcmV0
      S3: a OK …
      C4: a LOGIN {12}
      S4: + OK
      C4: alice@a.test "wrong"
      S4: a NO [AUTHENTICATIONFAILED] …
      C4: b LOGIN {12+}
      C4: alice@a.test {6+}
      C4: secret
      S4: b OK …
    `);
  }));

Deno.test("commands are refused in the wrong state and with bad arguments (RFC 3501 §6, RFC 2971)", () =>
  withImap(async (test) => {
    await test.connect();
    await test.play(String.raw`
      C: a1 SELECT INBOX
      S: a1 BAD …
      C: a2 FROBNICATE
      S: a2 BAD …
      C: a3
      S: a3 BAD …
      C:
      S: * BAD …
      C: a5 NOOP now
      S: a5 BAD …
      C: a6 LOGIN alice@a.test secret
      S: a6 OK …
      C: a7 LOGIN alice@a.test secret
      S: a7 BAD …
      C: a8 FETCH 1 FLAGS
      S: a8 BAD …
      C: a9 SELECT Nowhere
      S: a9 NO [NONEXISTENT] …
      C: b1 SELECT INBOX (QRESYNC (1 1))
      S: b1 BAD …
      C: b2 STATUS INBOX ()
      S: b2 BAD …
      C: b3 CREATE INBOX
      S: b3 NO [ALREADYEXISTS] …
      C: b4 COMPRESS LZMA
      S: b4 BAD …
      C: b5 ID NIL
      S: * ID ("name" "Mallard" "version" "1.0")
      S: b5 OK …
      C: b6 NAMESPACE
      S: * NAMESPACE (("" "/")) (("#Shared/" "/")) NIL
      S: b6 OK …
    `);
  }));

Deno.test("over-long lines and literals are refused without harm (RFC 7888)", () =>
  withImap(async (test) => {
    const connection = await test.connect();
    connection.send(`a1 NOOP ${"x".repeat(LIMITS.imapLineBytes)}\r\n`);
    await test.play(`
      S: a1 BAD …
      C: a2 LOGIN {20000}
      S: a2 NO [TOOBIG] …
      C: a3 LOGIN {5+}
      C: alice {20000+}
      S: a3 NO [TOOBIG] …
    `);
    connection.send("y".repeat(20000) + "\r\n");
    await test.play(`
      C: a4 LOGIN alice@a.test secret
      S: a4 OK …
      C: a5 SEARCH SUBJECT {2000000}
      S: a5 NO [TOOBIG] …
      C: a6 NOOP
      S: a6 OK …
    `);
  }));

Deno.test("too many bad commands end the session", () =>
  withImap(async (test) => {
    const connection = await test.connect();
    for (let i = 1; i < LIMITS.imapErrors; i++) {
      connection.send(`a${i} WHAT\r\n`);
      assert.match(await connection.line() ?? "", /BAD/);
    }
    await test.play(`
      C: z WHAT
      S: z BAD …
      S: * BYE Too many bad commands
    `);
    assert.equal(await connection.line(), null);
  }));

Deno.test("a TLS client on a clear-text port is let go with a line in the log", () =>
  withImap(async (test) => {
    const connection = await test.connect();
    connection.send(new Uint8Array([22, 3, 1, 2, 0, 1]));
    assert.equal(await connection.line(), null);
    await test.ended();
    assert.ok(test.logged.some((line) => line.includes("tls.unexpected")));
  }));

Deno.test("ENABLE names what it turned on (RFC 5161)", () =>
  withImap(async (test) => {
    await test.open();
    await test.play(`
      C: a1 ENABLE QRESYNC X-THING
      S: * ENABLED QRESYNC
      S: a1 OK …
      C: a2 ENABLE CONDSTORE IMAP4rev2 imap4rev2
      S: * ENABLED IMAP4rev2
      S: a2 OK …
    `);
  }));
