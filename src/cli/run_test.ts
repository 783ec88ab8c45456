import { strict as assert } from "node:assert";
import { X509Certificate } from "node:crypto";
import { join } from "node:path";
import { makeCertificateAuthority, makeLeaf } from "../net/certificate.ts";
import { startFakeDns, zoneOf } from "../../tests/support/fake_dns.ts";
import { type Command, type Io, UsageError } from "./command.ts";
import { allCommands } from "./commands.ts";
import { commandHelp } from "./help.ts";
import { processIo } from "./io.ts";
import { findCommand, parseInput, parseSize } from "./parse.ts";
import { sizeText } from "./print.ts";
import { runCli } from "./run.ts";
import type { ServeOptions } from "./verbs/serve.ts";

const folder = Deno.makeTempDirSync({ prefix: "mallard-cli-" });
globalThis.addEventListener("unload", () => Deno.removeSync(folder, { recursive: true }));

/** Runs a command line with captured output; `served` is what `serve` was told. */
async function run(args: string[], environment: Record<string, string> = {}, input = "") {
  const out: string[] = [];
  const errors: string[] = [];
  const served: ServeOptions[] = [];
  const io: Io = {
    ...processIo(),
    out: (line) => void out.push(line),
    error: (line) => void errors.push(line),
    readInput: () => Promise.resolve(input),
    environment,
  };
  const commands = allCommands((options) => {
    served.push(options);
    return Promise.resolve(0);
  });
  const status = await runCli(commands, args, io);
  return { status, out: out.join("\n"), errors, served };
}

const commands: Command[] = allCommands(() => Promise.resolve(0));

Deno.test("every verb answers --help with its usage, and is listed", async () => {
  const { status, out } = await run(["--help"]);
  assert.equal(status, 0);
  for (const command of commands) {
    assert.ok(out.includes(command.name), command.name);
    const help = await run([...command.name.split(" "), "--help"]);
    assert.equal(help.status, 0);
    assert.equal(help.out, commandHelp(command));
    assert.match(help.out, new RegExp(`^Usage: mallard ${command.name}`));
    for (const option of command.options) assert.ok(help.out.includes(`--${option.name}`), option.name);
  }
  const group = await run(["account", "--help"]);
  assert.ok(group.out.includes("account import") && !group.out.includes("domain add"));
});

const WRONG: { args: string[]; want: RegExp }[] = [
  { args: ["fly"], want: /no such verb: fly/ },
  { args: ["account"], want: /no such verb: account/ },
  { args: ["account", "fly"], want: /no such verb: account fly/ },
  { args: ["domain", "add"], want: /NAME is missing.*Usage: mallard domain add NAME/ },
  { args: ["domain", "add", "a.test", "b.test"], want: /"b\.test" is one argument too many/ },
  { args: ["domain", "add", "a.test", "--nope"], want: /unknown option --nope/ },
  { args: ["domain", "add", "a.test", "--quota"], want: /--quota needs SIZE/ },
  { args: ["domain", "add", "a.test", "--quota", "much"], want: /--quota wants bytes/ },
  { args: ["domain", "add", "a.test", "--acknowledge", "never"], want: /needs local, both or default/ },
  { args: ["account", "set", "a@a.test", "--acknowledge", ""], want: /needs local, both or default/ },
  { args: ["domain", "add", "a.test", "--json=1"], want: /--json takes no value/ },
  { args: ["domain", "list", "--json", "--json"], want: /given twice/ },
  { args: ["alias", "add", "a@a.test"], want: /TARGET is missing/ },
  { args: ["account", "set", "a@a.test"], want: /nothing to change/ },
  { args: ["serve", "--log", "xml"], want: /--log wants json, pretty or syslog/ },
  { args: ["serve", "--demo", "--config", "x"], want: /exclude each other/ },
  { args: ["replica", "pair", "a", "a", "--out", folder], want: /different names/ },
  { args: ["replica", "pair", "../a", "b", "--out", folder], want: /not a node id/ },
  { args: ["replica", "pair", "a", "b"], want: /--out DIR is missing/ },
  { args: ["check-config"], want: /FILE is missing/ },
];

for (const { args, want } of WRONG) {
  Deno.test(`wrong usage: ${args.join(" ").replace(folder, "DIR")}`, async () => {
    const { status, errors } = await run(args);
    assert.equal(status, 2);
    assert.equal(errors.length, 1);
    assert.match(errors[0], want);
  });
}

