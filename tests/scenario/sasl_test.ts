import { strict as assert } from "node:assert";
import { Buffer } from "node:buffer";
import { makeCertificateAuthority, makeLeaf } from "../../src/net/certificate.ts";
import { startServer, type TestServer } from "../support/harness.ts";
import { LineSocket } from "../support/line_socket.ts";

/** Logins without a password through a whole server: client certificates, and tokens of an issuer. */

const folder = await Deno.makeTempDir({ prefix: "mallard-sasl-" });
const authority = await makeCertificateAuthority("People of a.test");
const alice = await makeLeaf(authority, { names: [], emails: ["alice@a.test"], days: 2, clientAuth: true });
const stranger = await makeLeaf(await makeCertificateAuthority("Others"), {
  names: [],
  emails: ["alice@a.test"],
  days: 2,
  clientAuth: true,
});
const keys = await crypto.subtle.generateKey({ name: "Ed25519" }, true, ["sign", "verify"]) as CryptoKeyPair;
let server: TestServer;
let issuer: Deno.HttpServer<Deno.NetAddr>;
let token: string;

async function makeToken(claims: Record<string, unknown>): Promise<string> {
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const signed = `${part({ alg: "EdDSA", kid: "1" })}.${part(claims)}`;
  const signature = await crypto.subtle.sign("Ed25519", keys.privateKey, new TextEncoder().encode(signed));
  return `${signed}.${Buffer.from(signature).toString("base64url")}`;
}

Deno.test.beforeAll(async () => {
  await Deno.writeTextFile(`${folder}/clients.pem`, authority.cert);
  const key = { ...await crypto.subtle.exportKey("jwk", keys.publicKey), kid: "1" };
  issuer = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    () => Response.json({ keys: [key] }),
  );
  const url = `http://127.0.0.1:${issuer.addr.port}`;
  const auth = {
    clientCa: `${folder}/clients.pem`,
    oauth: { issuer: url, audience: "mallard", keys: `${url}/keys` },
  };
  server = await startServer({ configuration: { auth } });
  await server.addAccount("alice@a.test");
  token = await makeToken({ iss: url, aud: "mallard", exp: Date.now() / 1000 + 600, email: "alice@a.test" });
});
Deno.test.afterAll(async () => {
  await server.remove();
  await issuer.shutdown();
  await Deno.remove(folder, { recursive: true });
});

const open = (port: "imaps" | "pop3s" | "submissions", certificate?: { cert: string; key: string }) =>
  LineSocket.connect(server.ports[port], { tls: true, certificate });

/** Lines up to the one that begins so. */
async function until(socket: LineSocket, ...starts: string[]): Promise<string> {
  for (let text = "";;) {
    const line = await socket.readLine();
    text += `${line}\n`;
    if (starts.some((start) => line.startsWith(start))) return text;
  }
}

const bearer = () => Buffer.from(`n,a=alice@a.test,\x01auth=Bearer ${token}\x01\x01`).toString("base64");
const xoauth2 = () => Buffer.from(`user=alice@a.test\x01auth=Bearer ${token}\x01\x01`).toString("base64");

