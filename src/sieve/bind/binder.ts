import type { CallNode, CommandNode, SieveTree, TestNode } from "../../codec/sieve/ast.ts";
import type { Position } from "../../codec/sieve/diagnostic.ts";
import { shown } from "../../codec/sieve/lexer.ts";
import type { Call, CommandCall, TestCall } from "../call.ts";
import type { Checker, Findings } from "../checker.ts";
import type { CommandDefinition, TestDefinition, VariableNamespace } from "../extension.ts";
import type { Language, Owned } from "../language.ts";
import type { SieveLimits } from "../limits.ts";
import type { ReadBudget } from "../match/match_type.ts";
import { ScriptProblem } from "../problem.ts";
import { bindArguments } from "./arguments.ts";
import { require, type Requires } from "./requires.ts";
import { suggestion } from "./suggest.ts";

/** Regular expressions of the largest size that one script may have. */
const SCRIPT_REGEXES = 10;

/** Gives the words of a script their meaning, and notes everything that has none (RFC 5228 §2.10.6). */
export class Binder implements Checker {
  readonly regexBudget: ReadBudget;
  readonly around: { command: string; name: string | null }[] = [];

  constructor(
    readonly language: Language,
    readonly requirements: Requires,
    readonly limits: SieveLimits,
    readonly findings: Findings,
    /** The grammar found errors: a `require` may be lost, so nothing is said about missing ones. */
    readonly broken: boolean,
  ) {
    this.regexBudget = { one: limits.regexSize, all: SCRIPT_REGEXES * limits.regexSize };
  }

  /** All commands but `require`, which has done its work. */
  script(tree: SieveTree): CommandCall[] {
    return this.#commands(tree.commands);
  }

  error(position: Position, message: string): void {
    this.findings.error(position, message);
  }

  warn(position: Position, message: string): void {
    this.findings.warn(position, message);
  }

  requires(extension: string): boolean {
    return this.requirements.required.has(extension);
  }

  offers(extension: string): boolean {
    return this.requirements.offered(extension) && !this.language.extensions.get(extension)?.changesReading;
  }

  implied(extension: string): string[] {
    const all = new Set<string>();
    require(extension, this.language, all);
    return [...all];
  }

  namespace(name: string): VariableNamespace | null {
    const found = this.language.namespaces.get(name);
    return found !== undefined && this.requires(found.extension) ? found.definition : null;
  }

  /** Whether something may be used; when it is for `ihave` to say, the call gets a guard. Notes an error otherwise. */
  permits(extension: string, call: Call, position: Position, what: string): boolean {
    if (extension === "" || this.requires(extension)) return true;
    if (this.requirements.conditional.has(extension)) {
      call.guards.push(extension);
      return true;
    }
    if (this.broken) return true;
    this.error(
      position,
      this.requirements.offered(extension)
        ? `${what} needs require "${extension}" at the top of the script`
        : `${what} belongs to the extension "${extension}", which is not supported here`,
    );
    return false;
  }

  /**
   * A word that nobody knows: an error, unless some `ihave` asks for an extension that is not known here, whose word it
   * may be; then it is for the run to fail if it ever gets there (RFC 5463 §4).
   */
  unknown(position: Position, message: string): void {
    if (this.requirements.conditionalUnknown) throw new Deferred(message);
    this.error(position, message);
  }

