import { type CertificatePair, createTlsContexts, ReloadableTls } from "../net/tls.ts";
import type { Configuration } from "../config/schema.ts";
import { errorFields, type Log } from "../base/log.ts";

const LOOK_AGAIN_MS = 10_000;

/** The server's certificates: read at start, read again when a file changes or on SIGHUP. */
export interface Certificates {
  readonly contexts: ReloadableTls;
  /** The default pair, for HTTPS listeners. */
  readonly first: () => CertificatePair;
  /** Reads all files; a bad one is logged and the old set stays. True when they changed. */
  reload(files: Configuration["tls"]["certificates"]): boolean;
  /** Calls `changed` after files changed on disk. */
  watch(files: () => Configuration["tls"]["certificates"], changed: () => void): () => void;
}

/** Reads the configured certificates. Throws BadCertificate or a file error at start. Null when none is configured. */
export function loadCertificates(files: Configuration["tls"]["certificates"], log: Log): Certificates | null {
  if (!files.length) return null;
  let pairs = files.map(readPair);
  const contexts = new ReloadableTls(createTlsContexts(pairs));
  const reload = (next: Configuration["tls"]["certificates"]): boolean => {
    try {
      const fresh = next.map(readPair);
      if (JSON.stringify(fresh) === JSON.stringify(pairs)) return false;
      contexts.replace(createTlsContexts(fresh));
      pairs = fresh;
      log.info("tls.reloaded", { certificates: fresh.length });
      return true;
    } catch (error) {
      log.error("tls.reload_failed", { error: errorFields(error).error });
      return false;
    }
  };
  return {
    contexts,
    first: () => pairs[0],
    reload,
    watch(current, changed) {
      let seen = stamps(current());
      const timer = setInterval(() => {
        const now = stamps(current());
        if (now === seen) return;
        seen = now;
        if (reload(current())) changed();
      }, LOOK_AGAIN_MS);
      Deno.unrefTimer(timer as unknown as number);
      return () => clearInterval(timer);
    },
  };
}

function readPair(file: { cert: string; key: string }): CertificatePair {
  return { cert: Deno.readTextFileSync(file.cert), key: Deno.readTextFileSync(file.key) };
}

function stamps(files: Configuration["tls"]["certificates"]): string {
  return files.flatMap((f) => [f.cert, f.key]).map((path) => {
    try {
      const stat = Deno.statSync(path);
      return `${stat.mtime?.getTime()}:${stat.size}:${stat.ino}`;
    } catch {
      return "missing";
    }
  }).join();
}
