import { Fault } from "../../src/base/fault.ts";
import { type Address, formatAddress, normaliseDomain, parseAddress, splitTag } from "./address.ts";
import type { DirectoryContract, Resolution } from "./contract.ts";
import { accountOf } from "./limits.ts";
import { folderBox, isFolderTarget } from "./public_target.ts";
import type { AccountRow, AliasRow, DomainRow, GroupRow } from "./schema.ts";
import { originalSender } from "./srs.ts";
import { defaultsOf, type DirectoryTurn, realDomain, remember } from "./state.ts";

/** Aliases of aliases are followed so far; a longer chain is a mistake. */
const DEPTH = 10;
/** Addresses looked at for one recipient: more is a mailing list's work. */
const TARGETS = 1000;
const POSTMASTER = "postmaster";

/** What stands at an address of ours. */
type Entry =
  | { kind: "account"; row: AccountRow }
  | { kind: "alias"; row: AliasRow }
  | { kind: "group"; row: GroupRow };

type Found = { entry: Entry; tag: string | null };
type Mailbox = Resolution["mailboxes"][number];

interface Expansion {
  /** Only addresses that name the account on purpose: neither catch-all nor groups. */
  strict: boolean;
}

/** RCPT: where mail for an address goes. */
export function resolve(
  { address, authenticated }: DirectoryContract["resolve"]["request"],
  turn: DirectoryTurn,
): Resolution {
  const cacheKey = (authenticated ? "+" : "-") + address;
  const known = turn.state.resolutions.get(cacheKey);
  if (known) return { mailboxes: known.mailboxes.slice(), external: known.external.slice() };
  const found = resolveFresh(address, authenticated, turn);
  remember(turn.state.resolutions, cacheKey, found);
  return { mailboxes: found.mailboxes.slice(), external: found.external.slice() };
}

function resolveFresh(text: string, authenticated: boolean, turn: DirectoryTurn): Resolution {
  // RFC 5321 §4.1.1.3: <postmaster> without a domain is always a recipient.
  if (text.toLowerCase() === POSTMASTER) return resolvePostmaster(null, null, turn);
  if (text.endsWith("]")) throw notOurs(text);
  const address = parseAddress(text);
  const domain = realDomain(turn, address.domain);
  if (!domain) {
    // RFC 5321 §4.5.1, and what this server writes comes from there: reports and greetings name it.
    const own = isPostmaster(address.local) && address.domain === defaultsOf(turn).hostname;
    if (own) return resolvePostmaster(null, null, turn);
    throw notOurs(text);
  }
  const original = originalSender(text.slice(0, text.lastIndexOf("@")), turn);
  if (original !== null) return { mailboxes: [], external: [original] };
  const found = findEntry(turn, address.local, domain.name);
  if (isPostmaster(address.local)) return resolvePostmaster(address, domain, turn);
  if (!authenticated && found && found.entry.kind !== "group" && found.entry.row.internal) {
    throw new Fault("denied", `${text} takes mail only from users of this server`);
  }
  const resolution = expand(address, turn, { strict: false });
  if (!resolution.mailboxes.length && !resolution.external.length) {
    throw new Fault("not_found", `no such user: ${text}`);
  }
  return resolution;
}

/** Whether a domain is ours, under its own or another name. */
export function hasDomain({ domain }: { domain: string }, turn: DirectoryTurn): { local: boolean } {
  if (domain.startsWith("[")) return { local: false };
  return { local: realDomain(turn, normaliseDomain(domain)) !== undefined };
}

/** Whether an account may send as an address. A domain that is no longer ours may be used by nobody. */
export function maySendAs(
  { accountId, address }: DirectoryContract["maySendAs"]["request"],
  turn: DirectoryTurn,
): { allowed: boolean } {
  const parsed = parseAddress(address);
  if (!realDomain(turn, parsed.domain)) return { allowed: false };
  const { mailboxes } = expand(parsed, turn, { strict: true });
  return { allowed: mailboxes.some(({ account }) => account.id === accountId) };
}

/** Follows an address to mailboxes and outside addresses; each comes once, loops end, what leads nowhere is left out. */
function expand(start: Address, turn: DirectoryTurn, options: Expansion): Resolution {
  const { strict } = options;
  const mailboxes = new Map<string, Mailbox>();
  const external = new Set<string>();
  const seen = new Set<string>();
  const work: { address: Address; depth: number; tag: string | null; member: boolean; own: boolean }[] = [
    { address: start, depth: 0, tag: null, member: false, own: true },
  ];
  for (let next = work.shift(); next; next = work.shift()) {
    const { address, depth, member, own } = next;
    const domain = realDomain(turn, address.domain);
    if (!domain) {
      if (!member) external.add(formatAddress(address));
      continue;
    }
    const key = `${address.local}@${domain.name}`;
    if (seen.has(key) || depth > DEPTH) continue;
    seen.add(key);
    if (seen.size > TARGETS) throw new Fault("limit", `${formatAddress(start)} has over ${TARGETS} targets`);
    const found = findEntry(turn, address.local, domain.name);
    const tag = found?.tag ?? next.tag;
    if (found?.entry.kind === "account") {
      const box = mailboxOf(turn, found.entry.row, address, tag, own);
      if (!mailboxes.has(box.account.id)) mailboxes.set(box.account.id, box);
      continue;
    }
    const targets = targetsOf(turn, address, domain, found?.entry, options);
    const isGroup = found?.entry.kind === "group";
    if (work.length + targets.length > TARGETS) {
      throw new Fault("limit", `${formatAddress(start)} has over ${TARGETS} targets`);
    }
    const alone = own && found?.entry.kind === "alias" && targets.length === 1;
    for (const target of targets) {
      if (isFolderTarget(target)) {
        const box = strict ? null : folderBox(turn, target, address);
        if (box) mailboxes.set(`${box.account.id}/${box.folder}`, box);
        continue;
      }
      work.push({ address: parseAddress(target), depth: depth + 1, tag, member: isGroup, own: alone });
    }
  }
  return { mailboxes: [...mailboxes.values()], external: [...external] };
}

