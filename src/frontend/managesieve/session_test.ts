import { strict as assert } from "node:assert";
import { fromLatin1, fromUtf8, latin1, utf8 } from "../../base/bytes.ts";
import { seededRandom } from "../../base/id.ts";
import { LIMITS } from "../../base/limits.ts";
import { encodeBase64, formatPlain } from "../../codec/text/sasl.ts";
import type { FakeConnection } from "../../../tests/support/fake_connection.ts";
import { type LocalWorld, PASSWORD, withWorld } from "../../../tests/support/local_world.ts";
import { ScramClient } from "../../../tests/support/scram.ts";
import type { ListenerSettings } from "../context.ts";
import { serveManageSieve } from "./server.ts";

const ALICE = "alice@a.test";
const CLEAR: Partial<ListenerSettings> = { protocol: "managesieve", port: 4190, tls: "starttls" };
const SECURE: Partial<ListenerSettings> = { protocol: "managesieve", port: 4190, tls: "implicit" };
const BAD_SCRIPT = 'keep;\r\nNoSuchCommand;\r\nnor "this";\r\n';

/** All lines up to and with the last one of an answer, as text; literals are part of it. */
async function answer(connection: FakeConnection): Promise<string> {
  let text = "";
  for (;;) {
    const line = await connection.line();
    if (line === null) return text + "(closed)";
    text += line;
    if (/^(?:OK|NO|BYE)\b/m.test(text) && !/\{\d+\}$/.test(text)) {
      const literal = /^(?:OK|NO|BYE)\b.*\{(\d+)\}\r\n([^]*)$/m.exec(text);
      if (!literal || literal[2].length >= Number(literal[1])) return fromUtf8(latin1(text));
    }
    text += "\r\n";
  }
}

async function ask(connection: FakeConnection, command: string, want: RegExp): Promise<string> {
  connection.send(utf8(command + "\r\n"));
  const got = await answer(connection);
  assert.match(got, want, command);
  return got;
}

const plain = (login = ALICE, password = PASSWORD) =>
  encodeBase64(formatPlain({ authzid: "", authcid: login, password }));

function put(name: string, content: string): string {
  return `PUTSCRIPT "${name}" {${utf8(content).length}+}\r\n${content}`;
}

async function logIn(world: LocalWorld): Promise<FakeConnection> {
  const connection = world.connect(serveManageSieve, SECURE);
  await answer(connection);
  await ask(connection, `AUTHENTICATE "PLAIN" "${plain()}"`, /^OK "logged in"$/);
  return connection;
}

function withAlice(body: (world: LocalWorld) => Promise<void>): Promise<void> {
  return withWorld(async (world) => {
    await world.account(ALICE);
    await body(world);
  });
}

