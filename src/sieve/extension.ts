import type { CommandCall, TestCall } from "./call.ts";
import type { Checker } from "./checker.ts";
import type { ActionDraft } from "./draft.ts";
import type { Comparator } from "./match/comparator.ts";
import type { MatchType } from "./match/match_type.ts";
import type { MailAddress } from "./message/mail_address.ts";
import type { Run } from "./run_state.ts";
import type { Value } from "./value.ts";

/**
 * One extension of the language: the name that `require` takes, and what it adds. The built-in ones stand in
 * `built_in.ts`; others are handed to `compile`.
 */
export interface Extension {
  readonly name: string;
  /** Extensions that are required with it. */
  readonly implies?: readonly string[];
  /** It changes how a script is read, so that `ihave` must not switch it on (RFC 5463 §4). */
  readonly changesReading?: boolean;
  readonly commands?: readonly CommandDefinition[];
  readonly tests?: readonly TestDefinition[];
  /** Tags for commands and tests of others, by their names. */
  readonly tags?: readonly { readonly of: readonly string[]; readonly tag: TagDefinition }[];
  readonly matchTypes?: readonly MatchType[];
  readonly comparators?: readonly Comparator[];
  readonly addressParts?: readonly AddressPart[];
  /** A namespace of variables, `${name.…}` (RFC 5229 §3). */
  readonly namespace?: VariableNamespace;
}

/** What an argument is. A single string stands for a list of one (RFC 5228 §2.4.2.1). */
export type ValueKind = "text" | "texts" | "number";

/** A positional argument, or a tag's value. */
export interface ParameterDefinition {
  /** For messages: `a folder's name`. */
  readonly name: string;
  readonly kind: ValueKind;
  readonly optional?: boolean;
  /** No variables in it. */
  readonly constant?: boolean;
  /** What is wrong with a string, or null: asked when the script is compiled, or else when its value is known. */
  readonly check?: (text: string) => string | null;
}

/** `:name`, maybe with a value behind it. */
export interface TagDefinition {
  readonly name: string;
  readonly value?: ParameterDefinition;
  /** Of tags of one group there may be one. */
  readonly group?: string;
  /** Another tag without which this one says nothing. */
  readonly with?: string;
  /** What it changes of an action that is about to be taken. */
  readonly apply?: (draft: ActionDraft, value: Value | null, run: Run) => void;
}

/** What commands and tests have in common. */
interface Definition {
  readonly name: string;
  readonly tags?: readonly TagDefinition[];
  readonly parameters?: readonly ParameterDefinition[];
  /** Takes a match type and a comparator (RFC 5228 §2.7.1, §2.7.3). */
  readonly matching?: boolean;
  /** Takes an address part (RFC 5228 §2.7.4). */
  readonly addressPart?: boolean;
  readonly tests?: "one" | "list";
}

/** A test. */
export interface TestDefinition extends Definition {
  readonly check?: (call: TestCall, checker: Checker) => void;
  readonly test: (call: TestCall, run: Run) => boolean;
}

/** A command. */
export interface CommandDefinition extends Definition {
  readonly block?: boolean;
  /** It continues one of these commands, which must stand right before it. */
  readonly follows?: readonly string[];
  readonly check?: (call: CommandCall, checker: Checker) => void;
  readonly run: (call: CommandCall, run: Run) => Flow | void;
}

/** Where a run goes on: with nothing said, behind the command. */
export type Flow =
  | { type: "stop" }
  /** Out of the included script. */
  | { type: "return" }
  /** Out of the loop of this name; null: the innermost. */
  | { type: "break"; name: string | null };

/** What of an address is compared; null: this address has no such part, and nothing matches. */
export interface AddressPart {
  readonly name: string;
  readonly of: (address: MailAddress) => string | null;
}

/** Variables that belong to an extension; without `write` they cannot be set. */
export interface VariableNamespace {
  /** The first word of their names, in lower case. */
  readonly name: string;
  readonly read: (name: string, run: Run) => string;
  readonly write?: (name: string, value: string, run: Run) => void;
}
