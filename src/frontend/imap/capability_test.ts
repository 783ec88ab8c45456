import { strict as assert } from "node:assert";
import { citedRfcs, parseRfcTable } from "../../../scripts/check_rfc.ts";
import type { FakeConnection } from "../../../tests/support/fake_connection.ts";
import { type ImapTest, withImap } from "./harness_test.ts";

const root = new URL("../../../", import.meta.url);
const rows = parseRfcTable(await Deno.readTextFile(new URL("docs/rfc.tsv", root)))
  .filter(({ capabilities }) => capabilities.length);

/** Older than the standards, and in none of them. */
const WITHOUT_RFC = ["AUTH=LOGIN", "AUTH=XOAUTH2"];

/** What holds in every state; all else is for before or for after login. */
const ALWAYS = ["IMAP4rev1", "IMAP4rev2", "LITERAL+", "SASL-IR", "ID", "ENABLE", "LANGUAGE"];
const BEFORE = ["STARTTLS", "LOGINDISABLED"];
const SCRAM = ["AUTH=SCRAM-SHA-256", "AUTH=SCRAM-SHA-1"];
const TLS_ONLY = ["AUTH=SCRAM-SHA-256-PLUS"];
const TOKENS = ["AUTH=OAUTHBEARER", "AUTH=XOAUTH2"];
/** Of a server that knows where clients reach the other one. */
const PAIR = ["LOGIN-REFERRALS"];
/** For who may set quotas. */
const ADMIN = ["QUOTASET"];
const CERTIFICATE = ["AUTH=EXTERNAL"];
const LOGIN = [...SCRAM, "AUTH=PLAIN", "AUTH=LOGIN"];

/** Numbers, and an address, that capabilities bring along. */
const VALUES = /^((?:APPEND|SAVE|MESSAGE)LIMIT(?==\d+$)|IMAPSIEVE(?==sieve:\/\/))=/;

async function told(test: ImapTest, connection: FakeConnection): Promise<Set<string>> {
  const [line] = await test.command(connection, "CAPABILITY");
  return words(line);
}

function words(line: string): Set<string> {
  const list = line.slice(line.indexOf("CAPABILITY")).split(" ").slice(1);
  const names = list.map((word) => VALUES.exec(word)?.[1] ?? word);
  assert.equal(new Set(names).size, names.length, "none twice");
  return new Set(names);
}

const named = new Set(rows.flatMap(({ capabilities }) => capabilities));
const afterLogin = [...named].filter((name) =>
  ![...PAIR, ...ADMIN, ...BEFORE, ...LOGIN, ...TOKENS, ...CERTIFICATE, ...TLS_ONLY].includes(name)
);

Deno.test("each state advertises what docs/rfc.tsv has for it, no more and no less (RFC 9051 §6.1.1)", () =>
  withImap(async (test) => {
    const same = (got: Set<string>, wanted: string[]) => assert.deepEqual([...got].sort(), wanted.sort());
    test.allowPlaintext = false;
    const connection = await test.connect();
    same(await told(test, connection), [...ALWAYS, ...BEFORE]);
    await test.command(connection, "STARTTLS");
    while (!connection.tls) await new Promise((resolve) => setTimeout(resolve));
    same(await told(test, connection), [...ALWAYS, ...LOGIN]);
    await test.command(connection, "LOGIN alice@a.test secret");
    same(await told(test, connection), afterLogin);
    await test.command(connection, "SELECT INBOX");
    same(await told(test, connection), afterLogin);
    await test.command(connection, "UNAUTHENTICATE");
    same(await told(test, connection), [...ALWAYS, ...LOGIN]);
    test.referral = () => null;
    test.setsQuotas = () => true;
    const none = () => Promise.reject(new Error("no token is shown"));
    test.tokens = { scope: null, configuration: "", verify: none };
    const other = await test.connect(false);
    const hello = await other.line() ?? "";
    same(words(hello.slice(0, hello.indexOf("]"))), [...ALWAYS, ...PAIR, ...BEFORE]);
    await test.command(other, "STARTTLS");
    while (!other.tls) await new Promise((resolve) => setTimeout(resolve));
    same(await told(test, other), [...ALWAYS, ...PAIR, ...LOGIN, ...TOKENS]);
    other.tls = { ...other.tls, endPoint: new Uint8Array(32), clientAddresses: ["alice@a.test"] };
    same(await told(test, other), [...ALWAYS, ...PAIR, ...LOGIN, ...TOKENS, ...CERTIFICATE, ...TLS_ONLY]);
    await test.command(other, "LOGIN alice@a.test secret");
    same(await told(test, other), [...afterLogin, ...PAIR, ...ADMIN]);
    assert.deepEqual(
      [...LOGIN, ...TOKENS, ...CERTIFICATE, ...TLS_ONLY].filter((name) => !named.has(name)),
      WITHOUT_RFC,
    );
  }));

Deno.test("every IMAP extension of docs/rfc.tsv has tests that cite it", async () => {
  assert.ok(rows.length >= 40);
  for (const { number, capabilities, tests } of rows) {
    const text = await Deno.readTextFile(new URL(tests!, root));
    assert.ok(citedRfcs(text).has(number), `${tests} does not cite RFC ${number} (${capabilities})`);
  }
});
