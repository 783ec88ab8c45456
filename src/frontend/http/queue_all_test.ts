import { strict as assert } from "node:assert";
import type { QueueContract } from "../../../actors/queue/contract.ts";
import { LIMITS } from "../../base/limits.ts";
import { withApi } from "./harness_test.ts";

Deno.test("the whole queue is tried again or dropped, and a message can be read", () =>
  withApi(async ({ call, fetch, system, clock }) => {
    const queue = system.ref<QueueContract>("queue:main");
    const text = "Subject: x\r\n\r\n" + "caf\xe9 ".repeat(LIMITS.bodyChunkBytes / 4);
    const raw = Uint8Array.from(text, (c) => c.charCodeAt(0));
    const ids: string[] = [];
    for (let i = 0; i < 3; i++) {
      const { id } = await queue.ask("submit", {
        envelope: {
          from: null,
          recipients: [{ address: `x${i}@out.test`, dsn: { notify: [], orcpt: null } }],
          smtpUtf8: false,
          body: "8bitmime",
          requireTls: false,
          ret: null,
          envid: null,
        },
        raw,
        source: "forward",
        messageId: null,
        accountId: null,
      });
      ids.push(id);
    }
    const read = await fetch(`/api/v1/queue/${ids[0]}/message`, {
      headers: { Authorization: "Bearer test-token" },
    });
    assert.equal(read.headers.get("Content-Type"), "message/rfc822");
    assert.deepEqual(new Uint8Array(await read.arrayBuffer()), raw);
    assert.equal((await call("GET", "/api/v1/queue/none/message")).status, 404);

    const { leases } = await queue.ask("claim", { max: 10, perDomain: 10, leaseMs: 1000 });
    for (const { leaseId } of leases) await queue.ask("report", { leaseId, results: [] });
    const due = async () =>
      (await call("GET", "/api/v1/queue")).body.items.filter(
        (item: { recipients: { nextAttemptMs: number }[] }) =>
          item.recipients[0].nextAttemptMs <= clock.nowMs(),
      ).length;
    assert.equal(await due(), 0);
    assert.deepEqual((await call("POST", "/api/v1/queue/retry")).body, { count: 3 });
    assert.equal(await due(), 3);
    assert.deepEqual((await call("DELETE", "/api/v1/queue")).body, { count: 3 });
    assert.deepEqual((await call("GET", "/api/v1/queue")).body.items, []);
  }));
