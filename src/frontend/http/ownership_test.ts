import { strict as assert } from "node:assert";
import { withApi } from "./harness_test.ts";

Deno.test("a domain is proven by a TXT record that says its code, and by no other", () =>
  withApi(async ({ call, txt }) => {
    await call("POST", "/api/v1/domains", { name: "a.test" });
    await call("POST", "/api/v1/domains", { name: "b.test" });
    const ask = async (name: string) => (await call("GET", `/api/v1/domains/${name}/ownership`)).body;
    const asked = await ask("a.test");
    assert.deepEqual([asked.record, asked.state], ["_mallard.a.test", "missing"]);
    assert.match(asked.value, /^mallard-verification=[0-9a-f]{32}$/);
    assert.notEqual((await ask("b.test")).value, asked.value);
    const publish = (...records: string[]) =>
      txt.set("_mallard.a.test", {
        outcome: "found",
        records,
        name: "_mallard.a.test",
        authentic: false,
        ttlS: 60,
      });

    publish("v=spf1 -all");
    assert.equal((await ask("a.test")).state, "missing");
    publish((await ask("b.test")).value);
    assert.equal((await ask("a.test")).state, "different", "another domain's code proves nothing");
    publish("something", asked.value);
    assert.deepEqual([(await ask("a.test")).state, (await ask("a.test")).found], ["verified", [asked.value]]);
    txt.set("_mallard.a.test", { outcome: "failed", reason: "timeout" });
    assert.equal((await ask("a.test")).state, "unknown");
    assert.equal((await call("GET", "/api/v1/domains/c.test/ownership")).status, 404);
  }));
