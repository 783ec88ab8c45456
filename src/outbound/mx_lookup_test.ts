import { strict as assert } from "node:assert";
import { seededRandom } from "../base/id.ts";
import type { DnsAnswer, Resolver } from "../net/resolver.ts";
import { lookUpExchangers, lookUpHost } from "./mx_lookup.ts";
import { chooseRoute, matchesDomain } from "./route.ts";

type Zone = Record<string, { MX?: [number, string][]; A?: string[]; AAAA?: string[]; failing?: boolean }>;

/** Answers from a table, as a resolver would. */
function resolverOf(zone: Zone): Resolver {
  return {
    resolve(name, type) {
      const entry = zone[name];
      if (!entry) return Promise.resolve({ outcome: "nxdomain", authentic: false });
      if (entry.failing) return Promise.resolve({ outcome: "failed", reason: "SERVFAIL from ns" });
      const records = type === "MX"
        ? entry.MX?.map(([preference, exchange]) => ({ preference, exchange }))
        : type === "A"
        ? entry.A
        : entry.AAAA;
      const answer: DnsAnswer<unknown> = records
        ? { outcome: "found", records, name, authentic: false, ttlS: 60 }
        : { outcome: "nodata", authentic: false };
      return Promise.resolve(answer as DnsAnswer<never>);
    },
  };
}

const OWN = { hostname: "me.test", endpoints: [{ address: "192.0.2.99", port: 25 }] };

const lookUp = (domain: string, zone: Zone, seed = 1) =>
  lookUpExchangers(domain, 25, OWN, resolverOf(zone), seededRandom(seed));

Deno.test("lookUpExchangers() goes by preference, IPv6 and IPv4 in turns", async () => {
  const targets = await lookUp("a.test", {
    "a.test": { MX: [[20, "two.test"], [10, "one.test"], [30, "three.test"]] },
    "one.test": { A: ["192.0.2.1", "192.0.2.2"], AAAA: ["2001:db8::1"] },
    "two.test": { A: ["192.0.2.3"] },
    "three.test": { AAAA: ["2001:db8::3"] },
  });
  assert.deepEqual(targets.map(({ host, address }) => `${host} ${address}`), [
    "one.test 2001:db8::1",
    "one.test 192.0.2.1",
    "one.test 192.0.2.2",
    "two.test 192.0.2.3",
    "three.test 2001:db8::3",
  ]);
});

Deno.test("lookUpExchangers() mixes equal preferences", async () => {
  const zone: Zone = {
    "a.test": { MX: [[1, "x.test"], [1, "y.test"]] },
    "x.test": { A: ["192.0.2.1"] },
    "y.test": { A: ["192.0.2.2"] },
  };
  const first = new Set<string>();
  for (let seed = 1; seed < 30; seed++) first.add((await lookUp("a.test", zone, seed))[0].host);
  assert.deepEqual([...first].sort(), ["x.test", "y.test"]);
});

Deno.test("lookUpExchangers() takes the domain itself, or a literal, where there is no MX", async () => {
  const address = { "a.test": { A: ["192.0.2.1"] } };
  assert.deepEqual(await lookUp("a.test", address), [{ host: "a.test", address: "192.0.2.1", port: 25 }]);
  assert.equal((await lookUp("[192.0.2.7]", {}))[0].address, "192.0.2.7");
  assert.equal((await lookUp("[ipv6:2001:db8::7]", {}))[0].address, "2001:db8::7");
  const published = { "b.test": { MX: [[1, "192.0.2.8"]] as [number, string][] } };
  assert.equal((await lookUp("b.test", published))[0].address, "192.0.2.8");
});

