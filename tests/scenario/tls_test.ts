import { strict as assert } from "node:assert";
import { Buffer } from "node:buffer";
import net from "node:net";
import { makeCertificateAuthority, makeLeaf } from "../../src/net/certificate.ts";
import { sleep, startServer, type TestServer } from "../support/harness.ts";
import { ImapClient } from "../support/imap_client.ts";
import { LineSocket } from "../support/line_socket.ts";
import { freePort } from "../support/ports.ts";
import { SmtpClient } from "../support/smtp_client.ts";

/** Certificates on every mail port of one server: chosen by name, replaced under open sessions, never mismatched. */

const folder = await Deno.makeTempDir({ prefix: "mallard-tls-" });
let authority: { cert: string; key: string };
let server: TestServer;

async function writePair(name: string, hosts: string[], ips: string[] = []): Promise<void> {
  const { cert, key } = await makeLeaf(authority, { names: hosts, ips, days: 30 });
  await Deno.writeTextFile(`${folder}/${name}.cert.pem`, cert);
  await Deno.writeTextFile(`${folder}/${name}.key.pem`, key);
}

const pair = (name: string) => ({ cert: `${folder}/${name}.cert.pem`, key: `${folder}/${name}.key.pem` });

/** Changes the server's configuration file and asks it to read it again; the log line that tells how it went. */
async function reload(change: (configuration: Record<string, unknown>) => void): Promise<string> {
  const file = `${server.dataDir}/../config.jsonc`;
  const configuration = JSON.parse(await Deno.readTextFile(file));
  change(configuration);
  await Deno.writeTextFile(file, JSON.stringify(configuration));
  const before = server.logs().length;
  server.signal("SIGHUP");
  const line = await server.waitForLog((line) =>
    server.logs().indexOf(line) >= before && /^server\.reload/.test(String(line.event))
  );
  return String(line.event);
}

Deno.test.beforeAll(async () => {
  authority = await makeCertificateAuthority("Mallard test authority");
  await writePair("mx", ["mx.a.test"], ["127.0.0.1"]);
  await writePair("wide", ["*.b.test", "b.test"]);
  server = await startServer({ configuration: { tls: { certificates: [pair("mx"), pair("wide")] } } });
  await server.addAccount("alice@a.test");
});
Deno.test.afterAll(async () => {
  await server.remove();
  await Deno.remove(folder, { recursive: true });
});

/** Names in the certificate that a port shows to a client that asks for a name. */
async function shown(port: keyof TestServer["ports"], name: string): Promise<string> {
  const number = server.ports[port];
  let socket: LineSocket;
  if (port.endsWith("s")) socket = await LineSocket.connect(number, { tls: true, serverName: name });
  else {
    socket = await LineSocket.connect(number);
    await socket.readLine();
    const [command, ready] = port === "imap"
      ? ["a STARTTLS", "a OK"]
      : port === "pop3"
      ? ["STLS", "+OK"]
      : port === "managesieve"
      ? ["STARTTLS", 'OK "begin']
      : ["EHLO c.test\r\nSTARTTLS", "220"];
    socket.write(command + "\r\n");
    while (!(await socket.readLine()).startsWith(ready));
    await socket.startTls(name);
  }
  const names = socket.certificateNames;
  await socket.close();
  return names;
}

for (
  const port of [
    "smtp",
    "submission",
    "imap",
    "pop3",
    "managesieve",
    "submissions",
    "imaps",
    "pop3s",
  ] as const
) {
  Deno.test(`${port}: the server name chooses the certificate`, async () => {
    assert.match(await shown(port, "mx.a.test"), /DNS:mx\.a\.test.*IP Address:127\.0\.0\.1/);
    assert.match(await shown(port, "mail.b.test"), /\*\.b\.test/);
    assert.match(await shown(port, "B.TEST"), /\*\.b\.test/);
    assert.match(await shown(port, "unknown.test"), /DNS:mx\.a\.test/, "the first one is the default");
  });
}

/** A ClientHello that offers nothing newer than TLS 1.1 (RFC 4346 §7.4.1.2). */
function oldHello(version: number): Buffer {
  const suites = Buffer.from([0xc0, 0x0a, 0xc0, 0x14, 0x00, 0x35, 0x00, 0x2f, 0x00, 0x0a]);
  const body = Buffer.concat([
    Buffer.from([3, version]),
    Buffer.alloc(32, 7),
    Buffer.from([0, 0, suites.length]),
    suites,
    Buffer.from([1, 0]),
  ]);
  const handshake = Buffer.concat([Buffer.from([1, 0, 0, body.length]), body]);
  return Buffer.concat([Buffer.from([0x16, 3, 1, 0, handshake.length]), handshake]);
}

for (const [version, name] of [[1, "1.0"], [2, "1.1"]] as const) {
  Deno.test(`TLS ${name} is refused`, async () => {
    const socket = net.connect({ port: server.ports.imaps, host: "127.0.0.1" });
    const got: Buffer[] = [];
    socket.on("data", (data: Buffer) => got.push(data));
    const ended = new Promise((resolve) => socket.on("close", resolve));
    socket.write(oldHello(version));
    await ended;
    const answer = Buffer.concat(got);
    assert.ok(answer.length === 0 || answer[0] === 0x15, "an alert or nothing, never a ServerHello");
  });
}

