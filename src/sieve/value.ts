import type { Position } from "../codec/sieve/diagnostic.ts";
import type { VariableNamespace } from "./extension.ts";

/** An argument as compiled. */
export type Value = NumberValue | TextValue | TextsValue;

/** A number. */
export interface NumberValue {
  kind: "number";
  value: number;
  position: Position;
}

/** A string, maybe with variables in it. */
export interface TextValue {
  kind: "text";
  /** As the script has it, variables and all. */
  source: string;
  /** The text itself when no variable is in it; else null. */
  constant: string | null;
  parts: readonly TextPart[];
  position: Position;
  /** What is wrong with a value that is known only in a run. */
  check: ((text: string) => string | null) | null;
}

/** Some strings. */
export interface TextsValue {
  kind: "texts";
  /** All of them when none has a variable in it. */
  constant: readonly string[] | null;
  items: readonly TextValue[];
  position: Position;
}

/** A piece of a string: plain text, a variable by its lower-case name, a match variable, or one of a namespace. */
export type TextPart =
  | { type: "plain"; text: string }
  | { type: "variable"; name: string }
  | { type: "match"; index: number }
  | { type: "namespace"; namespace: VariableNamespace; name: string };
