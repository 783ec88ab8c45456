import type { StringArgument } from "../../codec/sieve/ast.ts";
import { shown } from "../../codec/sieve/lexer.ts";
import type { ParameterDefinition } from "../extension.ts";
import { MOST_MATCH_VARIABLE } from "../variables.ts";
import type { TextPart, TextValue } from "../value.ts";
import type { Binder } from "./binder.ts";
import { decodeCharacters } from "./encoded_character.ts";

const VARIABLE =
  /\$\{((?:[A-Za-z_][A-Za-z0-9_]*\.)(?:(?:[A-Za-z_][A-Za-z0-9_]*|\d+)\.)*)?([A-Za-z_][A-Za-z0-9_]*|\d+)\}/g;

/** A string of a script: encoded characters decoded, then variables found (RFC 5229 §3.1), then checked. */
export function textValue(
  argument: StringArgument,
  parameter: ParameterDefinition,
  binder: Binder,
): TextValue {
  const { position } = argument;
  let source = argument.value;
  if (binder.requires("encoded-character") && source.includes("${")) {
    const decoded = decodeCharacters(source);
    if (decoded.problem !== null) binder.error(position, decoded.problem);
    source = decoded.text;
  }
  const parts = binder.requires("variables") ? readParts(source, position, binder) : null;
  const check = parameter.check ?? null;
  if (parts === null) {
    const wrong = check?.(source) ?? null;
    if (wrong !== null) binder.error(position, wrong);
    return { kind: "text", source, constant: source, parts: [], position, check };
  }
  if (parameter.constant) binder.error(position, `${parameter.name} must not contain variables`);
  return { kind: "text", source, constant: null, parts, position, check };
}

/** The string's pieces; null when no variable is in it. */
function readParts(source: string, position: TextValue["position"], binder: Binder): TextPart[] | null {
  if (!source.includes("${")) return null;
  const parts: TextPart[] = [];
  let from = 0;
  for (const match of source.matchAll(VARIABLE)) {
    const part = variablePart(match[1]?.slice(0, -1) ?? null, match[2].toLowerCase(), position, binder);
    if (part === null) continue;
    if (match.index > from) parts.push({ type: "plain", text: source.slice(from, match.index) });
    parts.push(part);
    from = match.index + match[0].length;
  }
  if (parts.length === 0) return null;
  if (from < source.length) parts.push({ type: "plain", text: source.slice(from) });
  return parts;
}

function variablePart(
  namespace: string | null,
  name: string,
  position: TextValue["position"],
  binder: Binder,
): TextPart | null {
  if (namespace !== null) {
    const found = binder.namespace(namespace.toLowerCase());
    if (found !== null) return { type: "namespace", namespace: found, name };
    // RFC 5229 §3: a namespace without its require is an error.
    binder.error(
      position,
      `"\${${shown(namespace)}.${shown(name)}}": no extension "${
        shown(namespace)
      }" with variables is required`,
    );
    return null;
  }
  if (!/^\d/.test(name)) return { type: "variable", name };
  const index = Number(name);
  if (index <= MOST_MATCH_VARIABLE) return { type: "match", index };
  binder.error(position, `"\${${shown(name)}}": match variables go up to \${${MOST_MATCH_VARIABLE}}`);
  return null;
}
