import { createHash } from "node:crypto";
import { type JoinedRow, removeRow } from "../../src/actor/rows.ts";
import { Fault } from "../../src/base/fault.ts";
import { LIMITS } from "../../src/base/limits.ts";
import { PUBLIC_PREFIX, type StorageLimits } from "../mailbox/contract.ts";
import type { DirectoryContract, PublicView } from "./contract.ts";
import { parseAddress } from "./address.ts";
import { commitChanges, put, removal } from "./log.ts";
import { type PublicRow, type PublicRuleRow, TABLES } from "./schema.ts";
import { defaultsOf, type DirectoryTurn } from "./state.ts";

/** The namespace of what users share. */
const SHARED = "shared";
const NAME_CHARS = 100;
// What a folder's level cannot hold, or could not be told from something else.
const REFUSED = /[\p{Cc}\p{Surrogate}\u2028\u2029/#%*\\"]|^\s|\s$/u;

/** A namespace with what is said of it. */
type Public = PublicRow & PublicRuleRow;

type Create = DirectoryContract["createPublic"];
type Update = DirectoryContract["updatePublic"];
type Remove = DirectoryContract["removePublic"];
type List = DirectoryContract["listPublics"];

/**
 * A new public namespace: a mailbox that belongs to nobody. Its id follows from the name, so both servers of a pair may
 * make the same one, and one that is made again after it was removed comes back with all that was in it.
 */
export function createPublic(request: Create["request"], turn: DirectoryTurn): PublicView {
  const name = namespaceName(request.name);
  const asker = request.askedBy === undefined ? "" : accountAt(turn, request.askedBy);
  const folded = foldName(name);
  const rows = allPublics(turn);
  const clash = rows.find((row) => foldName(row.name) === folded);
  if (clash || isSpace(turn, folded)) throw new Fault("exists", `there is a namespace #${name} already`);
  if (rows.length >= LIMITS.publics) throw new Fault("limit", "too many public namespaces");
  const digest = createHash("sha256").update(folded).digest("hex").slice(0, 32);
  const row = {
    name,
    id: `${PUBLIC_PREFIX}${digest}`,
    addresses: request.addresses ? 1 : 0,
    approved: asker ? 0 : 1,
    asked_by: asker,
  };
  commitChanges(turn, [put("publics", { name, id: row.id }), put("public_rules", rulesOf(row))]);
  return viewOf(turn, row);
}

/** Whether somebody has a private namespace of that name: one name must not stand for two. */
function isSpace(turn: DirectoryTurn, folded: string): boolean {
  const names = turn.db.tuples<[string]>("SELECT DISTINCT name FROM spaces");
  return names.some(([name]) => foldName(name) === folded);
}

/** Approves one that a user asked for, and says whether folders below it get addresses. */
export function updatePublic(request: Update["request"], turn: DirectoryTurn): PublicView {
  const row = publicAt(turn, request.name);
  const changed = {
    ...row,
    addresses: request.addresses === undefined ? row.addresses : Number(request.addresses),
    approved: request.approved ? 1 : row.approved,
  };
  commitChanges(turn, [put("public_rules", rulesOf(changed))]);
  return viewOf(turn, changed);
}

/** Takes a namespace away, or refuses one that was asked for; the mailbox's file stays. */
export function removePublic({ name }: Remove["request"], turn: DirectoryTurn): Remove["reply"] {
  const row = publicAt(turn, name);
  const rules = rulesOf(row);
  const told = turn.db.get("SELECT 1 FROM public_rules WHERE name=?", row.name) !== undefined;
  commitChanges(turn, [
    removal("publics", { name: row.name, id: row.id }),
    ...told ? [removal("public_rules", rules)] : [],
  ]);
  return {};
}

function rulesOf({ name, addresses, approved, asked_by }: PublicRuleRow): PublicRuleRow {
  return { name, addresses, approved, asked_by };
}

function publicAt(turn: DirectoryTurn, name: string): Public {
  const row = allPublics(turn).find((one) => one.name === name.normalize("NFC"));
  if (!row) throw new Fault("not_found", `no such namespace: #${name}`);
  return row;
}

/** Two servers that are apart may make names that differ only in their letters' case: the first by order stays. */
export function settlePublics(turn: DirectoryTurn, joined: readonly JoinedRow[]): JoinedRow[] {
  const kept = new Map<string, string>();
  let rows = [...joined];
  for (const row of allPublics(turn)) {
    if (!kept.has(row.id)) {
      kept.set(row.id, row.name);
      continue;
    }
    for (const table of ["publics", "public_rules"]) {
      removeRow(turn, TABLES, table, [row.name]);
      rows = rows.filter((one) => one.table !== table || one.key[0] !== row.name);
      rows.push({ table, key: [row.name], row: null });
    }
  }
  return rows;
}

/** All namespaces by name. */
export function listPublics(_request: List["request"], turn: DirectoryTurn): List["reply"] {
  return { items: allPublics(turn).map((row) => viewOf(turn, row)) };
}

/** The namespaces among ids of mailboxes. */
export function publicsAmong(turn: DirectoryTurn, ids: ReadonlySet<string>): PublicView[] {
  return allPublics(turn).filter(({ id, approved }) => approved && ids.has(id)).map((row) =>
    viewOf(turn, row)
  );
}

/** Every namespace by name, those that wait to be approved, too. */
export function allPublics(turn: DirectoryTurn): Public[] {
  return turn.db.all<Public>(
    `SELECT p.name, p.id, ifnull(r.addresses, 0) AS addresses, ifnull(r.approved, 1) AS approved,
       ifnull(r.asked_by, '') AS asked_by
     FROM publics p LEFT JOIN public_rules r ON r.name = p.name ORDER BY p.name`,
  );
}

function viewOf(turn: DirectoryTurn, { name, id, addresses, approved, asked_by }: Public): PublicView {
  return {
    name,
    id,
    addresses: addresses === 1,
    approved: approved === 1,
    askedBy: asked_by || null,
    limits: limitsOfPublics(turn),
  };
}

/** What a public mailbox may hold: it is nobody's quota. */
export function limitsOfPublics(turn: DirectoryTurn): StorageLimits {
  return { quotaBytes: null, messageBytes: defaultsOf(turn).messageBytes };
}

function accountAt(turn: DirectoryTurn, text: string): string {
  const { local, domain } = parseAddress(text);
  const found = turn.db.get<{ id: string }>(
    "SELECT id FROM accounts WHERE domain=? AND local=?",
    domain,
    local,
  );
  if (!found) throw new Fault("not_found", `no such account: ${text}`);
  return found.id;
}

/** The name of a namespace in its one form. Fault `invalid`, and `exists` for one that is kept. */
export function namespaceName(given: string): string {
  const name = given.normalize("NFC");
  if (!name || name.length > NAME_CHARS || REFUSED.test(name)) {
    throw new Fault("invalid", "the name of a namespace is one level of a folder name, without #");
  }
  if (foldName(name) === SHARED) throw new Fault("exists", "#Shared holds what users share");
  return name;
}

/** Names that look alike are one. */
export function foldName(name: string): string {
  return name.normalize("NFKC").toLowerCase();
}
