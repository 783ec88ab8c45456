/** A file system of a few MiB that a test may fill up. */
export interface SmallDisk {
  readonly path: string;
  /** Takes all room that is left. */
  fill(): void;
  /** Gives back what `fill` took, and `ballastBytes` on top at the first call. */
  free(): void;
  remove(): Promise<void>;
}

const PIECE = new Uint8Array(4096).fill(0x55);

/** Mounts a tmpfs; null where that is not allowed (it takes root), the reason in `why`. */
export async function mountSmallDisk(
  sizeMiB: number,
  ballastBytes: number,
): Promise<SmallDisk | { why: string }> {
  const path = await Deno.makeTempDir({ prefix: "mallard-disk-" });
  const problem = await run("mount", "-t", "tmpfs", "-o", `size=${sizeMiB}m,mode=700`, "tmpfs", path);
  if (problem !== null) {
    await Deno.remove(path);
    return { why: problem };
  }
  Deno.writeFileSync(`${path}/ballast`, new Uint8Array(ballastBytes));
  return {
    path,
    fill() {
      using file = Deno.openSync(`${path}/filler`, { create: true, append: true });
      try {
        for (;;) file.writeSync(PIECE);
      } catch (error) {
        if (!/No space left/.test((error as Error).message)) throw error;
      }
    },
    free() {
      for (const name of ["filler", "ballast"]) {
        try {
          Deno.removeSync(`${path}/${name}`);
        } catch (error) {
          if (!(error instanceof Deno.errors.NotFound)) throw error;
        }
      }
    },
    async remove() {
      const left = await run("umount", path);
      if (left !== null) throw new Error(`umount: ${left}`);
      await Deno.remove(path);
    },
  };
}

/** Null when it went well, else what it said. */
async function run(command: string, ...args: string[]): Promise<string | null> {
  try {
    const { success, stderr } = await new Deno.Command(command, { args, stdin: "null" }).output();
    return success ? null : new TextDecoder().decode(stderr).trim();
  } catch (error) {
    return (error as Error).message;
  }
}
