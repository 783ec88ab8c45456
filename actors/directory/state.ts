import type { Turn } from "../../src/actor/actor.ts";
import type { Database } from "../../src/storage/database.ts";
import type { DirectoryDefaults, Resolution } from "./contract.ts";
import type { DomainRow } from "./schema.ts";

/** Caches of an activation; every change of a row empties them. */
export interface DirectoryState {
  /** Found recipients by the address as it was asked. */
  resolutions: Map<string, Resolution>;
  domains: Map<string, DomainRow>;
  defaults: DirectoryDefaults | null;
  /** Hash of all rows; null when it must be computed. */
  hash: string | null;
}

/** A turn of the directory. */
export type DirectoryTurn = Turn<DirectoryState>;

/** Entries of each cache: about 10 MiB when full. */
const CACHE_ENTRIES = 20_000;

/** Holds until `configure` was called for the first time. */
const FALLBACK: DirectoryDefaults = {
  quotaBytes: 512 * 1024 * 1024,
  messageBytes: 20 * 1024 * 1024,
  postmaster: null,
  loginDomain: null,
  acknowledge: "local",
  hostname: null,
};

/** Caches that hold nothing yet. */
export function emptyState(): DirectoryState {
  return { resolutions: new Map(), domains: new Map(), defaults: null, hash: null };
}

/** Forgets everything that was read from the file. */
export function forget(state: DirectoryState): void {
  state.resolutions.clear();
  state.domains.clear();
  state.defaults = null;
  state.hash = null;
}

/** Puts a value into a bounded cache; the oldest entry makes room. */
export function remember<V>(cache: Map<string, V>, key: string, value: V): void {
  if (cache.size >= CACHE_ENTRIES) {
    for (const oldest of cache.keys()) {
      cache.delete(oldest);
      break;
    }
  }
  cache.set(key, value);
}

/** This server's defaults, as the configuration gave them. */
export function defaultsOf(turn: { db: Database; state: DirectoryState }): DirectoryDefaults {
  if (turn.state.defaults) return turn.state.defaults;
  const row = turn.db.get<{ value: string }>("SELECT value FROM settings WHERE name='defaults'");
  return (turn.state.defaults = row ? { ...FALLBACK, ...JSON.parse(row.value) } : FALLBACK);
}

/** The row of a domain by its own name, alias domains included. */
export function domainRow(
  turn: { db: Database; state: DirectoryState },
  name: string,
): DomainRow | undefined {
  const known = turn.state.domains.get(name);
  if (known) return known;
  const row = turn.db.get<DomainRow>("SELECT * FROM domains WHERE name=?", name);
  if (row) remember(turn.state.domains, name, row);
  return row;
}

/** The domain that a name stands for: itself, or what it is an alias of (M12). */
export function realDomain(
  turn: { db: Database; state: DirectoryState },
  name: string,
): DomainRow | undefined {
  const row = domainRow(turn, name);
  return row?.alias_of ? domainRow(turn, row.alias_of) : row;
}