Deno.test("serve passes its options on", async () => {
  assert.deepEqual((await run(["serve", "--demo", "--data", "/d", "--log=pretty"])).served, [
    { configFile: undefined, dataDir: "/d", demo: true, logFormat: "pretty" },
  ]);
  assert.deepEqual((await run(["serve", "--config", "/c"])).served, [
    { configFile: "/c", dataDir: undefined, demo: false, logFormat: undefined },
  ]);
});

Deno.test("a server that is not there is one line and status 1", async () => {
  const rows: [string[], RegExp][] = [
    [["domain", "list", "--data", join(folder, "none")], /no server runs on/],
    [["domain", "list", "--url", "http://127.0.0.1:9", "--data", join(folder, "none")], /give --token/],
    [
      ["domain", "list", "--url", "http://127.0.0.1:9", "--token", "x"],
      /cannot reach http:\/\/127\.0\.0\.1:9/,
    ],
    [
      ["domain", "list", "--url", "http://127.0.0.1:9/", "--token", "x"],
      /cannot reach http:\/\/127\.0\.0\.1:9:/,
    ],
    [
      ["domain", "list", "--url", "https://a.test", "--token", "x", "--ca", join(folder, "none")],
      /No such file/,
    ],
  ];
  for (const [args, want] of rows) {
    const { status, errors } = await run(args);
    assert.equal(status, 1);
    assert.equal(errors.length, 1);
    assert.match(errors[0], want);
  }
});

Deno.test("check-config prints every fault with its place, checks keys, and prints the schema", async () => {
  const file = join(folder, "mallard.jsonc");
  const listener = `{ "protocol": "imap", "address": "::", "port": 993, "tls": "implicit" }`;
  Deno.writeTextFileSync(
    file,
    `{\n  "hostname": "a.test",\n  "listeners": [],\n  "limits": { "messageBytes": "1" }\n}`,
  );
  const bad = await run(["check-config", file]);
  assert.equal(bad.status, 1);
  assert.equal(bad.errors.length, 2);
  assert.match(bad.errors[0], /:3:3: listeners: /);
  assert.match(bad.errors[1], /:4:15: limits\.messageBytes: /);

  const authority = await makeCertificateAuthority("Test");
  const [one, other] = await Promise.all(
    [1, 2].map(() => makeLeaf(authority, { names: ["a.test"], days: 1 })),
  );
  Deno.writeTextFileSync(join(folder, "cert.pem"), one.cert);
  Deno.writeTextFileSync(join(folder, "key.pem"), other.key);
  Deno.writeTextFileSync(
    file,
    `{ "hostname": "a.test", "listeners": [${listener}], "tls": { "certificates": [{ "cert": "cert.pem", "key": "key.pem" }] } }`,
  );
  const mismatch = await run(["check-config", file]);
  assert.equal(mismatch.status, 1);
  assert.match(mismatch.errors[0], /tls\.certificates\[0\]: /);
  Deno.writeTextFileSync(join(folder, "key.pem"), one.key);
  const link =
    `"listen": { "address": "::", "port": 4500 }, "peer": { "id": "b", "address": "b.test", "port": 1 }`;
  const extra = (files: string) =>
    `{ "hostname": "a.test", "listeners": [${listener}],
      "tls": { "certificates": [{ "cert": "cert.pem", "key": "key.pem" }] },
      "node": { "id": "a" }, "replication": { ${link}, ${files} },
      "outbound": { "ca": "none.pem" } }`;
  const paired = join(folder, "pair.jsonc");
  Deno.writeTextFileSync(paired, extra(`"ca": "key.pem", "cert": "cert.pem", "key": "none.pem"`));
  const files = await run(["check-config", paired]);
  assert.equal(files.status, 1);
  assert.deepEqual(files.errors.map((line) => line.split(": ")[1]), [
    "outbound.ca",
    "replication.ca",
    "replication.cert",
  ]);
  const fine = await run(["check-config", file], { MALLARD_TYPO: "1" });
  assert.equal(fine.status, 0, fine.errors.join("\n"));
  assert.match(fine.out, /fine/);
  assert.match(fine.errors[0], /MALLARD_TYPO: no such setting/);

  const schema = JSON.parse((await run(["check-config", "--schema"])).out);
  assert.equal(schema.properties.listeners.type, "array");
});