  #commands(nodes: readonly CommandNode[]): CommandCall[] {
    const out: CommandCall[] = [];
    let head: CommandCall | null = null, requiring = this.around.length === 0;
    for (const node of nodes) {
      const name = node.name.toLowerCase();
      requiring &&= name === "require";
      if (name === "require" && !requiring) {
        this.error(node.position, '"require" must stand before all other commands');
      }
      const call = this.#command(node);
      if (call === null) continue;
      const { follows, name: own } = call.definition;
      if (follows === undefined) {
        head = call;
        if (own !== "require") out.push(call);
      } else if (head !== null && follows.includes(lastOf(head).definition.name)) head.chain.push(call);
      else if (!this.broken) {
        const wanted = follows.map((other) => `"${other}"`).join(" or ");
        this.error(call.position, `"${node.name}" must stand right after ${wanted}`);
      }
    }
    return out;
  }

  #command(node: CommandNode): CommandCall | null {
    const found = this.language.commands.get(node.name.toLowerCase());
    if (found === undefined) return this.#unknownCommand(node);
    const { definition } = found;
    const call: CommandCall = { ...emptyCall(node), definition, block: [], chain: [] };
    const known = this.#bind(node, found, call);
    if (known instanceof Deferred) {
      return {
        ...call,
        definition: { ...definition, run: () => fail(known.message) },
      };
    }
    if (node.block === null && definition.block) {
      this.error(node.position, `"${node.name}" wants a block in { }`);
    }
    if (node.block !== null && !definition.block) {
      this.error(node.position, `"${node.name}" takes no block; it ends with ";"`);
    }
    if (node.block !== null) {
      const name = call.tags.get("name");
      this.around.push({ command: definition.name, name: name?.kind === "text" ? name.constant : null });
      call.block = this.#commands(node.block);
      this.around.pop();
    }
    if (known) definition.check?.(call, this);
    return known ? call : null;
  }

  #test(node: TestNode): TestCall | null {
    const found = this.language.tests.get(node.name.toLowerCase());
    if (found === undefined) return this.#unknownTest(node);
    const call: TestCall = { ...emptyCall(node), definition: found.definition };
    const known = this.#bind(node, found, call);
    if (known instanceof Deferred) {
      return {
        ...call,
        definition: { ...call.definition, test: () => fail(known.message) },
      };
    }
    if (!known) return null;
    found.definition.check?.(call, this);
    return call;
  }

  /** Arguments and tests; false when something is wrong, which has been noted. */
  #bind(
    node: CallNode,
    { extension, definition }: Owned<CommandDefinition | TestDefinition>,
    call: Call,
  ): boolean | Deferred {
    const permitted = this.permits(extension, call, node.position, `"${node.name}"`);
    // What an unknown extension's arguments would be is nobody's guess.
    let complete = permitted;
    try {
      complete &&= bindArguments(node, definition, call, this);
    } catch (error) {
      if (error instanceof Deferred) return error;
      throw error;
    }
    const tests = node.tests.map((test) => this.#test(test));
    call.tests = tests.filter((test) => test !== null);
    return this.#fitsTests(node, definition.tests) && complete && tests.length === call.tests.length;
  }

  #fitsTests(node: CallNode, wanted: "one" | "list" | undefined): boolean {
    const { name, position, tests, testList } = node;
    let problem: string | null = null;
    if (wanted === undefined && (tests.length > 0 || testList)) problem = `"${name}" takes no test`;
    else if (wanted === "one" && (tests.length !== 1 || testList)) {
      problem = `"${name}" wants one test behind it`;
    } else if (wanted === "list" && !testList) {
      problem = `"${name}" wants tests in parentheses: ${name} (…, …)`;
    }
    if (problem === null) return true;
    this.error(position, problem);
    return false;
  }

  #unknownCommand(node: CommandNode): CommandCall | null {
    const isTest = this.language.tests.has(node.name.toLowerCase());
    const message = isTest
      ? `"${shown(node.name)}" is a test: it stands behind "if" or "elsif", not alone`
      : `there is no command "${shown(node.name)}"` + suggestion(node.name, this.language.commands.keys());
    if (isTest || !this.requirements.conditionalUnknown) {
      this.error(node.position, message);
      return null;
    }
    const definition: CommandDefinition = { name: node.name, run: () => fail(message) };
    return { ...emptyCall(node), definition, block: [], chain: [] };
  }

  #unknownTest(node: TestNode): TestCall | null {
    const isCommand = this.language.commands.has(node.name.toLowerCase());
    const message = isCommand
      ? `"${shown(node.name)}" is a command, and a test is wanted here`
      : `there is no test "${shown(node.name)}"` + suggestion(node.name, this.language.tests.keys());
    if (isCommand || !this.requirements.conditionalUnknown) {
      this.error(node.position, message);
      return null;
    }
    return { ...emptyCall(node), definition: { name: node.name, test: () => fail(message) } };
  }
}

/** What is wrong with a word, to be said only if a run gets to it. */
class Deferred extends Error {}

function emptyCall(node: CallNode): Call {
  return {
    position: node.position,
    parameters: [],
    tags: new Map(),
    tagDefinitions: [],
    matcher: null,
    addressPart: null,
    tests: [],
    guards: [],
    data: null,
  };
}

function lastOf(head: CommandCall): CommandCall {
  return head.chain.at(-1) ?? head;
}

function fail(message: string): never {
  throw new ScriptProblem(message);
}
