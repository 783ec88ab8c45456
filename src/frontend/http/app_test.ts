import { strict as assert } from "node:assert";
import { createHash } from "node:crypto";
import type { QueueContract } from "../../../actors/queue/contract.ts";
import { TOKEN, withApi } from "./harness_test.ts";

Deno.test("health, readiness and metrics need no token", () =>
  withApi(async ({ fetch, health, link }) => {
    const json = async (path: string) => {
      const response = await fetch(path);
      return [response.status, await response.json()];
    };
    assert.deepEqual(await json("/healthz"), [200, { status: "ok" }]);
    assert.deepEqual(await json("/readyz"), [200, { status: "ok", peer: "none" }]);
    link.status = {
      node: "mx1",
      peer: "mx2",
      linked: true,
      lag: { entries: 1, ms: 2 },
      forks: 0,
      heals: 0,
      renumbered: 0,
      divergences: 0,
    };
    assert.deepEqual(await json("/readyz"), [200, { status: "ok", peer: "linked" }]);
    Object.assign(health, { ok: false, reason: "port 25 is taken" });
    assert.deepEqual(await json("/healthz"), [503, { status: "unavailable", reason: "port 25 is taken" }]);
    assert.equal((await json("/readyz"))[0], 503);
    const metrics = await fetch("/metrics");
    assert.match(metrics.headers.get("Content-Type")!, /^application\/openmetrics-text/);
    assert.equal(await metrics.text(), '# TYPE mallard_test counter\nmallard_test_total{a="b"} 3\n# EOF\n');
  }));

Deno.test("the admin API is for bearers of a token only", () =>
  withApi(async ({ fetch, call }) => {
    const table: [authorization: string | null, status: number][] = [
      [null, 401],
      ["Bearer", 401],
      ["Bearer wrong", 401],
      [`Basic ${TOKEN}`, 401],
      [`Bearer ${TOKEN}x`, 401],
      ["Bearer other", 200],
      [`bearer ${TOKEN}`, 200],
    ];
    for (const [authorization, status] of table) {
      const response = await fetch("/api/v1/domains", { headers: authorization ? { authorization } : {} });
      assert.equal(response.status, status, String(authorization));
      const body = await response.json();
      if (status === 200) continue;
      assert.equal(body.code, "denied");
      assert.match(response.headers.get("WWW-Authenticate")!, /^Bearer realm="mallard"/);
      assert.equal(response.headers.get("Content-Type"), "application/problem+json");
    }
    assert.equal((await call("GET", "/api/v1/nothing")).body.code, "not_found");
    assert.equal((await fetch("/nothing")).status, 404);
    const other = await fetch("/api/v1/domains/a.test", {
      method: "PUT",
      headers: { authorization: `Bearer ${TOKEN}` },
    });
    assert.deepEqual([other.status, other.headers.get("Allow")], [405, "DELETE, GET, PATCH"]);
    assert.equal((await other.json()).code, "invalid");
    assert.equal((await fetch("/healthz", { method: "POST" })).headers.get("Allow"), "GET");
    assert.equal((await fetch("/healthz")).headers.get("X-Content-Type-Options"), "nosniff");
  }));

Deno.test("domains are added, listed, changed and removed", () =>
  withApi(async ({ call }) => {
    const made = await call("POST", "/api/v1/domains", { name: "A.test", quotaBytes: 5000 });
    assert.equal(made.status, 201);
    assert.equal(made.headers.get("Location"), "/api/v1/domains/a.test");
    assert.deepEqual([made.body.name, made.body.aliasOf, made.body.quotaBytes], ["a.test", null, 5000]);
    const again = await call("POST", "/api/v1/domains", { name: "a.test" });
    assert.deepEqual([again.status, again.body.code, again.body.status], [409, "exists", 409]);
    await call("POST", "/api/v1/domains", { name: "b.test", aliasOf: "a.test" });
    await call("POST", "/api/v1/domains", { name: "c.test" });
    const first = await call("GET", "/api/v1/domains?limit=2");
    assert.deepEqual(first.body.items.map((d: { name: string }) => d.name), ["a.test", "b.test"]);
    const rest = await call("GET", `/api/v1/domains?limit=2&after=${first.body.next}`);
    assert.deepEqual([rest.body.items[0].name, rest.body.items.length, rest.body.next], ["c.test", 1, null]);
    const changed = await call("PATCH", "/api/v1/domains/a.test", {
      catchAll: "all@a.test",
      quotaBytes: null,
    });
    assert.deepEqual([changed.status, changed.body.catchAll, changed.body.quotaBytes], [
      200,
      "all@a.test",
      null,
    ]);
    assert.equal((await call("DELETE", "/api/v1/domains/a.test")).body.code, "conflict");
    const removed = await call("DELETE", "/api/v1/domains/c.test");
    assert.deepEqual([removed.status, removed.body], [204, null]);
    assert.equal((await call("GET", "/api/v1/domains/c.test")).status, 404);
  }));

