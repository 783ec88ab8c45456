import { shown } from "../codec/sieve/lexer.ts";
import type { TextValue, Value } from "./value.ts";
import type { Call } from "./call.ts";
import type { Checker } from "./checker.ts";
import type { VariableNamespace } from "./extension.ts";
import type { Run } from "./run_state.ts";

const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** Where a command puts a value: a variable of the script, or one of a namespace. */
interface Target {
  namespace: VariableNamespace | null;
  name: string;
}

/** Reads the variable's name that a command was given, and keeps it as the call's data (RFC 5229 §4). */
export function checkTarget(call: Call, place: number, checker: Checker): void {
  const value = call.parameters[place];
  if (value?.kind !== "text" || value.constant === null) return;
  call.data = readTarget(value.constant, value, checker);
}

/** Sets the variable that `checkTarget` found. */
export function setTarget(call: Call, value: string, run: Run): void {
  const { namespace, name } = call.data as Target; // `checkTarget` put it there, or the script was refused.
  if (namespace === null) run.variables.set(name, value);
  else namespace.write?.(name, value, run);
}

function readTarget(text: string, { position }: TextValue, checker: Checker): Target | null {
  const dot = text.indexOf(".");
  const name = text.slice(dot + 1);
  const namespace = dot < 0 ? null : checker.namespace(text.slice(0, dot).toLowerCase());
  if (!NAME.test(name) || dot >= 0 && namespace?.write === undefined) {
    checker.error(position, `"${shown(text)}" is not the name of a variable that can be set`);
    return null;
  }
  return { namespace, name: name.toLowerCase() };
}

/** Notes an error for every constant name that no plain variable can have. */
export function checkVariableNames(value: Value | null, checker: Checker): void {
  const items = value?.kind === "texts" ? value.items : value?.kind === "text" ? [value] : [];
  for (const { constant, position } of items) {
    if (constant !== null && !isVariableName(constant)) {
      checker.error(position, `"${shown(constant)}" is not the name of a variable`);
    }
  }
}

/** Whether it can be the name of a plain variable. */
function isVariableName(text: string): boolean {
  return NAME.test(text);
}
