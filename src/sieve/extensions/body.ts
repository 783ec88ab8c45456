import { latin1Slice } from "../../codec/message/header.ts";
import type { MimePart } from "../../codec/message/summary.ts";
import type { TestCall } from "../call.ts";
import type { Extension } from "../extension.ts";
import { matchesAny } from "../match/matcher.ts";
import { escapeOctets } from "../match/octets.ts";
import { contentTexts, readableText } from "../message/body_texts.ts";
import type { MessageView } from "../message/message_view.ts";
import { descendants } from "../parts_in_view.ts";
import type { Run } from "../run_state.ts";

/** Different texts of one message that are kept while a script runs. */
const MOST_KNOWN = 4;

/** Tests of the message's body (RFC 5173). Not more than `bodyChars` of it are looked at. */
export const BODY: Extension = {
  name: "body",
  tests: [{
    name: "body",
    matching: true,
    tags: [
      { name: "raw", group: "transform" },
      { name: "content", group: "transform", value: { name: "content types", kind: "texts" } },
      { name: "text", group: "transform" },
    ],
    parameters: [{ name: "texts to compare with", kind: "texts" }],
    test(call, run) {
      const values = bodyValues(call, run);
      return run.quietly(() => matchesAny(call, values, call.parameters[0], run));
    },
  }],
};

const TEXTS = Symbol("body texts");

/** The texts that a test compares; decoded once for all tests that ask for the same. */
function bodyValues(call: TestCall, run: Run): string[] {
  const types = call.tags.has("content")
    ? run.texts(call, "content").map((type) => type.toLowerCase())
    : null;
  const known = run.state(TEXTS, () => new WeakMap<MessageView, Map<string, string[]>>());
  let texts = known.get(run.view);
  if (texts === undefined) known.set(run.view, texts = new Map());
  const name = call.tags.has("raw") ? "raw" : types === null ? "text" : `content ${types.join(" ")}`;
  let values = texts.get(name);
  if (values === undefined) {
    values = readTexts(call.tags.has("raw"), types, run);
    if (texts.size < MOST_KNOWN) texts.set(name, values);
  }
  return values;
}

function readTexts(isRaw: boolean, types: readonly string[] | null, run: Run): string[] {
  const { raw, tree } = run.view;
  // A message without an empty line has no body (RFC 5173 §4).
  if (tree.bodyStart >= raw.length && !endsHeader(raw)) return [];
  if (isRaw) {
    const end = Math.min(raw.length, tree.bodyStart + run.limits.bodyChars);
    return [escapeOctets(latin1Slice(raw, tree.bodyStart, end))];
  }
  const parts = [tree, ...descendants(tree, run)];
  if (types === null) {
    return collect(parts.filter(isText), run, (part, left) => [readableText(raw, part, left)]);
  }
  const wanted = parts.filter((part) => types.some((type) => fits(part, type)));
  return collect(wanted, run, (part, left) => contentTexts(raw, part, left));
}

/** Texts of parts, until so much has been decoded that the rest is left out. */
function collect(
  parts: readonly MimePart[],
  run: Run,
  texts: (part: MimePart, left: number) => string[],
): string[] {
  const out: string[] = [];
  let left = run.limits.bodyChars;
  for (const part of parts) {
    if (left <= 0) break;
    for (const text of texts(part, left)) {
      run.chargeText(text.length);
      left -= text.length;
      out.push(text);
    }
  }
  return out;
}

function isText(part: MimePart): boolean {
  return part.type === "text";
}

/** `type/subtype`, `type`, or all for the empty text; anything with slashes at its ends or several of them is nothing. */
function fits(part: MimePart, wanted: string): boolean {
  if (wanted === "") return true;
  return wanted === part.type || wanted === `${part.type}/${part.subtype}`;
}

/** Whether the bytes end with the empty line behind a header. */
function endsHeader(raw: Uint8Array): boolean {
  return /(?:^|\n)\r?\n$/.test(latin1Slice(raw, Math.max(0, raw.length - 4), raw.length));
}
