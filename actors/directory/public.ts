import { createHash } from "node:crypto";
import { Fault } from "../../src/base/fault.ts";
import { LIMITS } from "../../src/base/limits.ts";
import { PUBLIC_PREFIX } from "../mailbox/contract.ts";
import type { DirectoryContract, PublicView } from "./contract.ts";
import { commitChanges, put, removal } from "./log.ts";
import type { PublicRow } from "./schema.ts";
import { defaultsOf, type DirectoryTurn } from "./state.ts";

/** The namespace of what users share. */
const SHARED = "shared";
const NAME_CHARS = 100;
// What a folder's level cannot hold, or could not be told from something else.
const REFUSED = /[\p{Cc}\p{Surrogate}\u2028\u2029/#%*\\"]|^\s|\s$/u;

type Create = DirectoryContract["createPublic"];
type Remove = DirectoryContract["removePublic"];
type List = DirectoryContract["listPublics"];

/**
 * A new public namespace: a mailbox that belongs to nobody. Its id follows from the name, so both servers of a pair may
 * make the same one, and one that is made again after it was removed comes back with all that was in it.
 */
export function createPublic({ name: given }: Create["request"], turn: DirectoryTurn): PublicView {
  const name = publicName(given);
  const folded = fold(name);
  const rows = allPublics(turn);
  const clash = rows.find((row) => fold(row.name) === folded);
  if (clash) throw new Fault("exists", `there is a namespace #${clash.name} already`);
  if (rows.length >= LIMITS.publics) throw new Fault("limit", "too many public namespaces");
  const digest = createHash("sha256").update(folded).digest("hex").slice(0, 32);
  const row: PublicRow = { name, id: `${PUBLIC_PREFIX}${digest}` };
  commitChanges(turn, [put("publics", row)]);
  return viewOf(turn, row);
}

/** Takes a namespace away; the mailbox's file stays. */
export function removePublic({ name }: Remove["request"], turn: DirectoryTurn): Remove["reply"] {
  const row = allPublics(turn).find((one) => one.name === name.normalize("NFC"));
  if (!row) throw new Fault("not_found", `no such namespace: #${name}`);
  commitChanges(turn, [removal("publics", row)]);
  return {};
}

/** All namespaces by name. */
export function listPublics(_request: List["request"], turn: DirectoryTurn): List["reply"] {
  return { items: allPublics(turn).map((row) => viewOf(turn, row)) };
}

/** The namespaces among ids of mailboxes. */
export function publicsAmong(turn: DirectoryTurn, ids: ReadonlySet<string>): PublicView[] {
  return allPublics(turn).filter(({ id }) => ids.has(id)).map((row) => viewOf(turn, row));
}

function allPublics(turn: DirectoryTurn): PublicRow[] {
  return turn.db.all<PublicRow>("SELECT name, id FROM publics ORDER BY name");
}

function viewOf(turn: DirectoryTurn, { name, id }: PublicRow): PublicView {
  return { name, id, limits: { quotaBytes: null, messageBytes: defaultsOf(turn).messageBytes } };
}

function publicName(given: string): string {
  const name = given.normalize("NFC");
  if (!name || name.length > NAME_CHARS || REFUSED.test(name)) {
    throw new Fault("invalid", "the name of a namespace is one level of a folder name, without #");
  }
  if (fold(name) === SHARED) throw new Fault("exists", "#Shared holds what users share");
  return name;
}

function fold(name: string): string {
  return name.normalize("NFKC").toLowerCase();
}
