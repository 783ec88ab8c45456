import type { Arguments } from "./arguments.ts";

/** Which folders a command is about (RFC 5465 §8, filter-mailboxes; `subtree-one`: RFC 7377 §4). */
export type MailboxFilter =
  | { kind: "selected" | "inboxes" | "personal" | "subscribed" }
  | { kind: "subtree" | "subtree-one" | "mailboxes"; names: string[] };

/** Folders named in one command: nobody writes more, and a line holds few of them. */
const NAMES = 10_000;

/**
 * `(mailboxes "a" subtree ("b" "c"))` of ESEARCH's `IN` (RFC 7377 §2.2). `selected-delayed` is not valid there, and no
 * scope options are known.
 */
export function parseSources(args: Arguments): MailboxFilter[] {
  const filters = args.list(() => parseFilter(args));
  if (!filters.length) throw new SyntaxError("no mailboxes to search");
  return filters;
}

function parseFilter(args: Arguments): MailboxFilter {
  const kind = args.atom().toLowerCase();
  switch (kind) {
    case "selected":
    case "inboxes":
    case "personal":
    case "subscribed":
      return { kind };
    case "subtree":
    case "subtree-one":
    case "mailboxes": {
      args.space();
      const names = args.peek() === "(" ? args.list(() => args.mailbox()) : [args.mailbox()];
      if (!names.length || names.length > NAMES) throw new SyntaxError("bad number of mailboxes");
      return { kind, names };
    }
    default:
      throw new SyntaxError(`unknown source ${kind}`);
  }
}

/** The folders that filters mean, each once and in the order given; `selected` is for the caller to add. */
export function matchFolders<T extends { name: string }>(
  filters: readonly MailboxFilter[],
  folders: readonly T[],
  subscriptions: readonly string[],
): T[] {
  const byName = new Map(folders.map((folder) => [folder.name, folder]));
  const found = new Set<T>();
  const add = (name: string) => {
    const folder = byName.get(name);
    if (folder) found.add(folder);
  };
  for (const filter of filters) {
    switch (filter.kind) {
      case "selected":
        break;
      case "inboxes":
        add("INBOX");
        break;
      case "personal":
        for (const folder of folders) found.add(folder);
        break;
      case "subscribed":
        subscriptions.forEach(add);
        break;
      case "mailboxes":
        filter.names.forEach(add);
        break;
      default:
        for (const folder of folders) {
          if (filter.names.some((name) => isBelow(folder.name, name, filter.kind === "subtree"))) {
            found.add(folder);
          }
        }
    }
  }
  return [...found];
}

function isBelow(name: string, top: string, deep: boolean): boolean {
  if (name === top) return true;
  return name.startsWith(`${top}/`) && (deep || !name.slice(top.length + 1).includes("/"));
}
