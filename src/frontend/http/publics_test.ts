import { strict as assert } from "node:assert";
import { withApi } from "./harness_test.ts";

Deno.test("a namespace that a user asks for is nobody's before it is approved, and then the user's to administer", () =>
  withApi(async ({ call }) => {
    await call("POST", "/api/v1/domains", { name: "a.test" });
    await call("POST", "/api/v1/accounts", { address: "ann@a.test", password: "correct horse" });
    const asked = await call("POST", "/api/v1/public", { name: "Pond", askedBy: "ann@a.test" });
    assert.deepEqual([asked.body.approved, asked.body.askedBy], [false, "ann@a.test"]);
    assert.equal((await call("POST", "/api/v1/public", { name: "POND" })).body.code, "exists");
    assert.equal(
      (await call("POST", "/api/v1/public", { name: "Sea", askedBy: "x@a.test" })).body.code,
      "not_found",
    );
    const alias = { address: "pond@a.test", targets: ["#Pond/Ducks"] };
    assert.equal((await call("POST", "/api/v1/aliases", alias)).body.code, "invalid");
    const approved = await call("PATCH", "/api/v1/public/Pond", { approved: true, addresses: true });
    assert.deepEqual([approved.body.approved, approved.body.addresses], [true, true]);
    assert.deepEqual((await call("GET", "/api/v1/public/Pond/rights")).body, {
      items: [{ identifier: "ann@a.test", rights: "lrswipkxteacd" }],
    });
    assert.equal((await call("POST", "/api/v1/aliases", alias)).status, 201);
    assert.equal((await call("PATCH", "/api/v1/public/Sea", { approved: true })).body.code, "not_found");
  }));

Deno.test("a domain that comes later gives public folders no address by itself, and is told as a gap", () =>
  withApi(async ({ call }) => {
    await call("POST", "/api/v1/domains", { name: "a.test" });
    await call("POST", "/api/v1/public", { name: "Pond" });
    const path = "/api/v1/public/Pond/addresses";
    assert.deepEqual((await call("GET", path)).body, {
      items: [{ folder: "#Pond", addresses: [], free: [] }],
    });
    assert.equal((await call("POST", path, { folder: "#Pond/Sales" })).body.code, "not_found");
    assert.equal((await call("GET", "/api/v1/public/Sea/addresses")).body.code, "not_found");
  }));

Deno.test("private namespaces of an account are added, listed and removed", () =>
  withApi(async ({ call }) => {
    await call("POST", "/api/v1/domains", { name: "a.test" });
    await call("POST", "/api/v1/accounts", { address: "ann@a.test", password: "correct horse" });
    const path = "/api/v1/accounts/ann@a.test/namespaces";
    const made = await call("POST", path, { name: "Old Mail" });
    assert.equal(made.status, 201);
    assert.deepEqual((await call("GET", path)).body, { items: [made.body] });
    assert.equal((await call("POST", path, { name: "old mail" })).body.code, "exists");
    assert.equal((await call("DELETE", `${path}/Old%20Mail`)).status, 204);
    assert.deepEqual((await call("GET", path)).body, { items: [] });
  }));

Deno.test("public namespaces are added, granted, shown and removed", () =>
  withApi(async ({ call }) => {
    await call("POST", "/api/v1/domains", { name: "a.test" });
    await call("POST", "/api/v1/accounts", { address: "ann@a.test", password: "correct horse" });
    const made = await call("POST", "/api/v1/public", { name: "Milky Pond" });
    assert.equal(made.status, 201);
    assert.equal(made.headers.get("Location"), "/api/v1/public/Milky%20Pond");
    assert.equal((await call("POST", "/api/v1/public", { name: "milky pond" })).body.code, "exists");
    assert.equal((await call("POST", "/api/v1/public", { name: "a/b" })).body.code, "invalid");
    const rights = "/api/v1/public/Milky%20Pond/rights";
    const given = await call("PUT", rights, { identifier: "ann@a.test", rights: "lrswikxtea" });
    assert.deepEqual([given.status, given.body], [200, {
      items: [{ identifier: "ann@a.test", rights: "lrswikxteacd" }],
    }]);
    await call("PUT", rights, { identifier: "anyone", rights: "rl" });
    assert.deepEqual((await call("GET", rights)).body, {
      items: [{ identifier: "ann@a.test", rights: "lrswikxteacd" }, { identifier: "anyone", rights: "lr" }],
    });
    assert.equal(
      (await call("PUT", rights, { identifier: "bob@a.test", rights: "l" })).body.code,
      "not_found",
    );
    assert.equal((await call("PUT", rights, { identifier: "anyone", rights: "z" })).body.code, "invalid");
    await call("PUT", rights, { identifier: "ann@a.test", rights: "" });
    assert.deepEqual((await call("GET", rights)).body, { items: [{ identifier: "anyone", rights: "lr" }] });
    const { items } = (await call("GET", "/api/v1/public")).body as { items: { name: string }[] };
    assert.deepEqual(items.map(({ name }) => name), ["Milky Pond"]);
    assert.equal((await call("DELETE", "/api/v1/public/Milky%20Pond")).status, 204);
    assert.equal((await call("GET", rights)).body.code, "not_found");
  }));