Deno.test("accounts are added with a hashed password, and changed", () =>
  withApi(async ({ call, system, hashes }) => {
    await call("POST", "/api/v1/domains", { name: "a.test" });
    const account = { address: "Alice@a.test", password: "long enough", displayName: "Alice" };
    const made = await call("POST", "/api/v1/accounts", account);
    assert.equal(made.status, 201);
    assert.equal(made.headers.get("Location"), "/api/v1/accounts/alice%40a.test");
    assert(!JSON.stringify(made.body).includes("argon2id"), "hashes never leave");
    const stored = async () => {
      // deno-lint-ignore no-explicit-any -- one field of one reply
      const reply: any = await system.ref("directory:main").ask("credentials", { login: "alice@a.test" });
      return reply?.passwordHash;
    };
    assert.equal(await stored(), "$argon2id$v=19$1");
    const path = "/api/v1/accounts/alice%40a.test";
    const changed = await call("PATCH", path, { password: "another one", quotaBytes: 100 });
    assert.deepEqual([changed.status, changed.body.effective.quotaBytes], [200, 100]);
    await call("PATCH", "/api/v1/domains/a.test", { acknowledge: "both" });
    const { body } = await call("GET", path);
    assert.deepEqual([body.acknowledge, body.effective.acknowledge], [null, "both"]);
    const own = await call("PATCH", path, { acknowledge: "local" });
    assert.deepEqual([own.body.acknowledge, own.body.effective.acknowledge], ["local", "local"]);
    assert.equal(await stored(), "$argon2id$v=19$2");
    await call("PATCH", "/api/v1/accounts/alice@a.test", { enabled: false });
    assert.equal(await stored(), undefined);
    await call("PATCH", path, { enabled: true, passwordHash: "$2b$04$abc" });
    assert.equal(await stored(), "$2b$04$abc");
    assert.equal((await call("GET", "/api/v1/accounts?domain=a.test")).body.items.length, 1);
    assert.equal(hashes(), 2);
    assert.equal((await call("DELETE", path)).status, 204);
    assert.equal((await call("DELETE", path)).body.code, "not_found");
  }));

Deno.test("wrong requests are told what is wrong, field by field", () =>
  withApi(async ({ call, fetch }) => {
    await call("POST", "/api/v1/domains", { name: "a.test" });
    const table: [path: string, body: unknown, field: string][] = [
      ["/api/v1/domains", {}, "name"],
      ["/api/v1/domains", { name: 5 }, "name"],
      ["/api/v1/domains", { name: "x.test", quota: 5 }, ""],
      ["/api/v1/accounts", { address: "x@a.test" }, "password"],
      ["/api/v1/accounts", { address: "x@a.test", password: "short" }, "password"],
      [
        "/api/v1/accounts",
        { address: "x@a.test", password: "long enough", passwordHash: "$2b$x" },
        "password",
      ],
      ["/api/v1/accounts", { address: "x@a.test", passwordHash: "{PLAIN}x" }, "passwordHash"],
      ["/api/v1/accounts", { address: "x@a.test", password: "long enough", quotaBytes: -1 }, "quotaBytes"],
      ["/api/v1/domains", { name: "x.test", acknowledge: "never" }, "acknowledge"],
      ["/api/v1/aliases", { address: "x@a.test", targets: [] }, "targets"],
      ["/api/v1/groups", { address: "x@a.test", members: [] }, "members"],
    ];
    for (const [path, body, field] of table) {
      const reply = await call("POST", path, body);
      assert.deepEqual([reply.status, reply.body.code], [400, "invalid"], JSON.stringify(body));
      assert.equal(reply.body.errors[0].path, field, JSON.stringify(reply.body));
    }
    assert.equal(
      (await call("POST", "/api/v1/domains", { name: "a b" })).body.detail,
      'not a domain name: "a b"',
    );
    assert.equal((await call("GET", "/api/v1/domains?limit=0")).status, 400);
    const send = (headers: Record<string, string>, body: string) =>
      fetch("/api/v1/domains", {
        method: "POST",
        headers: { Authorization: `Bearer ${TOKEN}`, ...headers },
        body,
      });
    const json = { "Content-Type": "application/json" };
    assert.equal((await send(json, "{")).status, 400);
    assert.equal((await send({ "Content-Type": "text/plain" }, '{"name":"x.test"}')).status, 415);
    const big = await send(json, JSON.stringify({ name: "x".repeat(2_000_000) }));
    assert.deepEqual([big.status, (await big.json()).code], [413, "too_big"]);
  }));

