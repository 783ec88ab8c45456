import { LIMITS } from "../base/limits.ts";

/** What a script and a message may cost at most. Past a bound a script is refused, or breaks off with a clear error. */
export interface SieveLimits {
  /** Bytes of one script. */
  scriptBytes: number;
  /** Blocks and tests inside each other. */
  nesting: number;
  /** Commands, tests and arguments of one script. */
  nodes: number;
  /** Strings of one list. */
  listStrings: number;
  /** Steps of one run: one for every command and test, and more for matching, by its length. */
  steps: number;
  /** Actions of one run, and how many of them leave the server. */
  actions: number;
  redirects: number;
  /** Variables set, and the characters of each. */
  variables: number;
  variableChars: number;
  /** Scripts inside each other, and how often in all scripts are included. */
  includeDepth: number;
  includes: number;
  /** Instructions of one regular expression. */
  regexSize: number;
  /** Fields that `addheader` adds. */
  addedHeaders: number;
  /** Characters of decoded body text that tests look at. */
  bodyChars: number;
  /** Flags of one list. */
  flags: number;
}

/** The limits that hold when nothing else is said. */
export const SIEVE_LIMITS: SieveLimits = LIMITS.sieve;
