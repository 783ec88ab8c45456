/** Resident memory in MiB of a process and all that it started, from /proc. */
export function residentMiB(pid: number): number {
  let total = 0;
  for (const each of [pid, ...descendants(pid)]) {
    const status = read(`/proc/${each}/status`);
    total += Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) / 1024;
  }
  return total;
}

/** Open descriptors of one process. */
export function openFiles(pid: number): number {
  return [...Deno.readDirSync(`/proc/${pid}/fd`)].length;
}

/** Watches the resident memory of a process tree while `work` runs: before, at most, after. */
export async function watchMemory(
  pid: number,
  work: () => Promise<void>,
): Promise<{ beforeMiB: number; peakMiB: number; afterMiB: number }> {
  const beforeMiB = residentMiB(pid);
  let peakMiB = beforeMiB;
  const timer = setInterval(() => peakMiB = Math.max(peakMiB, residentMiB(pid)), 50);
  try {
    await work();
  } finally {
    clearInterval(timer);
  }
  const afterMiB = residentMiB(pid);
  return { beforeMiB, peakMiB: Math.max(peakMiB, afterMiB), afterMiB };
}

function descendants(pid: number): number[] {
  const children = new Map<number, number[]>();
  for (const { name } of Deno.readDirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const parent = Number(/^\d+ \([^]*\) \S (\d+)/.exec(read(`/proc/${name}/stat`))?.[1] ?? 0);
    const known = children.get(parent);
    if (known) known.push(Number(name));
    else children.set(parent, [Number(name)]);
  }
  const found: number[] = [];
  for (const next = [...children.get(pid) ?? []]; next.length;) {
    const each = next.pop()!;
    found.push(each);
    next.push(...children.get(each) ?? []);
  }
  return found;
}

/** The text of a file of /proc; empty when the process has gone. */
function read(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch {
    return "";
  }
}
