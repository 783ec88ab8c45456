import type { Position } from "../codec/sieve/diagnostic.ts";
import type { AddressPart, CommandDefinition, TagDefinition, TestDefinition } from "./extension.ts";
import type { Matcher } from "./match/matcher.ts";
import type { Value } from "./value.ts";

/** A command or test of a script, bound to its meaning. */
export interface Call {
  position: Position;
  /** Positional arguments in their order; an optional one that is not there is null. */
  parameters: (Value | null)[];
  /** Tags by their names, with their values; null for a tag that has none. */
  tags: Map<string, Value | null>;
  tagDefinitions: TagDefinition[];
  matcher: Matcher | null;
  addressPart: AddressPart | null;
  tests: TestCall[];
  /** Extensions that an `ihave` has to have switched on before this is reached (RFC 5463 §4). */
  guards: string[];
  /** What the definition's check worked out for its runs. */
  data: unknown;
}

/** A test. */
export interface TestCall extends Call {
  definition: TestDefinition;
}

/** A command. */
export interface CommandCall extends Call {
  definition: CommandDefinition;
  block: CommandCall[];
  /** The commands that continue this one: `elsif`, `else`. */
  chain: CommandCall[];
}
