import type { Argument, CallNode, TagArgument } from "../../codec/sieve/ast.ts";
import { shown } from "../../codec/sieve/lexer.ts";
import type { Call } from "../call.ts";
import type { CommandDefinition, ParameterDefinition, TagDefinition, TestDefinition } from "../extension.ts";
import type { Value } from "../value.ts";
import type { Binder } from "./binder.ts";
import { bindMatching, type Matching, takeMatchingTag } from "./matching.ts";
import { textValue } from "./text.ts";

/**
 * Gives a call its arguments: tags first, in any order, then the positional ones in theirs (RFC 5228 §2.6). False when
 * something is wrong; it has been noted.
 */
export function bindArguments(
  node: CallNode,
  definition: CommandDefinition | TestDefinition,
  call: Call,
  binder: Binder,
): boolean {
  const errorsBefore = binder.findings.errors.length;
  const matching: Matching = { type: null, comparator: null, addressPart: null, relation: null };
  const given = [...node.arguments];
  while (given[0]?.kind === "tag") {
    const tag = given.shift() as TagArgument; // The line above has looked.
    if (takeMatchingTag(tag, given, definition, matching, call, binder)) continue;
    const found = findTag(tag, definition, call, binder);
    if (found === null) return false;
    takeTag(tag, found, given, call, binder);
  }
  takePositional(node, definition.parameters ?? [], given, call, binder);
  checkCompany(node, call, binder);
  if (errorsBefore === binder.findings.errors.length) bindMatching(node, definition, matching, call, binder);
  return errorsBefore === binder.findings.errors.length;
}

function findTag(
  tag: TagArgument,
  definition: CommandDefinition | TestDefinition,
  call: Call,
  binder: Binder,
): TagDefinition | null {
  const name = tag.name.toLowerCase();
  const own = definition.tags?.find((other) => other.name === name);
  if (own !== undefined) return own;
  const foreign = binder.language.tags.get(name)?.find(({ of }) => of.has(definition.name));
  if (foreign !== undefined) {
    const permitted = binder.permits(foreign.extension, call, tag.position, `":${name}"`);
    return permitted ? foreign.definition : null;
  }
  binder.unknown(tag.position, `"${definition.name}" takes no ":${shown(tag.name)}"`);
  return null;
}

function takeTag(
  tag: TagArgument,
  definition: TagDefinition,
  given: Argument[],
  call: Call,
  binder: Binder,
): void {
  const { name, group } = definition;
  if (call.tags.has(name)) binder.error(tag.position, `":${name}" stands here twice`);
  const other = call.tagDefinitions.find((taken) =>
    group !== undefined && taken.group === group && taken !== definition
  );
  if (other !== undefined) binder.error(tag.position, `":${name}" and ":${other.name}" exclude each other`);
  let value: Value | null = null;
  if (definition.value !== undefined) {
    const next = given[0];
    if (next === undefined || next.kind === "tag") {
      binder.error(tag.position, `":${name}" wants ${definition.value.name} behind it`);
      return;
    }
    given.shift();
    value = toValue(next, definition.value, binder);
  }
  call.tags.set(name, value);
  call.tagDefinitions.push(definition);
}

function takePositional(
  node: CallNode,
  wanted: readonly ParameterDefinition[],
  given: Argument[],
  call: Call,
  binder: Binder,
): void {
  // Optional ones stand first: they are there when there are enough arguments for them.
  let spare = given.length - wanted.filter((parameter) => !parameter.optional).length;
  for (const parameter of wanted) {
    if (parameter.optional && spare-- <= 0) {
      call.parameters.push(null);
      continue;
    }
    const argument = given.shift();
    if (argument === undefined) {
      binder.error(node.position, `"${node.name}" wants ${parameter.name}`);
      return;
    }
    call.parameters.push(toValue(argument, parameter, binder));
  }
  const extra = given[0];
  if (extra === undefined) return;
  binder.error(
    extra.position,
    extra.kind === "tag"
      ? `":${shown(extra.name)}" must stand before the other arguments of "${node.name}"`
      : `"${node.name}" takes no further argument`,
  );
}

function toValue(argument: Argument, parameter: ParameterDefinition, binder: Binder): Value | null {
  const { kind, name } = parameter, { position } = argument;
  if (kind === "number" && argument.kind === "number") return { kind, value: argument.value, position };
  if (kind === "text" && argument.kind === "string") return textValue(argument, parameter, binder);
  if (kind === "texts" && (argument.kind === "string" || argument.kind === "strings")) {
    const items = (argument.kind === "string" ? [argument] : argument.items)
      .map((item) => textValue(item, parameter, binder));
    const constants = items.map(({ constant }) => constant).filter((constant) => constant !== null);
    return { kind, items, constant: constants.length === items.length ? constants : null, position };
  }
  const is =
    { tag: "a tag", number: "a number", string: "a string", strings: "a list of strings" }[argument.kind];
  binder.error(position, `${name} is wanted here, not ${is}`);
  return null;
}

/** Tags that say nothing without another one. */
function checkCompany(node: CallNode, call: Call, binder: Binder): void {
  for (const { name, with: other } of call.tagDefinitions) {
    if (other !== undefined && !call.tags.has(other)) {
      binder.error(node.position, `":${name}" is of use only together with ":${other}"`);
    }
  }
}
