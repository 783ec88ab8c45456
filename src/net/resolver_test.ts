import { strict as assert } from "node:assert";
import { ManualClock, systemClock } from "../base/clock.ts";
import { seededRandom } from "../base/id.ts";
import { type FakeDns, startFakeDns, zoneOf } from "../../tests/support/fake_dns.ts";
import { formatDnsQuery, normalizeDnsName, parseDnsResponse, readRecords } from "./dns_message.ts";
import { parseDnsServer, parseResolvConf } from "./dns_transport.ts";
import { createResolver, type ResolverOptions } from "./resolver.ts";

const random = seededRandom(7);

function resolverOf(dns: FakeDns, more: Partial<ResolverOptions> = {}) {
  return createResolver({
    servers: [dns.server],
    clock: systemClock,
    random,
    timeoutMs: 60,
    rounds: 2,
    ...more,
  });
}

Deno.test("parseDnsServer()", () => {
  const rows: [string, string, number][] = [
    ["192.0.2.1", "192.0.2.1", 53],
    ["192.0.2.1:5353", "192.0.2.1", 5353],
    ["2001:db8::1", "2001:db8::1", 53],
    ["[2001:db8::1]", "2001:db8::1", 53],
    ["[2001:db8::1]:5353", "2001:db8::1", 5353],
    ["ns.test:54", "ns.test", 54],
  ];
  for (const [text, address, port] of rows) assert.deepEqual(parseDnsServer(text), { address, port });
  for (const bad of ["", "1.2.3.4:0", "1.2.3.4:70000", "[::1", "a b"]) {
    assert.throws(() => parseDnsServer(bad), SyntaxError, bad);
  }
});

Deno.test("parseResolvConf() takes three servers, or this machine", () => {
  const text =
    "# x\nnameserver 192.0.2.1\n nameserver ::1\nsearch a.test\nnameserver 3.3.3.3\nnameserver 4.4.4.4\n";
  assert.deepEqual(parseResolvConf(text).map((s) => s.address), ["192.0.2.1", "::1", "3.3.3.3"]);
  assert.deepEqual(parseResolvConf("options edns0\n"), [{ address: "127.0.0.1", port: 53 }]);
});

Deno.test("normalizeDnsName()", () => {
  assert.equal(normalizeDnsName("Mx.Example.TEST."), "mx.example.test");
  assert.equal(normalizeDnsName("bücher.test"), "xn--bcher-kva.test");
  assert.equal(normalizeDnsName("_25._tcp.mx.test"), "_25._tcp.mx.test");
  for (const bad of ["", "a..b", "x".repeat(64) + ".test", "a b.test", ("a".repeat(60) + ".").repeat(5)]) {
    assert.equal(normalizeDnsName(bad), null, bad);
  }
});

Deno.test("resolve() reads each type", async () => {
  const dns = await startFakeDns(zoneOf({
    "a.test": { A: ["192.0.2.1"], AAAA: ["2001:db8::1"], MX: [[10, "MX.a.test"]], TXT: ["v=spf1 -all"] },
  }));
  dns.zone.push(
    { name: "two.test", type: "TXT", data: ["v=DKIM1; ", "p=abc"] },
    { name: "1.2.0.192.in-addr.arpa", type: "PTR", data: "Host.a.test" },
    {
      name: "_25._tcp.a.test",
      type: "TLSA",
      data: {
        usage: 3,
        selector: 1,
        matchingType: 1,
        certificate: (await import("node:buffer")).Buffer.from([1, 2]),
      },
    },
  );
  const resolver = resolverOf(dns);
  const records = async (name: string, type: "A" | "AAAA" | "MX" | "TXT" | "TLSA" | "PTR") => {
    const answer = await resolver.resolve(name, type);
    return answer.outcome === "found" ? answer.records : answer.outcome;
  };
  assert.deepEqual(await records("A.test.", "A"), ["192.0.2.1"]);
  assert.deepEqual(await records("a.test", "AAAA"), ["2001:db8::1"]);
  assert.deepEqual(await records("a.test", "MX"), [{ preference: 10, exchange: "mx.a.test" }]);
  assert.deepEqual(await records("a.test", "TXT"), ["v=spf1 -all"]);
  assert.deepEqual(await records("two.test", "TXT"), ["v=DKIM1; p=abc"]);
  assert.deepEqual(await records("1.2.0.192.in-addr.arpa", "PTR"), ["host.a.test"]);
  assert.deepEqual(await records("_25._tcp.a.test", "TLSA"), [
    { usage: 3, selector: 1, matchingType: 1, certificate: new Uint8Array([1, 2]) },
  ]);
  assert.equal(await records("two.test", "MX"), "nodata");
  assert.equal(await records("none.test", "A"), "nxdomain");
  assert.equal(await records("not a name", "A"), "nxdomain");
  assert.deepEqual(await records("localhost", "A"), ["127.0.0.1"]);
  await dns.close();
});

