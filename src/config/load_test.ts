import { strict as assert } from "node:assert";
import { join } from "node:path";
import { parseEndpoint } from "./endpoint.ts";
import { checkConfiguration, ConfigurationError, loadConfiguration, type LoadOptions } from "./load.ts";
import { configurationKeys, readEnvironment } from "./environment.ts";
import { demoConfiguration } from "./demo.ts";

const folder = Deno.makeTempDirSync({ prefix: "mallard-config-" });
globalThis.addEventListener("unload", () => Deno.removeSync(folder, { recursive: true }));

function load(text: string, options: LoadOptions = {}) {
  const file = join(folder, "mallard.jsonc");
  Deno.writeTextFileSync(file, text);
  return loadConfiguration({ file, ...options });
}

function problemsOf(text: string, options: LoadOptions = {}): string[] {
  try {
    load(text, options);
  } catch (error) {
    assert.ok(error instanceof ConfigurationError, String(error));
    return error.message.split("\n").map((line) => line.replace(folder + "/", ""));
  }
  return [];
}

const LISTENER = `{ "protocol": "smtp", "address": "127.0.0.1", "port": 2525, "tls": "none" }`;

Deno.test("loadConfiguration() fills defaults and resolves paths against the file's folder", () => {
  const config = load(`{
    // a comment, and a trailing comma
    "hostname": "mx1.example.org",
    "dataDir": "state",
    "listeners": [{ "protocol": "imap", "address": "::", "port": 143 }],
    "tls": { "certificates": [{ "cert": "fullchain.pem", "key": "/etc/key.pem" }] },
    "outbound": { "ca": "authorities.pem" },
  }`);
  assert.equal(config.outbound.ca, join(folder, "authorities.pem"));
  assert.equal(config.dataDir, join(folder, "state"));
  assert.deepEqual(config.tls.certificates, [{ cert: join(folder, "fullchain.pem"), key: "/etc/key.pem" }]);
  assert.deepEqual(config.listeners[0], {
    protocol: "imap",
    address: "::",
    port: 143,
    tls: "starttls",
    tlsRequired: false,
    auth: false,
  });
  assert.deepEqual(config.limits, { messageBytes: 20971520, quotaBytes: 536870912, fullMailbox: "refuse" });
  assert.deepEqual(config.auth, {
    allowPlaintext: false,
    relayNetworks: [],
    quotaAdmins: [],
    clientCa: null,
    oauth: null,
  });
  assert.equal(config.replication, null);
  assert.equal(config.outbound.smarthost, null);
  assert.equal(config.places.shards, 1);
});

Deno.test("loadConfiguration() takes the smarthost as text or object", () => {
  const smarthost = (value: string) =>
    load(`{ "hostname": "a.test", "listeners": [${LISTENER}], "outbound": { "smarthost": ${value} } }`)
      .outbound.smarthost;
  assert.deepEqual(smarthost(`"mail.isp.test"`), { host: "mail.isp.test", port: 25 });
  assert.deepEqual(smarthost(`"[2001:db8::1]:587"`), { host: "2001:db8::1", port: 587 });
  assert.deepEqual(smarthost(`"[mail.isp.test]:587"`), { host: "mail.isp.test", port: 587 });
  assert.deepEqual(smarthost(`"192.0.2.1:2525"`), { host: "192.0.2.1", port: 2525 });
  assert.deepEqual(smarthost(`{ "host": "192.0.2.1", "port": 2525, "user": "u", "password": "p" }`), {
    host: "192.0.2.1",
    port: 2525,
    user: "u",
    password: "p",
  });
  assert.deepEqual(smarthost(`{ "host": "mail.isp.test", "tls": "verify" }`), {
    host: "mail.isp.test",
    port: 25,
    tls: "verify",
  });
});

Deno.test("networks that may relay: small ones, never everybody", () => {
  const networks = (value: string) =>
    load(`{ "hostname": "a.test", "listeners": [${LISTENER}], "auth": { "relayNetworks": ${value} } }`)
      .auth.relayNetworks;
  assert.deepEqual(networks(`["192.0.2.0/24", "2001:db8::1"]`), ["192.0.2.0/24", "2001:db8::1"]);
  for (const open of ["0.0.0.0/0", "::/0"]) {
    assert.throws(() => networks(JSON.stringify([open])), /auth\.relayNetworks\[0\]: .*open relay/);
  }
  assert.throws(() => networks(`["192.0.2.0/64"]`), /not an address or network/);
});

