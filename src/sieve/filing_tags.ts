import type { TagDefinition } from "./extension.ts";

/** Commands that send something, of which a copy can be filed. */
const SENDING = ["vacation", "notify"];

/** A tag that says how something is filed: for these commands, and for the copy of what others send (RFC 8580 §3). */
export function filingTag(
  of: readonly string[],
  tag: TagDefinition,
): { of: readonly string[]; tag: TagDefinition }[] {
  return [{ of, tag }, { of: SENDING, tag: { ...tag, with: "fcc" } }];
}