Deno.test("lookUpExchangers() leaves out what is not better than this server", async () => {
  const zone: Zone = {
    "a.test": { MX: [[10, "best.test"], [20, "me.test"], [20, "peer.test"], [30, "worse.test"]] },
    "b.test": { MX: [[10, "alias.test"], [20, "worse.test"]] },
    "best.test": { A: ["192.0.2.1"] },
    "me.test": { A: ["192.0.2.5"] },
    "peer.test": { A: ["192.0.2.2"] },
    "worse.test": { A: ["192.0.2.3"] },
    "alias.test": { A: ["192.0.2.99"] },
  };
  assert.deepEqual((await lookUp("a.test", zone)).map(({ host }) => host), ["best.test"]);
  await assert.rejects(lookUp("b.test", zone), { outcome: "permanent", status: "5.4.6" });
  const everywhere = { hostname: "me.test", endpoints: [{ address: "::", port: 25 }] };
  zone["alias.test"] = { A: ["192.0.2.5"] };
  const look = (port: number) =>
    lookUpExchangers("b.test", port, everywhere, resolverOf(zone), seededRandom(1));
  await assert.rejects(look(25), { status: "5.4.6" });
  assert.equal((await look(2525)).length, 2, "somebody else's port");
});

Deno.test("lookUpExchangers() and failures", async () => {
  const rows: [string, Zone, "permanent" | "temporary", string][] = [
    ["no domain", {}, "permanent", "5.1.2"],
    ["null MX", { "a.test": { MX: [[0, ""]] } }, "permanent", "5.1.10"],
    ["no address at all", { "a.test": {} }, "permanent", "5.4.4"],
    ["MX without address", { "a.test": { MX: [[1, "x.test"]] } }, "permanent", "5.4.4"],
    ["MX fails", { "a.test": { failing: true } }, "temporary", "4.4.3"],
    [
      "address fails",
      { "a.test": { MX: [[1, "x.test"]] }, "x.test": { failing: true } },
      "temporary",
      "4.4.3",
    ],
  ];
  for (const [name, zone, outcome, status] of rows) {
    await assert.rejects(lookUp("a.test", zone), { outcome, status }, name);
  }
  await assert.rejects(lookUp("a.test", { "a.test": { MX: [[0, ""]] } }), { message: /^556 5\.1\.10 / });
});

Deno.test("lookUpExchangers() tries no more than a few addresses", async () => {
  const many: Zone = {
    "a.test": { MX: [[1, "x.test"]] },
    "x.test": { A: Array.from({ length: 40 }, (_, i) => `192.0.2.${i}`) },
  };
  assert.equal((await lookUp("a.test", many)).length, 10);
});

Deno.test("lookUpHost() asks for no MX", async () => {
  const resolver = resolverOf({ "hub.test": { A: ["192.0.2.1"], MX: [[1, "other.test"]] } });
  assert.deepEqual(await lookUpHost("hub.test", 587, resolver), [{
    host: "hub.test",
    address: "192.0.2.1",
    port: 587,
  }]);
  assert.equal((await lookUpHost("2001:db8::1", 25, resolver))[0].address, "2001:db8::1");
  await assert.rejects(lookUpHost("gone.test", 25, resolver), { outcome: "temporary", status: "4.4.4" });
});

Deno.test("matchesDomain()", () => {
  const rows: [string, string, boolean][] = [
    ["a.test", "a.test", true],
    ["A.test", "a.TEST", true],
    ["a.test", "b.a.test", false],
    ["*.test", "a.test", true],
    ["*.test", "b.a.test", true],
    ["*.test", "test", false],
    ["*.a.test", "xa.test", false],
    ["*", "anything.example", true],
  ];
  for (const [pattern, domain, want] of rows) {
    assert.equal(matchesDomain(pattern, domain), want, `${pattern} ${domain}`);
  }
});

Deno.test("chooseRoute(): static routes, then the smarthost, then MX", () => {
  const routes = [{ domain: "x.test", host: "one", port: 1 }, { domain: "*.test", host: "two", port: 2 }];
  const smarthost = { host: "hub", port: 587, user: "u", password: "p" };
  const brief = (domain: string, hub: typeof smarthost | null) => {
    const route = chooseRoute(domain, routes, hub);
    return route.kind === "mx"
      ? `mx ${route.domain}`
      : `${route.host}:${route.port} ${route.smarthost !== null}`;
  };
  assert.equal(brief("x.test", smarthost), "one:1 false");
  assert.equal(brief("y.test", smarthost), "two:2 false");
  assert.equal(brief("y.example", smarthost), "hub:587 true");
  assert.equal(brief("y.example", null), "mx y.example");
});