Deno.test("replica pair writes an authority and a key pair each, and overwrites nothing", async () => {
  const out = join(folder, "pair");
  assert.equal((await run(["replica", "pair", "mx1", "mx2", "--out", out])).status, 0);
  const ca = new X509Certificate(Deno.readTextFileSync(join(out, "ca.pem")));
  for (const id of ["mx1", "mx2"]) {
    const certificate = new X509Certificate(Deno.readTextFileSync(join(out, `${id}.cert.pem`)));
    assert.ok(certificate.checkIssued(ca) && certificate.verify(ca.publicKey));
    assert.equal(certificate.checkHost(id), id);
    assert.equal(Deno.statSync(join(out, `${id}.key.pem`)).mode! & 0o777, 0o600);
  }
  const again = await run(["replica", "pair", "mx1", "mx2", "--out", out]);
  assert.equal(again.status, 1);
  assert.match(again.errors[0], /cannot write/);
});

Deno.test("parseInput() keeps what follows -- as it is", () => {
  const found = findCommand(commands, ["alias", "add", "--internal", "--", "--odd@a.test", "b@a.test"]);
  assert.ok(found);
  const input = parseInput(found.command, found.rest);
  assert.equal(input.argument("ADDRESS"), "--odd@a.test");
  assert.deepEqual(input.arguments("TARGET"), ["b@a.test"]);
  assert.equal(input.isSet("internal"), true);
});

Deno.test("sizes are read and written", () => {
  const rows: [string, number | null][] = [
    ["0", 0],
    ["1048576", 1048576],
    ["20M", 20971520],
    ["1.5G", 1610612736],
    ["512MiB", 536870912],
    ["none", null],
  ];
  for (const [text, want] of rows) assert.equal(parseSize(text, "quota"), want, text);
  for (const text of ["", "-1", "1X", "M"]) assert.throws(() => parseSize(text, "quota"), UsageError);
  assert.equal(sizeText(1610612736), "1.5 GiB");
  assert.equal(sizeText(null), "");
});

Deno.test("dns takes the name of the server that runs on the data folder", async () => {
  const data = join(folder, "running");
  await Deno.mkdir(join(data, "run"), { recursive: true });
  await Deno.writeTextFile(
    join(data, "run", "http.json"),
    '{"url":"http://127.0.0.1:9","hostname":"mx.r.test"}',
  );
  const dns = await startFakeDns(zoneOf({}));
  try {
    const { out } = await run(["dns", "r.test", "--data", data, "--resolver", dns.server]);
    assert.match(out, /missing\s+r\.test\s+MX\s+10 mx\.r\.test\./);
  } finally {
    await dns.close();
  }
  const { status, errors } = await run(["dns", "r.test", "--data", join(folder, "none")]);
  assert.equal(status, 2);
  assert.match(errors[0], /--hostname or --config is missing/);
});

Deno.test("dns says what is there, missing and different", async () => {
  const srv = (name: string, port: number, target: string) => ({
    name,
    type: "SRV",
    data: { priority: 0, weight: 1, port, target },
  });
  const dns = await startFakeDns([
    ...zoneOf({
      "mx1.example.test": { A: ["192.0.2.1"] },
      "example.test": { MX: [[10, "other.test"]], TXT: ["unrelated", "v=spf1 ip4:192.0.2.1 -all"] },
    }),
    srv("_imaps._tcp.example.test", 993, "mx1.example.test"),
  ]);
  const args = ["dns", "Example.test.", "--hostname", "mx1.example.test", "--resolver", dns.server];
  try {
    const { status, out } = await run([...args, "--json"]);
    assert.equal(status, 1);
    const states = JSON.parse(out).map((one: { name: string; state: string }) => `${one.name} ${one.state}`);
    assert.deepEqual(states, [
      "mx1.example.test there",
      "example.test different",
      "example.test there",
      "_dmarc.example.test missing",
      "_submissions._tcp.example.test missing",
      "_imaps._tcp.example.test there",
      "_pop3s._tcp.example.test missing",
      "_sieve._tcp.example.test missing",
    ]);
    dns.zone = [
      ...zoneOf({
        "mx1.example.test": { A: ["192.0.2.1"] },
        "example.test": { MX: [[10, "mx1.example.test"]], TXT: ["v=spf1 mx -all"] },
        "_dmarc.example.test": { TXT: ["v=DMARC1; p=reject"] },
      }),
    ];
    const fine = await run(args);
    assert.equal(fine.status, 0, fine.out);
    assert.match(
      fine.out,
      /missing \(optional\)\s+_imaps\._tcp\.example\.test\s+SRV\s+0 1 993 mx1\.example\.test\./,
    );
  } finally {
    await dns.close();
  }
});
