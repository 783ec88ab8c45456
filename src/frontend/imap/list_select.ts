import type { FolderInfo } from "../../../actors/mailbox/contract.ts";
import { matchesPattern } from "./list_pattern.ts";

/** What a LIST asks for (RFC 9051 §6.3.9). */
export interface ListRequest {
  /** Reference and pattern joined. */
  patterns: string[];
  /** Extended syntax was used, or IMAP4rev2 is on: missing levels are \NonExistent instead of \Noselect. */
  extended: boolean;
  subscribed: boolean;
  recursive: boolean;
  specialUse: boolean;
  returnSubscribed: boolean;
}

/** One line of the answer. */
export interface ListEntry {
  name: string;
  attributes: string[];
  /** A folder below is subscribed though this one may not be: CHILDINFO. */
  childInfo: boolean;
  /** It is a folder, so that it has a STATUS. */
  exists: boolean;
  /** What the client may do there; left out where it may do everything. */
  rights?: string;
}

/** Names known to the mailbox, with what lies above and below them. */
interface Tree {
  folders: Map<string, FolderInfo>;
  subscriptions: Set<string>;
  /** Names that have a folder somewhere below. */
  parents: Set<string>;
  /** Names that have a subscribed name somewhere below. */
  subscribedParents: Set<string>;
  /** For RECURSIVEMATCH: names with one below that is asked for but matches no pattern, so that it is not told itself. */
  hiddenParents: Set<string>;
}

/** The answer to a LIST, INBOX first and then by name. */
export function selectFolders(
  folders: readonly FolderInfo[],
  subscriptions: readonly string[],
  request: ListRequest,
): ListEntry[] {
  const tree: Tree = {
    folders: new Map(folders.map((folder) => [folder.name, folder])),
    subscriptions: new Set(subscriptions),
    parents: ancestors(folders.map((folder) => folder.name)),
    subscribedParents: ancestors(subscriptions),
    hiddenParents: new Set(),
  };
  const candidates = new Set([...tree.folders.keys(), ...tree.parents]);
  if (request.subscribed) {
    for (const name of [...subscriptions, ...tree.subscribedParents]) candidates.add(name);
  }
  const matches = (name: string) => request.patterns.some((pattern) => matchesPattern(name, pattern));
  if (request.recursive) {
    const hidden = [...candidates].filter((name) => isSelected(name, tree, request) && !matches(name));
    tree.hiddenParents = ancestors(hidden);
  }
  const entries: ListEntry[] = [];
  for (const name of candidates) {
    if (!matches(name)) continue;
    const entry = describe(name, tree, request);
    if (entry) entries.push(entry);
  }
  return entries.sort((a, b) => compareNames(a.name, b.name));
}

/** Whether a name meets the selection options. */
function isSelected(name: string, tree: Tree, request: ListRequest): boolean {
  return (!request.subscribed || tree.subscriptions.has(name)) &&
    (!request.specialUse || (tree.folders.get(name)?.specialUse.length ?? 0) > 0);
}

/**
 * One line of the answer, or null when the selection options leave the name out. RECURSIVEMATCH brings it back only
 * where something below is not told itself (RFC 9051 §6.3.9.6).
 */
function describe(name: string, tree: Tree, request: ListRequest): ListEntry | null {
  const folder = tree.folders.get(name);
  const subscribed = tree.subscriptions.has(name);
  if (!isSelected(name, tree, request) && !tree.hiddenParents.has(name)) return null;
  const attributes: string[] = [];
  if (!folder) attributes.push(request.extended ? "\\NonExistent" : "\\Noselect");
  if (subscribed && (request.subscribed || request.returnSubscribed)) attributes.push("\\Subscribed");
  attributes.push(tree.parents.has(name) ? "\\HasChildren" : "\\HasNoChildren");
  if (folder) attributes.push(...folder.specialUse);
  const childInfo = request.recursive && request.subscribed && tree.subscribedParents.has(name);
  return { name, attributes, childInfo, exists: folder !== undefined, rights: folder?.rights };
}

/**
 * The answer to LSUB (RFC 3501 §6.3.9): subscribed names, and for a `%` at the end also levels above subscribed names,
 * as \Noselect.
 */
export function selectSubscribed(subscriptions: readonly string[], pattern: string): ListEntry[] {
  const names = new Map<string, string[]>();
  if (pattern.endsWith("%")) { for (const name of ancestors(subscriptions)) names.set(name, ["\\Noselect"]); }
  for (const name of subscriptions) names.set(name, []);
  return [...names].filter(([name]) => matchesPattern(name, pattern))
    .map(([name, attributes]) => ({ name, attributes, childInfo: false, exists: true }))
    .sort((a, b) => compareNames(a.name, b.name));
}

/** Every level above the names. */
function ancestors(names: readonly string[]): Set<string> {
  const out = new Set<string>();
  for (const name of names) {
    for (let at = name.lastIndexOf("/"); at > 0; at = name.lastIndexOf("/", at - 1)) {
      const parent = name.slice(0, at);
      if (out.has(parent)) break;
      out.add(parent);
    }
  }
  return out;
}

function compareNames(a: string, b: string): number {
  if ((a === "INBOX") !== (b === "INBOX")) return a === "INBOX" ? -1 : 1;
  return a < b ? -1 : a > b ? 1 : 0;
}