Deno.test("aliases and groups are added, shown, changed and removed", () =>
  withApi(async ({ call }) => {
    await call("POST", "/api/v1/domains", { name: "a.test" });
    await call("POST", "/api/v1/accounts", { address: "alice@a.test", password: "long enough" });
    const alias = { address: "info@*", targets: ["alice@a.test", "x@out.test"] };
    const made = await call("POST", "/api/v1/aliases", alias);
    assert.deepEqual([made.status, made.body], [201, { ...alias, internal: false }]);
    const odd = { address: '"a/b c"@a.test', targets: ["alice@a.test"], internal: true };
    assert.equal((await call("POST", "/api/v1/aliases", odd)).status, 201);
    const oddPath = `/api/v1/aliases/${encodeURIComponent(odd.address)}`;
    assert.deepEqual((await call("GET", oddPath)).body, odd);
    assert.deepEqual((await call("GET", "/api/v1/aliases")).body, {
      items: [{ ...alias, internal: false }, odd],
      next: null,
    });
    assert.equal((await call("DELETE", "/api/v1/aliases/info%40*")).status, 204);
    assert.equal((await call("GET", "/api/v1/aliases/info%40*")).body.code, "not_found");

    const group = { address: "team@a.test", members: ["alice@a.test"] };
    assert.deepEqual((await call("POST", "/api/v1/groups", group)).body, group);
    const changed = await call("PUT", "/api/v1/groups/team@a.test", { members: [] });
    assert.deepEqual([changed.status, changed.body.members], [200, []]);
    assert.deepEqual((await call("GET", "/api/v1/groups/team@a.test")).body.members, []);
    assert.equal((await call("GET", "/api/v1/groups")).body.items.length, 1);
    assert.equal((await call("DELETE", "/api/v1/groups/team@a.test")).status, 204);
  }));

Deno.test("the queue is listed, held, retried and cleared", () =>
  withApi(async ({ call, system }) => {
    const { id } = await system.ref<QueueContract>("queue:main").ask("submit", {
      envelope: {
        from: "alice@a.test",
        recipients: [{ address: "x@out.test", dsn: { notify: ["failure"], orcpt: null } }],
        smtpUtf8: false,
        body: "8bitmime",
        requireTls: false,
        ret: null,
        envid: null,
      },
      raw: new TextEncoder().encode("Subject: x\r\n\r\nhi\r\n"),
      source: "submission",
      messageId: "<m@a.test>",
      accountId: null,
    });
    const list = await call("GET", "/api/v1/queue");
    assert.deepEqual([list.body.items.length, list.body.items[0].id], [1, id]);
    assert.equal((await call("GET", `/api/v1/queue/${id}`)).body.messageId, "<m@a.test>");
    assert.equal((await call("POST", `/api/v1/queue/${id}/hold`)).body.held, true);
    assert.equal((await call("POST", `/api/v1/queue/${id}/hold`, { held: false })).body.held, false);
    assert.equal((await call("POST", `/api/v1/queue/${id}/retry`)).status, 200);
    assert.equal((await call("DELETE", `/api/v1/queue/${id}`)).status, 204);
    assert.equal((await call("GET", `/api/v1/queue/${id}`)).body.code, "not_found");
  }));

Deno.test("the description names every path of the API, and the page runs under its own policy", () =>
  withApi(async ({ fetch }) => {
    const api = await (await fetch("/openapi.json")).json();
    const paths = Object.entries(api.paths as Record<string, object>)
      .flatMap(([path, methods]) => Object.keys(methods).map((method) => `${method} ${path}`));
    const expected = [
      "get /healthz",
      "get /api/v1/domains",
      "post /api/v1/domains",
      "patch /api/v1/domains/{name}",
      "patch /api/v1/public/{name}",
      "delete /api/v1/accounts/{address}",
      "get /api/v1/accounts/{address}/namespaces",
      "get /api/v1/accounts/{address}/scripts",
      "patch /api/v1/accounts/{address}/scripts/{name}",
      "post /api/v1/aliases",
      "put /api/v1/groups/{address}",
      "post /api/v1/queue/{id}/retry",
      "get /api/v1/replication",
      "get /api/v1/replication/mailboxes/{address}",
    ];
    for (const path of expected) assert(paths.includes(path), path);
    assert.equal(api.openapi, "3.1.0");
    assert.deepEqual(api.security, [{ token: [] }]);
    const page = await fetch("/docs");
    assert.match(page.headers.get("Content-Security-Policy")!, /script-src 'sha256-/);
    const html = await page.text();
    const script = /<script type="module">([^]*?)<\/script>/.exec(html)![1];
    const digest = createHash("sha256").update(script).digest("base64");
    assert(page.headers.get("Content-Security-Policy")!.includes(digest), "the browser will run it");
    new Function(`return async () => {${script}}`);
    assert(!/https?:\/\//.test(html), "nothing comes from elsewhere");
  }));