Deno.test("a client certificate logs in by EXTERNAL, everywhere; a stranger's is as none", async () => {
  const imap = await open("imaps", alice);
  assert.match(await imap.readLine(), /AUTH=EXTERNAL/);
  imap.write("a AUTHENTICATE EXTERNAL =\r\n");
  assert.match(await until(imap, "a "), /^a OK/);
  const raised = await LineSocket.connect(server.ports.imap);
  assert.doesNotMatch(await raised.readLine(), /AUTH=EXTERNAL/);
  raised.write("a STARTTLS\r\n");
  assert.match(await raised.readLine(), /^a OK/);
  await raised.startTls("localhost", alice);
  raised.write("b CAPABILITY\r\n");
  assert.match(await until(raised, "b "), /AUTH=EXTERNAL/);
  raised.write("c AUTHENTICATE EXTERNAL =\r\n");
  assert.match(await until(raised, "c "), /^c OK/);
  const submission = await open("submissions", alice);
  await submission.readLine();
  submission.write("EHLO client.test\r\n");
  assert.match(await until(submission, "250 "), /AUTH .*EXTERNAL/);
  submission.write("AUTH EXTERNAL =\r\n");
  assert.match(await submission.readLine(), /^235 /);
  const pop3 = await open("pop3s", alice);
  await pop3.readLine();
  pop3.write("CAPA\r\n");
  assert.match(await until(pop3, "."), /SASL .*EXTERNAL/);
  pop3.write("AUTH EXTERNAL =\r\n");
  assert.match(await pop3.readLine(), /^\+OK/);
  const sieve = await LineSocket.connect(server.ports.managesieve);
  await until(sieve, "OK");
  sieve.write("STARTTLS\r\n");
  await until(sieve, "OK");
  await sieve.startTls("localhost", alice);
  assert.match(await until(sieve, "OK"), /"SASL" ".*EXTERNAL/);
  sieve.write('AUTHENTICATE "EXTERNAL" ""\r\n');
  assert.match(await sieve.readLine(), /^OK/);
  await sieve.close();
  const other = await open("imaps", stranger);
  assert.doesNotMatch(await other.readLine(), /AUTH=EXTERNAL/);
  other.write("a AUTHENTICATE EXTERNAL =\r\n");
  assert.match(await until(other, "a "), /^a NO/);
  for (const socket of [imap, raised, submission, pop3, other]) await socket.close();
});

Deno.test("a token of the issuer logs in by OAUTHBEARER and XOAUTH2, everywhere", async () => {
  const imap = await open("imaps");
  assert.match(await imap.readLine(), /AUTH=OAUTHBEARER AUTH=XOAUTH2/);
  imap.write(`a AUTHENTICATE OAUTHBEARER ${bearer()}\r\n`);
  assert.match(await until(imap, "a "), /^a OK/);
  const submission = await open("submissions");
  await submission.readLine();
  submission.write("EHLO client.test\r\n");
  assert.match(await until(submission, "250 "), /AUTH .*OAUTHBEARER XOAUTH2/);
  submission.write(`AUTH XOAUTH2 ${xoauth2()}x\r\n`);
  assert.match(await submission.readLine(), /^501 /);
  submission.write(`AUTH XOAUTH2 ${xoauth2()}\r\n`);
  assert.match(await submission.readLine(), /^235 /);
  const pop3 = await open("pop3s");
  await pop3.readLine();
  pop3.write("AUTH XOAUTH2\r\n");
  assert.match(await pop3.readLine(), /^\+/);
  pop3.write(`${xoauth2()}\r\n`);
  assert.match(await pop3.readLine(), /^\+OK/);
  const sieve = await LineSocket.connect(server.ports.managesieve);
  await until(sieve, "OK");
  sieve.write("STARTTLS\r\n");
  await until(sieve, "OK");
  await sieve.startTls();
  assert.match(await until(sieve, "OK"), /"SASL" ".*OAUTHBEARER XOAUTH2/);
  sieve.write(`AUTHENTICATE "OAUTHBEARER" "${bearer()}"\r\n`);
  assert.match(await sieve.readLine(), /^OK/);
  await sieve.close();
  const wrong = await open("imaps");
  await wrong.readLine();
  const broken = Buffer.from(`n,,\x01auth=Bearer ${token.slice(0, -4)}AAAA\x01\x01`).toString("base64");
  wrong.write(`a AUTHENTICATE OAUTHBEARER ${broken}\r\n`);
  assert.match(Buffer.from((await wrong.readLine()).slice(2), "base64").toString(), /invalid_token/);
  wrong.write(`${Buffer.from("\x01").toString("base64")}\r\n`);
  assert.match(await until(wrong, "a "), /^a NO \[AUTHENTICATIONFAILED\]/);
  for (const socket of [imap, submission, pop3, wrong]) await socket.close();
});
