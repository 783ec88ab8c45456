import { strict as assert } from "node:assert";
import { withApi } from "./harness_test.ts";

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
