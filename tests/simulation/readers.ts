import type { AclEntry, Identity } from "../../actors/mailbox/contract.ts";

/** A group that some readers are in. */
export const TEAM = "team@a.test";

/** Those with whom folders are shared; every other one is in the team. */
export const READERS: readonly Identity[] = [..."rstuvwxy"].map((letter, n) => ({
  id: `01kdvw8000${letter.repeat(16)}`,
  groups: n % 2 ? [TEAM] : [],
}));

/**
 * What somebody may do by a list of rights (RFC 4314 §2): worked out once more, so that the answers of the servers can
 * be held against it.
 */
export function effectiveRights(entries: readonly AclEntry[], { id, groups }: Identity): string {
  const means = (identifier: string) =>
    identifier === id || identifier === "anyone" || identifier === "authenticated" ||
    groups.some((group) => identifier === `group:${group}`);
  const sum = (sign: boolean) =>
    entries.filter(({ identifier }) =>
      identifier.startsWith("-") === sign && means(identifier.replace(/^-/, ""))
    )
      .map(({ rights }) => rights).join("");
  const [given, taken] = [sum(false), sum(true)];
  return [..."lrswipkxtea"].filter((right) => given.includes(right) && !taken.includes(right)).join("");
}
