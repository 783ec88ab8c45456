import { strict as assert } from "node:assert";
import { ManualClock } from "../../base/clock.ts";
import { LIMITS } from "../../base/limits.ts";
import { withImap } from "./harness_test.ts";
import { KeptBodies } from "./kept_bodies.ts";

const text = (n: number) => `Subject: ${n}\r\n\r\n${"x".repeat(n)}\r\n`;

Deno.test("a body that is asked for again comes without the mailbox", () =>
  withImap(async (test) => {
    for (let n = 1; n <= 4; n++) await test.append("INBOX", text(n));
    const client = await test.open("INBOX", "IMAP4rev2");
    await test.command(client, "NOOP");
    const first = await test.command(client, "UID FETCH 2:3 (BODY.PEEK[])");
    const { fetch } = test.asked;
    assert.deepEqual(await test.command(client, "UID FETCH 2:3 (BODY.PEEK[])"), first);
    const [, ...sized] = await test.command(client, "FETCH 2 (RFC822.SIZE BODY.PEEK[] UID)");
    assert.equal(sized.at(-1), " UID 2)");
    assert.equal(test.asked.fetch, fetch);
    assert.equal((await test.command(client, "UID FETCH 1:4 (BODY.PEEK[])")).length, 4 * first.length / 2);
    assert.equal(test.asked.fetch, fetch + 1, "the other two are asked for");
    await test.command(client, "UID FETCH 1:4 (BODY.PEEK[])");
    assert.equal(test.asked.fetch, fetch + 1);
    const other = await test.open("INBOX", "IMAP4rev2");
    await test.command(other, "NOOP");
    assert.deepEqual(
      await test.command(other, "UID FETCH 2:3 (BODY.PEEK[])"),
      first,
      "nor for another session",
    );
    assert.equal(test.asked.fetch, fetch + 1);
  }));

Deno.test("kept bodies set no \\Seen, outlive no message and belong to one folder", () =>
  withImap(async (test) => {
    for (let n = 1; n <= 3; n++) await test.append("INBOX", text(n));
    const client = await test.open("INBOX", "IMAP4rev2");
    await test.command(client, "NOOP");
    await test.command(client, "UID FETCH 1:3 (BODY.PEEK[])");
    const seen = await test.command(client, "UID FETCH 1 (BODY[])");
    assert.match(seen.at(-1)!, /FLAGS \(\\Seen\)/);
    const other = await test.open("INBOX", "IMAP4rev2");
    await test.command(other, "STORE 2 +FLAGS (\\Deleted)");
    await test.command(other, "EXPUNGE");
    assert.equal((await test.command(client, "UID FETCH 2 (BODY.PEEK[])")).join().includes("Subject"), false);
    await test.command(client, "CREATE Other");
    await test.append("Other", text(77));
    await test.command(client, "SELECT Other");
    await test.command(client, "NOOP");
    assert.match((await test.command(client, "UID FETCH 1 (BODY.PEEK[])")).join("\n"), /Subject: 77/);
    await test.command(client, "SELECT INBOX");
    await test.command(client, "DELETE Other");
    await test.command(client, "CREATE Other");
    await test.append("Other", text(78));
    await test.command(client, "SELECT Other");
    await test.command(client, "NOOP");
    assert.match((await test.command(client, "UID FETCH 1 (BODY.PEEK[])")).join("\n"), /Subject: 78/);
  }));

Deno.test("KeptBodies holds no more than its bytes, and nothing for long", () => {
  const clock = new ManualClock();
  const bodies = new KeptBodies(clock, 4000);
  const body = (n: number) => new Uint8Array(100).fill(n);
  for (let n = 0; n < 50; n++) {
    bodies.put(`${n}`, body(n));
    assert.ok(bodies.get("0"), "what is asked for stays");
  }
  const held = Array.from({ length: 50 }, (_, n) => n).filter((n) => bodies.get(`${n}`));
  assert.ok(held.length <= 11, `${held.length} of 356 bytes in 4000`);
  assert.ok(held.includes(49));
  bodies.put("large", new Uint8Array(LIMITS.keptBodyBytes + 1));
  assert.equal(bodies.get("large"), undefined);
  bodies.put("late", body(1));
  clock.advance(LIMITS.keptBodiesMs);
  assert.ok(bodies.get("late"));
  clock.advance(3 * LIMITS.keptBodiesMs);
  assert.equal(bodies.get("late"), undefined);
});
