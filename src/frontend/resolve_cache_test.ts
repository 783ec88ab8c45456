import { strict as assert } from "node:assert";
import { LocalWorld } from "../../tests/support/local_world.ts";
import type { DirectoryContract } from "../../actors/directory/contract.ts";
import { resolveCache } from "./resolve_cache.ts";

Deno.test("a resolved address is remembered until anything in the directory changes", async () => {
  const world = new LocalWorld();
  await world.account("alice@a.test");
  const directory = world.local.ref<DirectoryContract>("directory:main");
  let asked = 0;
  const counting = {
    ...world.context,
    system: {
      watch: world.local.watch.bind(world.local),
      ref: () => ({
        ...directory,
        ask: (...args: Parameters<typeof directory.ask>) => (asked++, directory.ask(...args)),
      }),
    },
  } as unknown as typeof world.context;
  const resolve = resolveCache(counting);
  const first = await resolve("alice@a.test", false);
  assert.deepEqual(await resolve("alice@a.test", false), first);
  assert.equal(asked, 1);
  await assert.rejects(resolve("nobody@a.test", false), { code: "not_found" });
  await assert.rejects(resolve("nobody@a.test", false), { code: "not_found" });
  assert.equal(asked, 3, "what is not found is asked again");
  await directory.ask("updateAccount", { address: "alice@a.test", enabled: false });
  assert.equal((await resolve("alice@a.test", false)).mailboxes[0].delivery, "refuse");
  await directory.ask("createAlias", {
    address: "nobody@a.test",
    targets: ["alice@a.test"],
    internal: false,
  });
  assert.equal((await resolve("nobody@a.test", false)).mailboxes.length, 1);
});
