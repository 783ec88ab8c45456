import { strict as assert } from "node:assert";
import { silentLog } from "../../src/base/log.ts";
import { Router } from "../../src/place/router.ts";
import { Supervisor } from "../../src/place/supervisor.ts";
import type { WatchEvent } from "../../src/actor/actor.ts";

type Restless = Record<
  "echo" | "litter" | "weigh" | "exit" | "hang" | "eat" | "garbage" | "huge" | "silent",
  { request: null; reply: number }
>;

const MIB = 1024 * 1024;

async function withPlaces(
  run: (router: Router, ask: (name: keyof Restless) => Promise<number>) => Promise<void>,
): Promise<void> {
  const data = await Deno.makeTempDir({ prefix: "mallard-" });
  await Deno.mkdir(`${data}/run`);
  const router = new Router(1, silentLog);
  const supervisor = new Supervisor({
    router,
    log: silentLog,
    data,
    shards: 1,
    entry: new URL("./restless_place.ts", import.meta.url).href,
    code: data,
    heartbeatMs: 100,
    silenceMs: 1_000,
    heapMiB: 64,
  });
  await supervisor.start();
  try {
    await run(router, (name) => router.ref<Restless>("mailbox:x").ask(name, null, { timeoutMs: 20_000 }));
  } finally {
    await supervisor.stop();
    router.stop();
    await Deno.remove(data, { recursive: true });
  }
}

async function eventually(ask: () => Promise<number>): Promise<number> {
  for (let i = 0; i < 200; i++) {
    try {
      return await ask();
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
  }
  throw new Error("the place did not come back");
}

for (
  const [fault, what] of [
    ["exit", "a crashed place"],
    ["hang", "a place in an endless loop"],
    ["eat", "a place out of memory"],
    ["garbage", "a place that sends garbage"],
    ["huge", "a place that announces a frame over the bound"],
  ] as const
) {
  Deno.test(`${what} is noticed and replaced; what waited fails as unavailable`, async () => {
    await withPlaces(async (router, ask) => {
      const before = await ask("echo");
      const events: WatchEvent[] = [];
      router.watch("mailbox:x", "folder:1", (event) => events.push(event));
      await assert.rejects(ask(fault), { code: "unavailable" });
      const after = await eventually(() => ask("echo"));
      assert.notEqual(after, before);
      // Twice, when the machine is so busy that the fresh place is given up for silent, too.
      assert.ok(events.length > 0, "watchers are told to look again");
      for (const event of events) assert.deepEqual(event, { kind: "reset" });
    });
  });
}

Deno.test({
  name: "a quiet place is made to give back what its heaps do not need, and lives on",
  ignore: Deno.build.os !== "linux",
  async fn() {
    await withPlaces(async (_router, ask) => {
      const pid = await ask("echo");
      const most = await ask("litter");
      let least = most;
      for (let i = 0; i < 400 && most - least < 50 * MIB; i++) {
        await new Promise((resolve) => setTimeout(resolve, 25));
        least = await ask("weigh");
      }
      assert.ok(most - least >= 50 * MIB, `${most} bytes, and ${least} later`);
      assert.equal(await ask("echo"), pid);
    });
  },
});

Deno.test("a frontend may ask the directory to resolve, never for credentials", async () => {
  await withPlaces(async (router) => {
    const directory = router.ref<Record<"resolve" | "credentials", { request: null; reply: null }>>(
      "directory:main",
    );
    await assert.rejects(directory.ask("credentials", null), { code: "denied" });
  });
});
