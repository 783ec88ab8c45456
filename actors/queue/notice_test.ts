import { strict as assert } from "node:assert";
import { bodyOf, HOUR, newWorld } from "../../tests/support/queue_world.ts";
import type { AttemptResult, DsnRecipient } from "./contract.ts";

Deno.test("a permanent failure is reported to the sender, in one report for all recipients", async () => {
  const world = await newWorld();
  await world.submit([["a@x.test", { notify: ["failure"], orcpt: "rfc822;old@x.test" }], "b@x.test"], {
    envid: "QQ1",
  });
  const [lease] = await world.claim();
  await world.report(lease, "permanent");
  const { items } = await world.queue.ask("list", {});
  assert.equal(items.length, 1);
  assert.equal(items[0].source, "dsn");
  assert.equal(items[0].envelope.from, null);
  assert.deepEqual(items[0].recipients.map((r) => r.address), ["sender@home.test"]);
  const text = await bodyOf(world, items[0].id);
  for (
    const want of [
      "From: Mail Delivery System <postmaster@mx.test>",
      "report-type=delivery-status",
      "Reporting-MTA: dns; mx.test",
      "Original-Envelope-Id: QQ1",
      "Original-Recipient: rfc822; old@x.test",
      "Final-Recipient: rfc822; a@x.test",
      "Final-Recipient: rfc822; b@x.test",
      "Action: failed",
      "Status: 5.1.1",
      "Diagnostic-Code: smtp; 550 5.1.1 no such user",
      "Subject: hello",
      "body text",
    ]
  ) assert.ok(text.includes(want), `${want} in\n${text}`);
  const [report] = await world.claim();
  await world.report(report, "permanent");
  assert.equal((await world.queue.ask("stats", {})).items, 0, "no report on a report");
  await world.close();
});

Deno.test("who is told what", async () => {
  const rows: [AttemptResult["outcome"], DsnRecipient["notify"], Partial<AttemptResult>, string | null][] = [
    ["permanent", [], {}, "failed"],
    ["permanent", ["never"], {}, null],
    ["permanent", ["success"], {}, null],
    ["permanent", ["failure", "success"], {}, "failed"],
    ["delivered", [], {}, null],
    ["delivered", ["success"], {}, "delivered"],
    ["relayed", ["success"], {}, "relayed"],
    ["relayed", ["success"], { dsnHandedOver: true }, null],
    ["relayed", ["failure"], {}, null],
    ["temporary", [], {}, null],
  ];
  for (const [outcome, notify, more, action] of rows) {
    const world = await newWorld();
    await world.submit([["a@x.test", { notify, orcpt: null }]]);
    await world.report((await world.claim())[0], outcome, more);
    const reports = (await world.queue.ask("list", {})).items.filter((item) => item.source === "dsn");
    const name = `${outcome} ${notify}`;
    assert.equal(reports.length, action ? 1 : 0, name);
    if (action) assert.ok((await bodyOf(world, reports[0].id)).includes(`Action: ${action}\r\n`), name);
    await world.close();
  }
});

Deno.test("the null sender gets no report", async () => {
  const world = await newWorld();
  await world.submit([["a@x.test", { notify: ["failure"], orcpt: null }]], { from: null });
  await world.report((await world.claim())[0], "permanent");
  assert.equal((await world.queue.ask("stats", {})).items, 0);
  await world.close();
});

Deno.test("a late message is announced once, then expires with a report", async () => {
  const world = await newWorld();
  const id = await world.submit(["a@x.test"]);
  const reports: string[] = [];
  for (let hours = 0; hours < 40; hours++) {
    for (const lease of await world.claim()) {
      if (lease.id === id) await world.report(lease, "temporary", { reply: "451 4.4.1 nobody there" });
      else {
        reports.push(await bodyOf(world, lease.id));
        await world.report(lease, "delivered");
      }
    }
    world.clock.advance(HOUR / 2);
    const [lease] = await world.claim(1);
    if (lease?.id === id) await world.report(lease, "temporary", { reply: "451 4.4.1 nobody there" });
    else if (lease) {
      reports.push(await bodyOf(world, lease.id));
      await world.report(lease, "delivered");
    }
    world.clock.advance(HOUR / 2);
  }
  assert.equal(reports.length, 2);
  assert.ok(/Action: delayed\r\nStatus: 4.4.1\r\n[^]*Will-Retry-Until: /.test(reports[0]), reports[0]);
  assert.ok(reports[1].includes("Action: failed\r\nStatus: 5.4.1\r\n"), reports[1]);
  assert.equal((await world.queue.ask("stats", {})).items, 0);
  await world.close();
});
