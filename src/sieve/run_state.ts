import type { Position } from "../codec/sieve/diagnostic.ts";
import type { Call } from "./call.ts";
import type { Host } from "./host.ts";
import type { RunInput } from "./input.ts";
import { SIEVE_LIMITS, type SieveLimits } from "./limits.ts";
import type { Comparator } from "./match/comparator.ts";
import { MessageView } from "./message/message_view.ts";
import type { Mark } from "./outcome.ts";
import { ScriptProblem } from "./problem.ts";
import { Results } from "./results.ts";
import type { Script } from "./script.ts";
import type { TextsValue, TextValue, Value } from "./value.ts";
import { Variables } from "./variables.ts";

/** Characters compared for one step. */
const CHARS_A_STEP = 64;
/** Characters of texts whose keys are remembered, and what a short text counts for. */
const KNOWN_CHARS = 4 * 1024 * 1024;
const KNOWN_CHARS_LEAST = 100;
/** What a character costs that has to be composed and given another case by the tables of Unicode. */
const UNICODE_COST = 16;
/** Variables of the largest size that one string may hold. */
const EXPANSIONS = 4;

/** One run of a script over a message: everything that changes meanwhile. */
export class Run {
  readonly limits: SieveLimits;
  readonly host: Host;
  readonly message: MessageView;
  /** What tests look at: the message, or for a script included inside `foreverypart` a part of it (RFC 6609 §3.5). */
  view: MessageView;
  readonly results: Results;
  readonly marks: Mark[] = [];
  readonly notes: string[] = [];
  /** Variables of the script that is running; `include` puts others in their place. */
  variables: Variables;
  /** Extensions of the script that is running, with those that `ihave` switched on. */
  enabled: Set<string>;
  /** Counts the scripts that run one after the other. */
  round = 0;
  /** The script that is running: null, or the included one's name. */
  scriptName: string | null = null;
  steps = 0;
  #chars = 0;
  #quiet = false;
  #knownChars = 0;
  readonly #keys = new Map<Comparator, Map<string, string>>();
  readonly #states = new Map<symbol, unknown>();

  constructor(script: Script, readonly input: RunInput) {
    this.limits = { ...SIEVE_LIMITS, ...input.limits };
    this.host = input.host;
    this.message = new MessageView(input.message, input.parts ?? null);
    this.view = this.message;
    this.results = new Results(this.limits);
    this.variables = new Variables(this.limits);
    this.enabled = new Set(script.requires);
  }

  /** Counts steps; a script that makes too many breaks off. */
  charge(steps: number): void {
    this.steps += steps;
    if (this.steps > this.limits.steps) {
      throw new ScriptProblem(`the script does more than ${this.limits.steps} steps with this message`);
    }
  }

  /** Counts the work of looking at characters. */
  chargeText(chars: number): void {
    this.#chars += chars;
    if (this.#chars < CHARS_A_STEP) return;
    this.charge(Math.floor(this.#chars / CHARS_A_STEP));
    this.#chars %= CHARS_A_STEP;
  }

  /** Remembers something once the run has ended well; of one key the last word counts. */
  mark(mark: Mark): void {
    const at = this.marks.findIndex(({ kind, key }) => kind === mark.kind && key === mark.key);
    if (at >= 0) this.marks[at] = mark;
    else this.marks.push(mark);
  }

  /** The comparator's key of a text; scripts compare the same few texts with many keys. */
  keyOf(comparator: Comparator, text: string): string {
    let known = this.#keys.get(comparator);
    if (known === undefined) this.#keys.set(comparator, known = new Map());
    let key = known.get(text);
    if (key === undefined) {
      this.chargeText(text.length * (comparator.unicode ? UNICODE_COST : 1));
      key = comparator.key(text);
      this.#knownChars += text.length + KNOWN_CHARS_LEAST;
      if (this.#knownChars < KNOWN_CHARS) known.set(text, key);
    }
    return key;
  }

  /** What an extension keeps for the length of a run. */
  state<T>(key: symbol, make: () => T): T {
    if (!this.#states.has(key)) this.#states.set(key, make());
    return this.#states.get(key) as T; // Only `make` of the same key put it there.
  }

  /** A text argument by its place, or by its tag's name; the call's definition says that it is there. */
  text(call: Call, at: number | string): string {
    const text = this.optionalText(call, at);
    if (text === null) throw new TypeError(`argument ${at} is missing`);
    return text;
  }

  /** The same; null when it is not there. */
  optionalText(call: Call, at: number | string): string | null {
    const value = argument(call, at);
    return value?.kind === "text" ? this.expand(value) : null;
  }

  /** A list of texts by its place or tag; empty when it is not there. */
  texts(call: Call, at: number | string): readonly string[] {
    const value = argument(call, at);
    if (value?.kind === "texts") return this.expandAll(value);
    return value?.kind === "text" ? [this.expand(value)] : [];
  }

  /** A number by its place or tag; null when it is not there. */
  number(call: Call, at: number | string): number | null {
    const value = argument(call, at);
    return value?.kind === "number" ? value.value : null;
  }

  /** A string with its variables filled in (RFC 5229 §3). */
  expand(value: TextValue): string {
    if (value.constant !== null) return value.constant;
    let out = "";
    for (const part of value.parts) {
      if (part.type === "plain") out += part.text;
      else if (part.type === "variable") out += this.variables.get(part.name);
      else if (part.type === "match") out += this.variables.match(part.index);
      else out += part.namespace.read(part.name, this);
      // RFC 5229 §6: what is too long is cut, and no error.
      if (out.length >= this.limits.variableChars * EXPANSIONS) break;
    }
    this.chargeText(out.length);
    const wrong = value.check?.(out) ?? null;
    if (wrong !== null) throw this.problem(value.position, wrong);
    return out;
  }

  /** All strings of a list. */
  expandAll(value: TextsValue): readonly string[] {
    return value.constant ?? value.items.map((item) => this.expand(item));
  }

  /** Whether a match sets match variables: the script can see them, and the test is not one that never does. */
  setsMatches(): boolean {
    return !this.#quiet && this.enabled.has("variables");
  }

  /** Sets `${0}`, `${1}` … when they are wanted. */
  setMatches(make: () => string[]): void {
    if (this.setsMatches()) this.variables.setMatches(make());
  }

  /** Compares something without setting match variables (RFC 5173 §6). */
  quietly(compare: () => boolean): boolean {
    this.#quiet = true;
    const holds = compare();
    this.#quiet = false;
    return holds;
  }

  /** An error at a place of the script that is running. */
  problem(position: Position, message: string): ScriptProblem {
    const problem = new ScriptProblem(message);
    problem.position = position;
    problem.script = this.scriptName;
    return problem;
  }
}

function argument(call: Call, at: number | string): Value | null {
  return (typeof at === "number" ? call.parameters[at] : call.tags.get(at)) ?? null;
}