/** Where an address of ours that is not an account leads to, one step. */
function targetsOf(
  turn: DirectoryTurn,
  address: Address,
  domain: DomainRow,
  entry: Exclude<Entry, { kind: "account" }> | undefined,
  { strict }: Expansion,
): string[] {
  if (entry?.kind === "alias") return JSON.parse(entry.row.targets);
  if (entry?.kind === "group") return strict ? [] : JSON.parse(entry.row.members);
  if (isPostmaster(address.local)) return postmasterCandidates(turn, domain).slice(0, 1);
  return domain.catch_all && !strict ? [domain.catch_all] : [];
}

/** The entry at a local part of a domain: exact, then without the tag, then the same among `user@*` (M10: specific wins). */
function findEntry(turn: DirectoryTurn, local: string, domain: string): Found | null {
  const split = splitTag(local);
  for (const scope of [domain, "*"]) {
    const exact = entryAt(turn, local, scope);
    if (exact) return { entry: exact, tag: null };
    const base = split && entryAt(turn, split.base, scope);
    if (base) return { entry: base, tag: split.tag };
  }
  return null;
}

/** What is stored at exactly this address; `domain` may be `*`. */
export function entryAt(turn: DirectoryTurn, local: string, domain: string): Entry | null {
  if (domain !== "*") {
    const account = turn.db.get<AccountRow>(
      "SELECT * FROM accounts WHERE domain=? AND local=?",
      domain,
      local,
    );
    if (account) return { kind: "account", row: account };
  }
  const alias = turn.db.get<AliasRow>("SELECT * FROM aliases WHERE domain=? AND local=?", domain, local);
  if (alias) return { kind: "alias", row: alias };
  if (domain === "*") return null;
  const group = turn.db.get<GroupRow>("SELECT * FROM groups WHERE domain=? AND local=?", domain, local);
  return group ? { kind: "group", row: group } : null;
}

function mailboxOf(
  turn: DirectoryTurn,
  row: AccountRow,
  address: Address,
  tag: string | null,
  own: boolean,
): Mailbox {
  const delivery = row.enabled ? "accept" : row.disabled_delivery as Mailbox["delivery"];
  return { account: accountOf(turn, row), address: formatAddress(address), tag, own, delivery };
}

/**
 * Postmaster mail always finds somebody (RFC 5321 §4.5.1): the first candidate who can take it now, and whatever
 * the quota. Fault `unavailable` when there is nobody at all.
 */
function resolvePostmaster(
  address: Address | null,
  domain: DomainRow | null,
  turn: DirectoryTurn,
): Resolution {
  const candidates = postmasterCandidates(turn, domain).map(parseAddress);
  const explicit = address && domain && findEntry(turn, address.local, domain.name);
  if (explicit) candidates.unshift(address);
  for (const candidate of candidates) {
    const { mailboxes, external } = expand(candidate, turn, { strict: false });
    const open = mailboxes.filter((box) => box.delivery === "accept");
    if (!open.length && !external.length) continue;
    const unlimited = open.map((box) => ({
      ...box,
      account: { ...box.account, limits: { ...box.account.limits, quotaBytes: null } },
    }));
    return { mailboxes: unlimited, external };
  }
  throw new Fault("unavailable", "there is no postmaster yet");
}

/** Who is postmaster, best first: the domain's, the server's, the oldest account of the domain. */
function postmasterCandidates(turn: DirectoryTurn, domain: DomainRow | null): string[] {
  const oldest = domain
    ? turn.db.get<AccountRow>(
      "SELECT * FROM accounts WHERE domain=? AND enabled=1 ORDER BY created_at_ms,id LIMIT 1",
      domain.name,
    )
    : turn.db.get<AccountRow>(
      "SELECT a.* FROM accounts a JOIN domains d ON d.name=a.domain WHERE a.enabled=1 ORDER BY a.created_at_ms,a.id LIMIT 1",
    );
  const candidates = [domain?.postmaster, defaultsOf(turn).postmaster, oldest && formatAddress(oldest)];
  return candidates.filter((candidate) => typeof candidate === "string");
}

function isPostmaster(local: string): boolean {
  return (splitTag(local)?.base ?? local) === POSTMASTER;
}

function notOurs(address: string): Fault {
  return new Fault("denied", `${address} is not in a domain of this server`);
}
