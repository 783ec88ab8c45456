/**
 * `deno task bundle [DIR]`: one file for each process, in dist/src/place (or DIR), and the script that runs them, so that
 * an installation needs no package cache. Names and folders are those of the sources: a process finds the next one
 * beside itself.
 */
const ROOT = new URL("..", import.meta.url).pathname;
const DIST = Deno.args[0] ?? `${ROOT}dist`;
const OUT = `${DIST}/src/place`;

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
  console.log(`${OUT}/${name}: ${Math.round(size / 1024)} KiB`);
}
await Deno.copyFile(`${ROOT}scripts/mallard.sh`, `${DIST}/mallard.sh`);
await Deno.chmod(`${DIST}/mallard.sh`, 0o755);
