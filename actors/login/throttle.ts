import type { Clock } from "../../src/base/clock.ts";

/** Keys remembered at once, about 100 bytes each; the oldest make room. */
const KEYS = 100_000;

/** Counts failures by key in windows of fixed length. */
export interface Throttle {
  /** Whether the key has used up its failures. */
  blocked(key: string): boolean;
  fail(key: string): void;
}

/** A window begins with a key's first failure and lasts `windowMs`. */
export function createThrottle(clock: Clock, failures: number, windowMs: number): Throttle {
  const windows = new Map<string, { failures: number; endsMs: number }>();
  const current = (key: string) => {
    const window = windows.get(key);
    if (!window || window.endsMs > clock.monotonicMs()) return window;
    windows.delete(key);
  };
  return {
    blocked: (key) => (current(key)?.failures ?? 0) >= failures,
    fail(key) {
      const window = current(key);
      if (window) {
        window.failures++;
        return;
      }
      dropOldest(windows, KEYS);
      windows.set(key, { failures: 1, endsMs: clock.monotonicMs() + windowMs });
    },
  };
}

/** Makes room for one more entry. */
export function dropOldest(map: Map<string, unknown>, most: number): void {
  if (map.size < most) return;
  for (const oldest of map.keys()) {
    map.delete(oldest);
    return;
  }
}

/** What counts as one client address: all of an IPv4 address, the network half of an IPv6 one. */
export function clientKey(ip: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(ip);
  if (mapped) return mapped[1];
  if (!ip.includes(":")) return ip;
  const [head, tail] = ip.split("%")[0].split("::");
  const groups = head ? head.split(":") : [];
  if (tail !== undefined) {
    const rest = tail ? tail.split(":").length : 0;
    while (groups.length + rest < 8) groups.push("0");
    if (tail) groups.push(...tail.split(":"));
  }
  return groups.slice(0, 4).map((group) => parseInt(group, 16).toString(16)).join(":") + "::/64";
}
