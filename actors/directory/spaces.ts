import { createHash } from "node:crypto";
import { Fault } from "../../src/base/fault.ts";
import { LIMITS } from "../../src/base/limits.ts";
import { SPACE_PREFIX } from "../mailbox/contract.ts";
import { parseAddress } from "./address.ts";
import type { DirectoryContract, SpaceView } from "./contract.ts";
import { limitsOf } from "./limits.ts";
import { commitChanges, type Edit, put, removal } from "./log.ts";
import { allPublics, foldName, namespaceName } from "./public.ts";
import type { AccountRow, SpaceRow } from "./schema.ts";
import type { DirectoryTurn } from "./state.ts";

type Create = DirectoryContract["createSpace"];
type Remove = DirectoryContract["removeSpace"];
type List = DirectoryContract["listSpaces"];

/**
 * A new private namespace of one account (RFC 2342 §5): a mailbox beside its own, which nobody else is shown. Its id
 * follows from the account and the name, so both servers of a pair may make the same one.
 */
export function createSpace(request: Create["request"], turn: DirectoryTurn): SpaceView {
  const account = accountAt(turn, request.account);
  const name = namespaceName(request.name);
  const folded = foldName(name);
  if (allPublics(turn).some((one) => foldName(one.name) === folded)) {
    throw new Fault("exists", `there is a public namespace of that name`);
  }
  const rows = spacesOf(turn, account.id);
  if (rows.some((row) => foldName(row.name) === folded)) {
    throw new Fault("exists", `there is a namespace #${name} already`);
  }
  if (rows.length >= LIMITS.spaces) throw new Fault("limit", "too many private namespaces");
  const digest = createHash("sha256").update(`${account.id}\0${folded}`).digest("hex").slice(0, 32);
  const row: SpaceRow = { account: account.id, name, id: `${SPACE_PREFIX}${digest}` };
  commitChanges(turn, [put("spaces", row)]);
  return viewOf(turn, account, row);
}

/** Takes a private namespace away; the mailbox's file stays, and comes back with the name. */
export function removeSpace(request: Remove["request"], turn: DirectoryTurn): Remove["reply"] {
  const account = accountAt(turn, request.account);
  const row = spacesOf(turn, account.id).find((one) => one.name === request.name.normalize("NFC"));
  if (!row) throw new Fault("not_found", `no such namespace: #${request.name}`);
  commitChanges(turn, [removal("spaces", row)]);
  return {};
}

/** The private namespaces of an account by name. */
export function listSpaces(request: List["request"], turn: DirectoryTurn): List["reply"] {
  const account = accountAt(turn, request.account);
  return { items: spacesOf(turn, account.id).map((row) => viewOf(turn, account, row)) };
}

/** Those of an account by its id, for its sessions. */
export function spacesFor(turn: DirectoryTurn, id: string): SpaceView[] {
  const account = turn.db.get<AccountRow>("SELECT * FROM accounts WHERE id=?", id);
  return account ? spacesOf(turn, id).map((row) => viewOf(turn, account, row)) : [];
}

/** What goes with an account that is removed. */
export function spaceRemovals(turn: DirectoryTurn, id: string): Edit[] {
  return spacesOf(turn, id).map((row) => removal("spaces", row));
}

function spacesOf(turn: DirectoryTurn, account: string): SpaceRow[] {
  return turn.db.all<SpaceRow>("SELECT * FROM spaces WHERE account=? ORDER BY name", account);
}

function viewOf(turn: DirectoryTurn, account: AccountRow, { name, id }: SpaceRow): SpaceView {
  return { name, id, limits: limitsOf(turn, account) };
}

function accountAt(turn: DirectoryTurn, text: string): AccountRow {
  const { local, domain } = parseAddress(text);
  const row = turn.db.get<AccountRow>("SELECT * FROM accounts WHERE domain=? AND local=?", domain, local);
  if (!row) throw new Fault("not_found", `no such account: ${text}`);
  return row;
}