Deno.test("clear text on a TLS port and TLS on a clear-text port end with a reason in the log", async () => {
  const clear = await LineSocket.connect(server.ports.imaps);
  clear.write("a CAPABILITY\r\n");
  await clear.readToEnd();
  await clear.close();
  await server.waitForLog((line) =>
    line.event === "tls.handshake" && /clear text on a TLS port/.test(String(line.reason))
  );
  for (
    const [port, protocol] of [["smtp", "smtp"], ["submission", "submission"], ["imap", "imap"], [
      "pop3",
      "pop3",
    ], ["managesieve", "managesieve"]] as const
  ) {
    const socket = await LineSocket.connect(server.ports[port]);
    socket.write(oldHello(2));
    await socket.readToEnd();
    await socket.close();
    await server.waitForLog((line) => line.event === "tls.unexpected" && line.protocol === protocol);
  }
});

Deno.test("what was pipelined behind STARTTLS in clear text is not heard", async () => {
  const socket = await LineSocket.connect(server.ports.smtp);
  await socket.readLine();
  socket.write("EHLO c.test\r\n");
  while ((await socket.readLine())[3] === "-");
  socket.write("STARTTLS\r\nEHLO evil.test\r\nMAIL FROM:<evil@evil.test>\r\n");
  assert.match(await socket.readLine(), /^220 /);
  await socket.startTls();
  assert.ok(await socket.isSilent(300));
  socket.write("MAIL FROM:<x@c.test>\r\n");
  assert.match(await socket.readLine(), /^503 /, "it has to say hello again");
  await socket.close();
});

Deno.test("new certificates are taken on SIGHUP while sessions go on; a mismatched key changes nothing", async () => {
  const imap = await ImapClient.login(server.ports.imaps, "alice@a.test", "pass-word", { tls: true });
  const smtp = await SmtpClient.connect(server.ports.smtp);
  await smtp.expect(250, "EHLO c.test");

  await writePair("new", ["new.c.test"]);
  assert.equal(await reload((c) => c.tls = { certificates: [pair("new"), pair("wide")] }), "server.reloaded");
  assert.match(await shown("imaps", "any.test"), /new\.c\.test/);
  assert.match(await shown("smtp", "x.b.test"), /\*\.b\.test/);
  await imap.ok("NOOP");
  assert.equal((await smtp.startTls()).code, 220, "a session from before takes the new one");
  assert.match(smtp.socket.certificateNames, /new\.c\.test/);
  await smtp.expect(250, "EHLO c.test");

  await Deno.copyFile(`${folder}/mx.key.pem`, `${folder}/new.key.pem`);
  server.signal("SIGHUP");
  const bad = await server.waitForLog((line) => line.event === "tls.reload_failed");
  assert.match(String(bad.error), /does not belong to the certificate/);
  assert.match(await shown("imaps", "any.test"), /new\.c\.test/, "the good pair stays");
  await imap.ok("NOOP");
  await imap.close();
  await smtp.close();
});

Deno.test("https: the server name chooses the certificate, and new ones are taken on the open port", async () => {
  const port = freePort();
  await writePair("new", ["new.c.test"]);
  await reload((c) => {
    c.tls = { certificates: [pair("mx"), pair("wide")] };
    (c.listeners as unknown[]).push({ protocol: "http", address: "127.0.0.1", port, tls: "implicit" });
  });
  const ask = async (name: string) => {
    const socket = await LineSocket.connect(port, { tls: true, serverName: name });
    const names = socket.certificateNames;
    socket.write(`GET /healthz HTTP/1.1\r\nHost: ${name}\r\nConnection: close\r\n\r\n`);
    assert.match(await socket.readToEnd(), /^HTTP\/1\.1 200 [^]*\{"status":"ok"\}/);
    await socket.close();
    return names;
  };
  assert.match(await ask("mx.a.test"), /mx\.a\.test/);
  assert.match(await ask("web.b.test"), /\*\.b\.test/);
  await reload((c) => c.tls = { certificates: [pair("new"), pair("wide")] });
  assert.match(await ask("mx.a.test"), /new\.c\.test/);
  assert.match(await ask("web.b.test"), /\*\.b\.test/);
});

Deno.test("a reload opens and closes ports, takes limits and the name, and refuses a faulty file", async () => {
  const imap = await ImapClient.login(server.ports.imaps, "alice@a.test", "pass-word", { tls: true });
  await writePair("new", ["new.c.test"]);
  await reload((c) => {
    c.hostname = "mx2.a.test";
    c.limits = { messageBytes: 70000 };
    const listeners = c.listeners as { protocol: string; port: number; tlsRequired?: boolean }[];
    listeners.find((l) => l.port === server.ports.smtp)!.tlsRequired = true;
    c.listeners = listeners.filter((l) => l.port !== server.ports.pop3);
  });
  const smtp = await SmtpClient.connect(server.ports.smtp);
  assert.match(smtp.greeting.lines[0], /^mx2\.a\.test /);
  const { lines } = await smtp.expect(250, "EHLO c.test");
  assert.ok(lines.includes("SIZE 70000"), lines.join());
  assert.match((await smtp.expect(530, "MAIL FROM:<a@b.test>")).lines[0], /^5\.7\.0 /);
  await smtp.close();
  await assert.rejects(LineSocket.connect(server.ports.pop3));
  await imap.ok("NOOP");
  assert.equal(await reload((c) => c.listeners = []), "server.reload_failed");
  await imap.ok("NOOP");
  await imap.close();
  await sleep(10);
});
