import { strict as assert } from "node:assert";
import { withDirectory } from "./harness_test.ts";

const DEFAULTS = { quotaBytes: null, messageBytes: 1000, postmaster: null };
const DAY_MS = 86_400_000;

Deno.test("a forwarded sender is rewritten, and reports for it find the original one", () =>
  withDirectory(async ({ directory, domain, clock, refused }) => {
    await directory.ask("configure", DEFAULTS);
    await domain("a.test");
    const rewrite = async (from: string, by = "ext@A.test") =>
      (await directory.ask("rewriteSender", { from, by })).from;
    const rewritten = await rewrite("Bounce+1@Far.test");
    assert.match(rewritten, /^SRS0=[a-z2-7]{6}=[a-z2-7]{2}=far\.test=Bounce\+1@a\.test$/);
    const resolve = (address: string) => directory.ask("resolve", { address, authenticated: false });
    assert.deepEqual(await resolve(rewritten), { mailboxes: [], external: ["Bounce+1@far.test"] });
    assert.deepEqual((await resolve(rewritten.toLowerCase())).external, ["bounce+1@far.test"]);

    assert.equal(await rewrite("alice@a.test"), "alice@a.test", "our own senders stay");
    assert.equal(await rewrite("x@far.test", "y@elsewhere.test"), "x@far.test");
    const long = `${"x".repeat(60)}@far.test`;
    assert.equal(await rewrite(long), long, "what does not fit stays");

    for (
      const forged of [
        rewritten.replace("=far.test=", "=near.test="),
        rewritten.replace(/=[a-z2-7]{6}=/, "=aaaaaa="),
      ]
    ) {
      await refused(resolve(forged), "not_found");
    }
    await directory.ask("configure", { ...DEFAULTS, quotaBytes: 1 });
    assert.equal(await rewrite("Bounce+1@Far.test"), rewritten, "the key stays");
    clock.advance(22 * DAY_MS);
    await directory.ask("configure", DEFAULTS); // forgets what was looked up
    await refused(resolve(rewritten), "not_found");
  }));