const BAD: { name: string; text: string; want: RegExp[]; environment?: Record<string, string> }[] = [
  {
    name: "broken syntax with its line",
    text: `{\n  "hostname": "a.test"\n  "dataDir": "x"\n}`,
    want: [/^mallard\.jsonc:3:3: comma expected$/],
  },
  {
    name: "an unknown key at the key",
    text: `{\n  "hostname": "a.test",\n  "lisseners": [],\n  "listeners": [${LISTENER}] }`,
    want: [/^mallard\.jsonc:3:3: lisseners: unknown key$/],
  },
  {
    name: "everything that is wrong at once",
    text:
      `{ "hostname": "a b", "listeners": [{ "protocol": "smpt", "address": "127.0.0.1", "port": 99999 }] }`,
    want: [/hostname: not a host name/, /listeners\[0\]\.protocol: /, /listeners\[0\]\.port: /],
  },
  {
    name: "a missing key",
    text: `{ "listeners": [${LISTENER}] }`,
    want: [/^mallard\.jsonc:1:1: hostname: is missing \(string\)$/],
  },
  {
    name: "port 0",
    text: `{ "hostname": "a.test", "listeners": [${LISTENER.replace("2525", "0")}] }`,
    want: [/listeners\[0\]\.port: port 0 is for tests only/],
  },
  {
    name: "one port twice",
    text: `{ "hostname": "a.test", "listeners": [${LISTENER}, ${LISTENER}] }`,
    want: [/listeners\[1\]\.port: the same address and port as listeners\[0\]/],
  },
  {
    name: "TLS without a certificate",
    text: `{ "hostname": "a.test", "listeners": [${LISTENER.replace("none", "implicit")}] }`,
    want: [/listeners\[0\]\.tls: wants TLS/],
  },
  {
    name: "a name where an address belongs",
    text: `{ "hostname": "a.test", "listeners": [${LISTENER.replace("127.0.0.1", "localhost")}] }`,
    want: [/listeners\[0\]\.address: not an IP address/],
  },
  {
    name: "a variable, by its name",
    text: `{ "hostname": "a.test", "listeners": [${LISTENER}] }`,
    environment: { MALLARD_PLACES_SHARDS: "many" },
    want: [/^MALLARD_PLACES_SHARDS: places\.shards: /],
  },
  {
    name: "an endpoint inside a list",
    text: `{ "hostname": "a.test", "listeners": [${LISTENER}], "outbound": { "resolver": ["1.1.1.1:0"] } }`,
    want: [/outbound\.resolver\[0\]: port 0/],
  },
  {
    name: "a pair with itself",
    text:
      `{ "hostname": "a.test", "listeners": [${LISTENER}], "replication": { "listen": { "address": "::", "port": 1 },
      "peer": { "id": "mx1", "address": "mx1.test", "port": 1 }, "ca": "a", "cert": "b", "key": "c" } }`,
    want: [/^mallard\.jsonc:2:\d+: replication\.peer\.id: is this server's own node\.id/],
  },
  { name: "an empty file", text: ``, want: [/mallard\.jsonc/] },
];

for (const { name, text, want, environment } of BAD) {
  Deno.test(`loadConfiguration() reports ${name}`, () => {
    const problems = problemsOf(text, { environment });
    assert.equal(problems.length, want.length, problems.join("\n"));
    want.forEach((pattern, index) => assert.match(problems[index], pattern));
  });
}

Deno.test("loadConfiguration() allows port 0 in tests and names a missing file", () => {
  const text = `{ "hostname": "a.test", "listeners": [${LISTENER.replace("2525", "0")}] }`;
  assert.equal(load(text, { allowPortZero: true }).listeners[0].port, 0);
  assert.equal(load(text, { environment: { MALLARD_TEST: "1" } }).listeners[0].port, 0);
  assert.throws(() => loadConfiguration({ file: join(folder, "none.jsonc") }), /no such file/);
});

Deno.test("the environment overrides the file; --data overrides both", () => {
  const text = `{ "hostname": "a.test", "dataDir": "x", "listeners": [${LISTENER}] }`;
  const environment = {
    MALLARD_HOSTNAME: "mx9.example.org",
    MALLARD_DATA_DIR: "/srv/a",
    MALLARD_LIMITS_MESSAGEBYTES: "1048576",
    MALLARD_LIMITS_QUOTA_BYTES: "null",
    MALLARD_AUTH_ALLOWPLAINTEXT: "true",
    MALLARD_ADMIN_TOKEN: "123456789012345678901234",
    MALLARD_OUTBOUND_RESOLVER: `["127.0.0.1:5353"]`,
    MALLARD_OUTBOUND_SMARTHOST: "mail.isp.test:2525",
    MALLARD_LISTENERS: `[{"protocol":"lmtp","address":"127.0.0.1","port":24,"tls":"none"}]`,
    PATH: "/bin",
  };
  const config = load(text, { environment });
  assert.equal(config.hostname, "mx9.example.org");
  assert.equal(config.dataDir, "/srv/a");
  assert.deepEqual(config.limits, { messageBytes: 1048576, quotaBytes: null, fullMailbox: "refuse" });
  assert.equal(config.auth.allowPlaintext, true);
  assert.equal(config.admin.token, "123456789012345678901234");
  assert.deepEqual(config.outbound.resolver, ["127.0.0.1:5353"]);
  assert.deepEqual(config.outbound.smarthost, { host: "mail.isp.test", port: 2525 });
  assert.deepEqual(config.listeners.map((listener) => listener.protocol), ["lmtp"]);
  assert.equal(load(text, { environment, dataDir: "/srv/b" }).dataDir, "/srv/b");
});

Deno.test("readEnvironment() names variables that set nothing, and every key has one variable", () => {
  assert.deepEqual(readEnvironment({ MALLARD_LIMITZ: "1", MALLARD_URL: "x", HOME: "/" }), {
    settings: [],
    unknown: ["MALLARD_LIMITZ"],
  });
  const names = configurationKeys().map((key) => key.variable.replaceAll("_", ""));
  assert.equal(new Set(names).size, names.length);
  for (const key of configurationKeys()) {
    assert.ok(key.schema.description, `${key.path.join(".")} is described`);
  }
  assert.ok(names.includes("MALLARDREPLICATIONPEERID"));
});

Deno.test("the demo's configuration is valid, on both loopback addresses, with certificates in its data folder", () => {
  const config = checkConfiguration(demoConfiguration("/tmp/demo"));
  assert.equal(config.listeners.length, 20);
  assert.deepEqual(config.listeners.slice(0, 10).map((listener) => listener.port), [
    2525,
    2587,
    2465,
    2143,
    2993,
    2110,
    2995,
    4190,
    8080,
    8443,
  ]);
  const moved = loadConfiguration({ demo: true, environment: { MALLARD_DATADIR: "/tmp/elsewhere" } });
  assert.equal(moved.tls.certificates[0].cert, "/tmp/elsewhere/tls/localhost.cert.pem");
  assert.equal(loadConfiguration({ demo: true }).dataDir, join(Deno.cwd(), "data"));
});

Deno.test("parseEndpoint() reads names, addresses and ports", () => {
  const rows: [string, string, number][] = [
    ["mail.isp.test", "mail.isp.test", 25],
    ["192.0.2.1:2525", "192.0.2.1", 2525],
    ["[2001:db8::1]:587", "2001:db8::1", 587],
    ["[::1]", "::1", 25],
    ["::1", "::1", 25],
  ];
  for (const [text, host, port] of rows) assert.deepEqual(parseEndpoint(text, 25), { host, port });
  for (const bad of ["", "a b", "host:", "host:99999", "[::1", "[zz]:1", "a:b:1x", "a:b:c", "[a:b]:25"]) {
    assert.throws(() => parseEndpoint(bad, 25), SyntaxError, bad);
  }
});

Deno.test("messages have at least a KiB, so that tests may be small", () => {
  const limits = (messageBytes: number) =>
    checkConfiguration({
      hostname: "mx.a.test",
      listeners: [{ protocol: "smtp", address: "127.0.0.1", port: 25, tls: "none" }],
      limits: { messageBytes },
    }).limits.messageBytes;
  assert.equal(limits(1024), 1024);
  assert.throws(() => limits(1023), /limits\.messageBytes: Too small/);
});

Deno.test("a smarthost that is no host and port is told as that, not as the wrong type", () => {
  const problems = (smarthost: unknown) => {
    const input = {
      hostname: "mx.a.test",
      listeners: [{ protocol: "smtp", address: "127.0.0.1", port: 25, tls: "none" }],
      outbound: { smarthost },
    } as Parameters<typeof checkConfiguration>[0];
    try {
      checkConfiguration(input);
      return "";
    } catch (error) {
      return (error as Error).message;
    }
  };
  assert.match(problems("mail.isp.test:99999"), /outbound\.smarthost: port 99999 is not between/);
  assert.match(problems("[::1"), /outbound\.smarthost: "\[::1" is not host, host:port or \[IPv6\]:port/);
  assert.match(problems({ host: "a.test", port: "x" }), /outbound\.smarthost\.port: expected number/);
  assert.equal(problems("[2001:db8::1]:587"), "");
});

Deno.test("an issuer of tokens is asked over TLS, or on this machine", () => {
  const check = (oauth: unknown) =>
    checkConfiguration(
      {
        hostname: "mx.a.test",
        listeners: [{ protocol: "imap", address: "127.0.0.1", port: 143, tls: "none" }],
        auth: { oauth },
      } as Parameters<typeof checkConfiguration>[0],
    ).auth.oauth;
  const issuer = "https://id.test/realm";
  assert.deepEqual(check({ issuer, audience: "mail" }), {
    issuer,
    audience: "mail",
    scope: null,
    claim: "email",
    keys: null,
    introspection: null,
  });
  assert.ok(check({ issuer: "http://127.0.0.1:8080", audience: "mail", keys: "http://localhost/keys" }));
  for (
    const bad of [
      { issuer: "http://id.test", audience: "mail" },
      { issuer: "ftp://id.test", audience: "mail" },
      { issuer: "id.test", audience: "mail" },
      { issuer },
      { issuer, audience: "mail", keys: "http://id.test/keys" },
      { issuer, audience: "mail", introspection: { url: issuer, clientId: "x" } },
    ]
  ) {
    assert.throws(() => check(bad), ConfigurationError, JSON.stringify(bad));
  }
});