Deno.test("ManageSieve: capabilities before TLS, after it and after login; nothing pipelined survives STARTTLS", () =>
  withAlice(async (world) => {
    const connection = world.connect(serveManageSieve, CLEAR);
    const first = await answer(connection);
    assert.match(first, /^"IMPLEMENTATION" "Mallard 1\.0"\r\n"SIEVE" "[^"]*fileinto/);
    assert.match(first, /\r\n"SASL" ""\r\n"MAXREDIRECTS" "10"\r\n"VERSION" "1\.0"\r\n"STARTTLS"\r\nOK "/);
    await ask(connection, `AUTHENTICATE "PLAIN" "${plain()}"`, /^NO \(ENCRYPT-NEEDED\)/);
    for (const command of ["LISTSCRIPTS", "UNAUTHENTICATE", 'GETSCRIPT "x"', put("x", "keep;")]) {
      await ask(connection, command, /^NO "log in first"/);
    }
    connection.send(`STARTTLS\r\nAUTHENTICATE "PLAIN" "${plain()}"\r\nPUTSCRIPT "evil" {9+}\r\nke`);
    assert.match(await answer(connection), /^OK "begin TLS/);
    const second = await answer(connection);
    assert.match(second, /"SASL" "SCRAM-SHA-256 SCRAM-SHA-1 PLAIN LOGIN"/);
    assert.doesNotMatch(second, /STARTTLS|OWNER|UNAUTHENTICATE/);
    await ask(connection, "LISTSCRIPTS", /^NO "log in first"/);
    await ask(connection, "STARTTLS", /^NO "TLS is on already"/);
    await ask(connection, `AUTHENTICATE "PLAIN" "${plain()}"`, /^OK/);
    const third = await ask(connection, "CAPABILITY", /"OWNER" "alice@a\.test"\r\n"UNAUTHENTICATE"\r\nOK/);
    assert.doesNotMatch(third, /STARTTLS/);
    await ask(connection, "STARTTLS", /^NO "not after login"/);
    await ask(connection, "LISTSCRIPTS", /^OK/);
  }));

Deno.test("ManageSieve: PLAIN, LOGIN and SCRAM; the server's last word travels in the OK (RFC 5804 §2.1)", () =>
  withAlice(async (world) => {
    const connection = world.connect(serveManageSieve, SECURE);
    await answer(connection);
    const line = async (text: string, want: RegExp) => {
      connection.send(text + "\r\n");
      const got = await connection.line() ?? "(closed)";
      assert.match(got, want, text);
      return got;
    };
    await line('AUTHENTICATE "GSSAPI"', /^NO "mechanism is not supported"$/);
    await line('AUTHENTICATE "PLAIN"', /^""$/);
    await line('"*"', /^NO "authentication cancelled"$/);
    await line('AUTHENTICATE "PLAIN"', /^""$/);
    await line(`{${plain().length}+}\r\n${plain()}`, /^OK "logged in"$/);
    await line("UNAUTHENTICATE", /^OK/);
    await line('AUTHENTICATE "LOGIN"', /^"VXNlcm5hbWU6"$/);
    await line(`"${encodeBase64(ALICE)}"`, /^"UGFzc3dvcmQ6"$/);
    await line(`"${encodeBase64(PASSWORD)}"`, /^OK/);
    await line("UNAUTHENTICATE", /^OK/);
    for (const mechanism of ["SCRAM-SHA-256", "SCRAM-SHA-1"] as const) {
      const client = new ScramClient(mechanism, ALICE, PASSWORD);
      const challenge = await line(`AUTHENTICATE "${mechanism}" "${client.first()}"`, /^"[^"]+"$/);
      const done = await line(`"${client.final(challenge.slice(1, -1))}"`, /^OK \(SASL "[^"]+"\)$/);
      assert.ok(client.trusts(done.slice('OK (SASL "'.length, -2)), "the server knows the keys");
      await line("UNAUTHENTICATE", /^OK/);
    }
    await line('AUTHENTICATE "PLAIN" "????"', /^NO "cannot decode/);
    await line(`AUTHENTICATE "PLAIN" "${plain(ALICE, "wrong")}"`, /^NO "wrong name or password"$/);
    await line(`AUTHENTICATE "PLAIN" "${plain("nobody@a.test")}"`, /^NO "wrong name or password"$/);
    const other = encodeBase64(formatPlain({ authzid: "bob@a.test", authcid: ALICE, password: PASSWORD }));
    await line(`AUTHENTICATE "PLAIN" "${other}"`, /^NO "wrong name or password"$/);
    await line(`AUTHENTICATE "PLAIN" "${plain(ALICE, "wrong")}"`, /^BYE "too many failed logins"$/);
    assert.equal(await connection.line(), null);
  }));

Deno.test("ManageSieve: put, list, activate, get, rename, delete, and the codes of what fails", () =>
  withAlice(async (world) => {
    const connection = await logIn(world);
    await ask(connection, "LISTSCRIPTS", /^OK "LISTSCRIPTS completed"$/);
    await ask(connection, 'HAVESPACE "main" 100', /^OK/);
    await ask(connection, put("main", "# ä\r\nkeep;\r\n"), /^OK "the script is stored"$/);
    await ask(connection, put("two", "stop;"), /^OK/);
    await ask(connection, 'SETACTIVE "main"', /^OK/);
    await ask(connection, "LISTSCRIPTS", /^"main" ACTIVE\r\n"two"\r\nOK/);
    await ask(connection, 'GETSCRIPT "main"', /^\{13\}\r\n# ä\r\nkeep;\r\n\r\nOK/);
    await ask(connection, 'GETSCRIPT "two"', /^\{5\}\r\nstop;\r\nOK/);
    await ask(connection, 'DELETESCRIPT "main"', /^NO \(ACTIVE\)/);
    await ask(connection, 'RENAMESCRIPT "main" "two"', /^NO \(ALREADYEXISTS\)/);
    await ask(connection, 'RENAMESCRIPT "none" "three"', /^NO \(NONEXISTENT\)/);
    await ask(connection, 'RENAMESCRIPT "main" "haupt \\"ä\\""', /^OK/);
    await ask(connection, "LISTSCRIPTS", /^"haupt \\"ä\\"" ACTIVE\r\n"two"\r\nOK/);
    await ask(connection, 'SETACTIVE "none"', /^NO \(NONEXISTENT\)/);
    await ask(connection, 'GETSCRIPT "none"', /^NO \(NONEXISTENT\)/);
    await ask(connection, 'DELETESCRIPT "none"', /^NO \(NONEXISTENT\)/);
    await ask(connection, 'SETACTIVE ""', /^OK "no script is active"/);
    await ask(connection, "SETACTIVE {0+}\r\n", /^OK/);
    await ask(connection, 'DELETESCRIPT "two"', /^OK/);
    await ask(connection, "LISTSCRIPTS", /^"haupt \\"ä\\""\r\nOK/);
    await ask(connection, 'GETSCRIPT "a\tb"', /^NO "script name holds/);
    assert.equal((await world.mailbox(ALICE).ask("listScripts", {})).scripts.length, 1);
  }));

Deno.test("ManageSieve: a script that would not run is not stored, and the old one stays", () =>
  withAlice(async (world) => {
    const connection = await logIn(world);
    await ask(connection, put("s", "keep;"), /^OK/);
    await ask(connection, put("s", BAD_SCRIPT), /^NO \{\d+\}\r\nline 2, column 1: .*\r\nline 3, column 1: /);
    await ask(connection, 'GETSCRIPT "s"', /^\{5\}\r\nkeep;/);
    await ask(connection, `CHECKSCRIPT {${BAD_SCRIPT.length}+}\r\n${BAD_SCRIPT}`, /^NO .*line 2/s);
    await ask(connection, 'CHECKSCRIPT "keep;"', /^OK "the script is valid"/);
    await ask(connection, 'CHECKSCRIPT ""', /^NO "a script is not empty"/);
    await ask(connection, put("s", ""), /^NO "a script is not empty"/);
    assert.equal((await world.mailbox(ALICE).ask("getScript", { name: "s" })).content, "keep;");
  }));

Deno.test("ManageSieve: quotas have codes; a script over the limit is skipped, one beyond reason ends the session", () =>
  withAlice(async (world) => {
    const connection = await logIn(world);
    await ask(connection, `HAVESPACE "s" ${LIMITS.scriptBytes + 1}`, /^NO \(QUOTA\/MAXSIZE\)/);
    await ask(connection, `HAVESPACE "s" 4294967295`, /^NO \(QUOTA\/MAXSIZE\)/);
    const large = "# " + "x".repeat(LIMITS.scriptBytes + 20_000) + "\r\nLOGOUT\r\n";
    await ask(connection, put("s", large), /^NO \(QUOTA\/MAXSIZE\)/);
    await ask(connection, "NOOP", /^OK/);
    await ask(connection, put("s", "# " + "x".repeat(LIMITS.scriptBytes)), /^NO \(QUOTA\/MAXSIZE\)/);
    for (let i = 0; i < LIMITS.scripts; i++) await ask(connection, put(`s${i}`, "keep;"), /^OK/);
    await ask(connection, put("more", "keep;"), /^NO \(QUOTA\/MAXSCRIPTS\)/);
    await ask(connection, 'HAVESPACE "more" 5', /^NO \(QUOTA\/MAXSCRIPTS\)/);
    await ask(connection, put("s1", "stop;"), /^OK/);
    await ask(connection, 'PUTSCRIPT "s" {99999999999+}', /^BYE \(QUOTA\/MAXSIZE\)/);
    assert.equal(await connection.line(), null);
  }));

Deno.test("ManageSieve: NOOP gives its tag back, LOGOUT ends, a referral sends clients on", () =>
  withAlice(async (world) => {
    const connection = world.connect(serveManageSieve, SECURE);
    await answer(connection);
    await ask(connection, "NOOP", /^OK "NOOP completed"$/);
    await ask(connection, 'NOOP "SYNC 4\\"2"', /^OK \(TAG "SYNC 4\\"2"\) "NOOP completed"$/);
    await ask(connection, "LOGOUT\r\nNOOP", /^OK "goodbye"$/);
    assert.equal(await connection.line(), null);
    Object.assign(world.context, { sieveReferral: "sieve://mx2.a.test" });
    const other = world.connect(serveManageSieve, SECURE);
    await answer(other);
    await ask(other, `AUTHENTICATE "PLAIN" "${plain()}"`, /^BYE \(REFERRAL "sieve:\/\/mx2\.a\.test"\) "/);
    assert.equal(await other.line(), null);
  }));

Deno.test("ManageSieve: what is hostile is refused with a clear word, and bounded", () =>
  withAlice(async (world) => {
    const connection = world.connect(serveManageSieve, SECURE);
    await answer(connection);
    await ask(connection, "x".repeat(LIMITS.manageSieveLineBytes + 1), /^NO "command line too long"/);
    await ask(
      connection,
      'AUTHENTICATE "PLAIN" {99999+}\r\n' + "A".repeat(99_999),
      /^NO "literal too large before/,
    );
    await ask(connection, 'NOOP "\0"', /^NO "unexpected character/);
    await ask(connection, 'AUTHENTICATE "PLAIN" {5}', /^BYE "a literal is announced as/);
    assert.equal(await connection.line(), null);

    const many = world.connect(serveManageSieve, SECURE);
    await answer(many);
    for (let i = 1; i < LIMITS.manageSieveErrors; i++) await ask(many, "HELO", /^NO "unknown command"/);
    many.send("HELO\r\n");
    assert.match(await answer(many), /^NO/);
    assert.match(await answer(many), /^BYE "too many errors"/);

    const full = await logIn(world);
    const taken = 8 * 1024 * 1024 - 10;
    assert.ok(world.ingest.take(taken));
    await ask(full, put("s", "keep; # longer than the budget"), /^NO \(TRYLATER\)/);
    world.ingest.give(taken);
    full.send('PUTSCRIPT "s" {1000+}\r\nke');
    full.end();
    await world.ended();
  }));

Deno.test("ManageSieve: a session that says nothing, a change of the account and a stop end with BYE", () =>
  withAlice(async (world) => {
    const silent = world.connect(serveManageSieve, CLEAR);
    await answer(silent);
    const idle = await logIn(world);
    const uploading = await logIn(world);
    uploading.send('PUTSCRIPT "s" {1000+}\r\nke');
    await new Promise((resolve) => setTimeout(resolve, 5));
    world.clock.advance(LIMITS.manageSieveUnauthenticatedMs);
    assert.match(await answer(silent), /^BYE "idle for too long"/);
    await ask(idle, "NOOP", /^OK/);
    world.clock.advance(LIMITS.manageSieveUploadMs);
    assert.match(await answer(uploading), /^BYE "idle for too long"/);
    world.clock.advance(LIMITS.manageSieveIdleMs);
    assert.match(await answer(idle), /^BYE "idle for too long"/);
    const changed = await logIn(world);
    world.change(ALICE, "credentials");
    assert.match(await answer(changed), /^BYE "the account was changed/);
    const stopped = await logIn(world);
    world.stopping.abort();
    assert.match(await answer(stopped), /^BYE \(TRYLATER\) "the server is stopping"/);
  }));

Deno.test("ManageSieve: a mailbox that is away is TRYLATER, and TLS on the clear port is told apart", () =>
  withAlice(async (world) => {
    const connection = await logIn(world);
    world.failures.set(`mailbox:${world.accounts.get(ALICE)!.id} listScripts`, "unavailable");
    await ask(connection, "LISTSCRIPTS", /^NO \(TRYLATER\)/);
    const hello = world.connect(serveManageSieve, CLEAR);
    await answer(hello);
    hello.send(Uint8Array.of(0x16, 3, 1, 0, 5));
    assert.equal(await hello.line(), null);
    assert.equal(world.events("tls.unexpected").length, 1);
  }));

Deno.test("ManageSieve: random octets never break a session other than by its own words", () =>
  withAlice(async (world) => {
    const random = seededRandom(4190);
    const pieces = [
      "CHECKSCRIPT ",
      '"keep;"',
      "{3+}\r\n",
      "\r\n",
      "NOOP",
      ' "',
      "PUTSCRIPT",
      " ",
      "\\",
      "{",
      "}",
      "\xff",
    ];
    for (let round = 0; round < 60; round++) {
      const connection = await logIn(world);
      const text = [...random.bytes(80)].map((byte) =>
        byte < 200 ? pieces[byte % pieces.length] : String.fromCharCode(byte)
      );
      connection.send(latin1(text.join("")));
      connection.send("\r\n\r\n\r\n");
      connection.end();
      for (let line = await connection.line(); line !== null; line = await connection.line()) {
        assert.match(line, /^(?:OK|NO|BYE|\{\d+\}|line \d+|")/, fromLatin1(latin1(text.join(""))));
      }
    }
    await world.ended();
  }));
