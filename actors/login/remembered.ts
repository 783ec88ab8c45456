import { createHmac } from "node:crypto";
import type { Clock } from "../../src/base/clock.ts";
import type { Random } from "../../src/base/id.ts";
import { dropOldest } from "./throttle.ts";

/** How long a checked login need not be checked again. */
const REMEMBER_MS = 5 * 60_000;
/** Logins remembered at once, about 200 bytes each. */
const ENTRIES = 20_000;

/**
 * Logins that were right a moment ago. Nothing here gives a password away: an entry is an HMAC-SHA-256 under a key that
 * this process made up at its start, over the account, the name, the password and the stored hash.
 */
export interface RememberedLogins {
  key(accountId: string, login: string, password: string, passwordHash: string): string;
  has(key: string): boolean;
  add(key: string, accountId: string): void;
  /** Forgets all of an account. */
  drop(accountId: string): void;
  clear(): void;
}

/** Makes an empty memory of logins. */
export function createRememberedLogins(clock: Clock, random: Random): RememberedLogins {
  const secret = random.bytes(32);
  const entries = new Map<string, { accountId: string; endsMs: number }>();
  return {
    key: (accountId, login, password, passwordHash) =>
      createHmac("sha256", secret).update(JSON.stringify([accountId, login, password, passwordHash]))
        .digest("base64"),
    has(key) {
      const entry = entries.get(key);
      if (!entry) return false;
      if (entry.endsMs > clock.monotonicMs()) return true;
      entries.delete(key);
      return false;
    },
    add(key, accountId) {
      dropOldest(entries, ENTRIES);
      entries.set(key, { accountId, endsMs: clock.monotonicMs() + REMEMBER_MS });
    },
    drop(accountId) {
      for (const [key, entry] of entries) if (entry.accountId === accountId) entries.delete(key);
    },
    clear: () => entries.clear(),
  };
}
