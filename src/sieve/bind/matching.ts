import type { Argument, CallNode, TagArgument } from "../../codec/sieve/ast.ts";
import { shown } from "../../codec/sieve/lexer.ts";
import type { Call } from "../call.ts";
import type { AddressPart, CommandDefinition, TestDefinition } from "../extension.ts";
import { IS } from "../match/base_types.ts";
import { ASCII_CASEMAP, type Comparator } from "../match/comparator.ts";
import type { MatchType } from "../match/match_type.ts";
import { type Matcher, prepareKeys, type Relation } from "../match/matcher.ts";
import type { Binder } from "./binder.ts";

/** What the tags say of comparing. */
export interface Matching {
  type: MatchType | null;
  comparator: Comparator | null;
  addressPart: AddressPart | null;
  relation: Relation | null;
}

const RELATIONS = new Set(["gt", "ge", "lt", "le", "eq", "ne"]);
type Definition = CommandDefinition | TestDefinition;

/** Takes a tag that is a match type, a comparator or an address part; false when it is none of them for this call. */
export function takeMatchingTag(
  tag: TagArgument,
  given: Argument[],
  definition: Definition,
  matching: Matching,
  call: Call,
  binder: Binder,
): boolean {
  const name = tag.name.toLowerCase();
  if (definition.matching) {
    if (name === "comparator") {
      takeComparator(tag, given, matching, call, binder);
      return true;
    }
    const type = binder.language.matchTypes.get(name);
    if (type !== undefined) {
      binder.permits(type.extension, call, tag.position, `":${name}"`);
      if (matching.type !== null) twice(tag, "a match type", binder);
      matching.type = type.definition;
      if (type.definition.relation) takeRelation(tag, given, matching, binder);
      return true;
    }
  }
  const part = definition.addressPart ? binder.language.addressParts.get(name) : undefined;
  if (part === undefined) return false;
  binder.permits(part.extension, call, tag.position, `":${name}"`);
  if (matching.addressPart !== null) twice(tag, "an address part", binder);
  matching.addressPart = part.definition;
  return true;
}

function twice(tag: TagArgument, what: string, binder: Binder): void {
  binder.error(tag.position, `":${shown(tag.name)}": ${what} has been given already`);
}

function takeComparator(
  tag: TagArgument,
  given: Argument[],
  matching: Matching,
  call: Call,
  binder: Binder,
): void {
  if (matching.comparator !== null) twice(tag, "a comparator", binder);
  const value = given[0];
  if (value?.kind !== "string") {
    binder.error(tag.position, '":comparator" wants the comparator\'s name behind it, such as "i;octet"');
    return;
  }
  given.shift();
  const found = binder.language.comparators.get(value.value);
  if (found === undefined) {
    binder.unknown(value.position, `there is no comparator "${shown(value.value)}"`);
    return;
  }
  binder.permits(found.extension, call, value.position, `the comparator "${value.value}"`);
  matching.comparator = found.definition;
}

function takeRelation(tag: TagArgument, given: Argument[], matching: Matching, binder: Binder): void {
  const value = given[0];
  if (value?.kind === "string" && RELATIONS.has(value.value.toLowerCase())) {
    matching.relation = value.value.toLowerCase() as Relation; // The set holds these and no others.
    given.shift();
    return;
  }
  binder.error(
    value?.position ?? tag.position,
    `":${tag.name}" wants one of "gt", "ge", "lt", "le", "eq", "ne" behind it`,
  );
  if (value?.kind === "string") given.shift();
}

/** Gives the call its matcher, with the keys read once when they hold no variables; the keys are the last argument. */
export function bindMatching(
  node: CallNode,
  definition: Definition,
  matching: Matching,
  call: Call,
  binder: Binder,
): void {
  call.addressPart = matching.addressPart;
  if (!definition.matching) return;
  const type = matching.type ?? IS, comparator = matching.comparator ?? ASCII_CASEMAP;
  if (type.substring && !comparator.substring) {
    binder.error(
      node.position,
      `the comparator "${comparator.name}" cannot compare parts of texts, as ":${type.name}" does`,
    );
    return;
  }
  const matcher: Matcher = { type, comparator, relation: matching.relation, constantKeys: null };
  call.matcher = matcher;
  const keys = call.parameters.at(-1);
  if (keys === null || keys === undefined || keys.kind === "number" || keys.constant === null) return;
  const texts = typeof keys.constant === "string" ? [keys.constant] : keys.constant;
  try {
    matcher.constantKeys = prepareKeys(matcher, texts, binder.regexBudget);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    binder.error(keys.position, error.message);
  }
}