Deno.test("resolve() tells trouble from absence", async () => {
  const dns = await startFakeDns(
    zoneOf({ "bad.test": { A: ["192.0.2.1"] }, "mute.test": { A: ["192.0.2.1"] } }),
  );
  dns.trouble.set("bad.test", "servfail").set("mute.test", "silent");
  const resolver = resolverOf(dns);
  const bad = await resolver.resolve("bad.test", "A");
  assert.ok(
    bad.outcome === "failed" && bad.reason.startsWith("SERVFAIL from 127.0.0.1"),
    JSON.stringify(bad),
  );
  const mute = await resolver.resolve("mute.test", "A");
  assert.ok(mute.outcome === "failed" && mute.reason.startsWith("no answer"), JSON.stringify(mute));
  assert.equal(dns.asked.length, 4, "two rounds each");
  dns.trouble.clear();
  assert.equal((await resolver.resolve("bad.test", "A")).outcome, "found", "failures are not remembered");
  await dns.close();
});

Deno.test("resolve() falls back to TCP, to no EDNS and to the next server", async () => {
  const [first, second] = [await startFakeDns(), await startFakeDns()];
  second.zone = zoneOf({ "big.test": { A: ["192.0.2.1"] }, "old.test": { A: ["192.0.2.2"] } });
  second.trouble.set("big.test", "truncated").set("old.test", "no-edns");
  first.trouble.set("big.test", "refused").set("old.test", "silent");
  const resolver = createResolver({
    servers: [first.server, second.server],
    clock: systemClock,
    random,
    timeoutMs: 60,
  });
  const big = await resolver.resolve("big.test", "A");
  assert.ok(big.outcome === "found" && big.records[0] === "192.0.2.1");
  assert.deepEqual(second.asked, ["udp A big.test", "tcp A big.test"]);
  second.asked = [];
  const old = await resolver.resolve("old.test", "A");
  assert.ok(old.outcome === "found" && old.records[0] === "192.0.2.2");
  assert.deepEqual(
    second.asked,
    ["udp A old.test", "udp A old.test"],
    "the server that answered is asked first",
  );
  assert.deepEqual(first.asked, ["udp A big.test"]);
  await first.close();
  await second.close();
});

Deno.test("resolve() follows CNAMEs, also over several answers, and not for ever", async () => {
  const dns = await startFakeDns(zoneOf({
    "www.test": { CNAME: "b.test" },
    "b.test": { CNAME: "c.test" },
    "c.test": { A: ["192.0.2.9"] },
    "loop.test": { CNAME: "pool.test" },
    "pool.test": { CNAME: "loop.test" },
    "dead.test": { CNAME: "gone.test" },
    "empty.test": { CNAME: "c.test" },
  }));
  const resolver = resolverOf(dns);
  const found = await resolver.resolve("www.test", "A");
  assert.ok(found.outcome === "found" && found.name === "c.test" && found.records[0] === "192.0.2.9");
  assert.equal((await resolver.resolve("loop.test", "A")).outcome, "failed");
  assert.equal((await resolver.resolve("dead.test", "A")).outcome, "nxdomain");
  assert.equal((await resolver.resolve("empty.test", "MX")).outcome, "nodata");
  await dns.close();
});

Deno.test("resolve() remembers answers for their time, and that there is none", async () => {
  const clock = new ManualClock();
  const dns = await startFakeDns(zoneOf({ "a.test": { A: ["192.0.2.1"] } }));
  const resolver = resolverOf(dns, { clock });
  const ask = async (name: string) => (await resolver.resolve(name, "A")).outcome;
  assert.deepEqual(await Promise.all([ask("a.test"), ask("a.test")]), ["found", "found"]);
  assert.equal(await ask("none.test"), "nxdomain");
  clock.advance(19_000);
  assert.equal(await ask("a.test"), "found");
  assert.equal(await ask("none.test"), "nxdomain");
  assert.deepEqual(dns.asked, ["udp A a.test", "udp A none.test"]);
  clock.advance(2_000);
  assert.equal(await ask("none.test"), "nxdomain");
  assert.equal(dns.asked.length, 3, "the SOA's minimum of 20 s is over");
  clock.advance(40_000);
  dns.zone = [];
  assert.equal(await ask("a.test"), "nxdomain");
  await dns.close();
});

Deno.test("resolve() believes the AD bit of a server on this machine", async () => {
  const dns = await startFakeDns(zoneOf({ "a.test": { A: ["192.0.2.1"] } }), "::1");
  dns.authentic = true;
  const answer = await resolverOf(dns).resolve("a.test", "A");
  assert.ok(answer.outcome === "found" && answer.authentic);
  await dns.close();
});

Deno.test("parseDnsResponse() takes any bytes", () => {
  const bytes = random.bytes(400);
  const sound = formatDnsQuery(7, "a.test", "MX", true);
  let read = 0;
  for (let i = 0; i < 3000; i++) {
    const message = new Uint8Array(sound.length + (random.bytes(1)[0] & 63));
    message.set(sound);
    message.set(random.bytes(message.length - sound.length), sound.length);
    message[2] |= 0x80;
    for (let j = bytes[i % 400] & 7; j > 0; j--) {
      message[random.bytes(1)[0] % message.length] = random.bytes(1)[0];
    }
    try {
      const response = parseDnsResponse(message);
      for (const type of ["A", "MX", "TXT", "TLSA", "PTR"] as const) readRecords(type, response.answers);
      read++;
    } catch (error) {
      assert.ok(error instanceof SyntaxError, String(error));
    }
  }
  assert.ok(read > 0, "some of them are sound");
});
