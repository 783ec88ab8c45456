import { LIMITS } from "../../base/limits.ts";
import type { FolderView } from "./folder_view.ts";
import type { Session } from "./session.ts";

const SYSTEM_FLAGS = ["\\Answered", "\\Flagged", "\\Deleted", "\\Seen", "\\Draft"];

/** The flags that a folder's messages may have (RFC 9051 §7.3.5). */
export function folderFlags(keywords: readonly string[]): string {
  return `* FLAGS (${[...SYSTEM_FLAGS, ...keywords].join(" ")})`;
}

/**
 * The flags that stay, as far as rights let them be changed (RFC 4314 §5.2); `\*` says that new keywords can be made
 * (RFC 9051 §7.1). Null in a read-only folder.
 */
export function permanentFlags(keywords: readonly string[] | null, rights: string): string {
  const flags: string[] = [];
  if (keywords !== null) {
    for (const flag of SYSTEM_FLAGS) {
      const right = flag === "\\Seen" ? "s" : flag === "\\Deleted" ? "t" : "w";
      if (rights.includes(right)) flags.push(flag);
    }
    if (rights.includes("w")) flags.push(...keywords);
    if (rights.includes("w") && keywords.length < LIMITS.keywords) flags.push("\\*");
  }
  return `* OK [PERMANENTFLAGS (${flags.join(" ")})] Flags that stay`;
}

/** Tells of keywords that came up since the folder was opened, before the first row that has one is written. */
export function tellKeywords(
  session: Session,
  view: FolderView,
  rows: readonly { readonly keywords: string }[],
): void {
  if (!view.keywords.learn(rows)) return;
  const { names } = view.keywords;
  session.write(`${folderFlags(names)}\r\n`);
  if (!view.readOnly) session.write(`${permanentFlags(names, view.rights)}\r\n`);
}
