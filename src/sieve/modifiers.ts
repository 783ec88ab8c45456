import type { Call } from "./call.ts";
import type { TagDefinition } from "./extension.ts";
import { lowerAscii, upperAscii } from "./match/comparator.ts";

/** Changes a value before it is stored in a variable (RFC 5229 §4.1). */
interface Modifier {
  name: string;
  /** Those of the highest number come first; of one number there may be one. */
  precedence: number;
  change: (text: string) => string;
}

const MODIFIERS: readonly Modifier[] = [
  { name: "lower", precedence: 40, change: lowerAscii },
  { name: "upper", precedence: 40, change: upperAscii },
  { name: "lowerfirst", precedence: 30, change: (text) => lowerAscii(text.slice(0, 1)) + text.slice(1) },
  { name: "upperfirst", precedence: 30, change: (text) => upperAscii(text.slice(0, 1)) + text.slice(1) },
  { name: "quotewildcard", precedence: 20, change: (text) => text.replace(/[*?\\]/g, "\\$&") },
  // The regex draft's own (draft-murchison-sieve-regex-07 §4), at the place of the one above.
  { name: "quoteregex", precedence: 20, change: (text) => text.replace(/[\\^$.|?*+()[\]{}]/g, "\\$&") },
  // RFC 5435 §6: what may stand in a URI as it is, stays.
  { name: "encodeurl", precedence: 15, change: encodeUrl },
  { name: "length", precedence: 10, change: (text) => String([...text].length) },
];

/** The tags of some modifiers. */
export function modifierTags(...names: string[]): TagDefinition[] {
  return MODIFIERS.filter(({ name }) => names.includes(name))
    .map(({ name, precedence }) => ({ name, group: `modifier ${precedence}` }));
}

/** Applies the modifiers that a call names. */
export function applyModifiers(call: Call, text: string): string {
  return MODIFIERS.reduce(
    (changed, { name, change }) => call.tags.has(name) ? change(changed) : changed,
    text,
  );
}

function encodeUrl(text: string): string {
  return encodeURIComponent(text.toWellFormed()).replace(
    /[!'()*]/g,
    (char) => "%" + char.charCodeAt(0).toString(16).toUpperCase(),
  );
}
