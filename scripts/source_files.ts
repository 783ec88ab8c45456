/** Tracked and new source files below the repository, sorted; what git ignores is left out. */
export async function sourceFiles(...suffixes: string[]): Promise<string[]> {
  const root = new URL("..", import.meta.url).pathname;
  const { code, stdout } = await new Deno.Command("git", {
    args: ["-C", root, "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
    stderr: "inherit",
  }).output();
  if (code !== 0) return await walk(root, suffixes);
  const names = new TextDecoder().decode(stdout).split("\0");
  const there = await Promise.all(
    names.map((name) => Deno.stat(root + name).then((s) => s.isFile, () => false)),
  );
  return names.filter((name, index) => there[index] && suffixes.some((suffix) => name.endsWith(suffix)))
    .sort();
}

/** The same from the disk, for a checkout without git. */
async function walk(root: string, suffixes: readonly string[], below = ""): Promise<string[]> {
  const found: string[] = [];
  for await (const entry of Deno.readDir(root + below)) {
    if (entry.name.startsWith(".") || entry.name === "data" || entry.name === "node_modules") continue;
    const path = below + entry.name;
    if (entry.isDirectory) found.push(...await walk(root, suffixes, path + "/"));
    else if (suffixes.some((suffix) => path.endsWith(suffix))) found.push(path);
  }
  return found.sort();
}
