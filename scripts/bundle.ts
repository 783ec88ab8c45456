/**
 * `deno task bundle`: one file for each process, in dist/src/place, so that an installation needs no package cache.
 * Names and folders are those of the sources: a process finds the next one beside itself.
 */
const ROOT = new URL("..", import.meta.url).pathname;
const OUT = `${ROOT}dist/src/place`;

const PROCESSES = [
  ["src/main.ts", "main.js"],
  ["src/place/child.ts", "child.ts"],
  ["actors/login/hash_worker.ts", "hash_worker.ts"],
] as const;

await Deno.mkdir(OUT, { recursive: true });
for (const [source, name] of PROCESSES) {
  const { success } = await new Deno.Command(Deno.execPath(), {
    args: ["bundle", "--platform=deno", "--minify", "-o", `${OUT}/${name}`, ROOT + source],
    stdout: "null",
    stderr: "inherit",
  }).output();
  if (!success) Deno.exit(1);
  const { size } = await Deno.stat(`${OUT}/${name}`);
  console.log(`dist/src/place/${name}: ${Math.round(size / 1024)} KiB`);
}
