import { strict as assert } from "node:assert";
import { placeArguments } from "../../src/place/table.ts";

const OPTIONS = { data: "/d", shards: 2, entry: "child.ts", socket: "/d/run/s.sock", code: "/code" };

Deno.test("the rights of every place are these and no more", () => {
  const flags = (place: string) => placeArguments(place, OPTIONS).filter((a) => a.startsWith("--")).sort();
  const buckets = Array.from(
    { length: 128 },
    (_, i) => `/d/mailboxes/${(2 * i).toString(16).padStart(2, "0")}`,
  );
  const shard = ["/d/mailboxes/host-0", ...buckets, "/d/run/s.sock"].join(",");
  const common = [
    "--allow-net=unix:/d/run/s.sock",
    "--cached-only",
    "--deny-env",
    "--deny-ffi",
    "--deny-import",
    "--deny-run",
    "--deny-sys",
    "--no-prompt",
    "--unstable-worker-options",
  ];
  assert.deepEqual(
    flags("shard-0"),
    [
      ...common,
      `--allow-read=${shard}`,
      `--allow-write=${shard}`,
      "--v8-flags=--max-old-space-size=2048,--expose-gc",
    ]
      .sort(),
  );
  assert.deepEqual(
    flags("control"),
    [
      ...common,
      "--allow-read=/d/control,/d/run/s.sock,/code",
      "--allow-write=/d/control,/d/run/s.sock",
      "--v8-flags=--max-old-space-size=1024,--expose-gc",
    ].sort(),
  );
});

Deno.test("a shard that was taken over gets nowhere", async () => {
  const data = await Deno.makeTempDir({ prefix: "mallard-" });
  try {
    for (const folder of ["mailboxes/00", "mailboxes/01", "control", "run"]) {
      await Deno.mkdir(`${data}/${folder}`, { recursive: true });
    }
    for (const file of ["mailboxes/01/other.db", "control/directory-main.db", "admin-token"]) {
      await Deno.writeTextFile(`${data}/${file}`, "secret");
    }
    const entry = new URL("./hostile_place.ts", import.meta.url).href;
    const args = placeArguments("shard-0", { ...OPTIONS, data, entry, socket: `${data}/run/s.sock` });
    const output = await new Deno.Command(Deno.execPath(), { args, stdout: "piped", stderr: "piped" })
      .output();
    const text = new TextDecoder().decode(output.stdout);
    assert.ok(text.startsWith("{"), new TextDecoder().decode(output.stderr));
    const results = JSON.parse(text) as Record<string, string>;
    assert.deepEqual(Object.entries(results).filter(([, result]) => result !== "denied"), []);
    assert.ok(Object.keys(results).length >= 20);
    assert.equal(await Deno.readTextFile(`${data}/mailboxes/00/own`), "its own folder works");
  } finally {
    await Deno.remove(data, { recursive: true });
  }
});
