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
  reload(files: CertificateFiles): boolean;
  /** Calls `changed` after files changed on disk. */
  watch(files: () => CertificateFiles, changed: () => void): () => void;
}

/** What is read. */
export interface CertificateFiles {
  certificates: Configuration["tls"]["certificates"];
  clientCa: string | null;
}

/** The files that a configuration names. */
export function certificateFiles({ tls, auth }: Configuration): CertificateFiles {
  return { certificates: tls.certificates, clientCa: auth.clientCa };
}

/** Reads the configured certificates. Throws BadCertificate or a file error at start. Null when none is configured. */
export function loadCertificates(files: CertificateFiles, log: Log): Certificates | null {
  if (!files.certificates.length) return null;
  let read = readFiles(files);
  const contexts = new ReloadableTls(createTlsContexts(read.pairs, read.clientCa));
  const reload = (next: CertificateFiles): boolean => {
    try {
      const fresh = readFiles(next);
      if (JSON.stringify(fresh) === JSON.stringify(read)) return false;
      contexts.replace(createTlsContexts(fresh.pairs, fresh.clientCa));
      read = fresh;
      log.info("tls.reloaded", { certificates: fresh.pairs.length });
      return true;
    } catch (error) {
      log.error("tls.reload_failed", { error: errorFields(error).error });
      return false;
    }
  };
  return {
    contexts,
    first: () => read.pairs[0],
    reload,
    watch(current, changed) {
      let seen = stamps(current());
      const timer = setInterval(() => {
        const now = stamps(current());
        if (now === seen) return;
        seen = now;
        if (reload(current())) changed();
      }, LOOK_AGAIN_MS);
      Deno.unrefTimer(timer);
      return () => clearInterval(timer);
    },
  };
}

function readFiles({ certificates, clientCa }: CertificateFiles) {
  return { pairs: certificates.map(readPair), clientCa: clientCa && Deno.readTextFileSync(clientCa) };
}

function readPair(file: { cert: string; key: string }): CertificatePair {
  return { cert: Deno.readTextFileSync(file.cert), key: Deno.readTextFileSync(file.key) };
}

function stamps({ certificates, clientCa }: CertificateFiles): string {
  const paths = [...certificates.flatMap((f) => [f.cert, f.key]), ...clientCa ? [clientCa] : []];
  return paths.map((path) => {
    try {
      const stat = Deno.statSync(path);
      return `${stat.mtime?.getTime()}:${stat.size}:${stat.ino}`;
    } catch {
      return "missing";
    }
  }).join();
}
