const FLUSH_MS = 20;
const FLUSH_BYTES = 64 * 1024;
const encoder = new TextEncoder();

/** Lines to standard output, written together every few milliseconds: a write a line would cost more than the line's delivery. */
export function createLogSink(): { write: (line: string) => void; flush: () => void } {
  let pending = "";
  let timer: ReturnType<typeof setTimeout> | null = null;
  const flush = () => {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    const bytes = encoder.encode(pending);
    pending = "";
    try {
      for (let at = 0; at < bytes.length;) at += Deno.stdout.writeSync(bytes.subarray(at));
    } catch {
      // Standard output is gone: nobody can be told, and mail goes on.
    }
  };
  return {
    flush,
    write(line) {
      pending += line + "\n";
      if (pending.length >= FLUSH_BYTES) flush();
      else timer ??= setTimeout(flush, FLUSH_MS);
    },
  };
}
