import type {
  Argument,
  CallNode,
  CommandNode,
  SieveTree,
  StringArgument,
  StringListArgument,
  TestNode,
} from "./ast.ts";
import type { Diagnostic } from "./diagnostic.ts";
import { shown, SieveLexer, type Token } from "./lexer.ts";

/** Bounds of what is read. */
export interface ParseLimits {
  /** Blocks and tests inside each other. */
  nesting: number;
  /** Commands, tests and arguments in all. */
  nodes: number;
  /** Strings of one list. */
  listStrings: number;
}

/** The tree of what could be read, and everything that could not. */
export interface ParseResult {
  tree: SieveTree;
  errors: Diagnostic[];
}

/** Errors told in one pass: after so many nobody reads on. */
const MOST_ERRORS = 20;

/** Thrown to where reading goes on, after the error has been noted. */
class Recover extends Error {}
/** Thrown to the very end: a bound was passed or enough was said. */
class GiveUp extends Error {}

/** Reads a script by the grammar alone (RFC 5228 §8.2). Never throws; after an error it goes on with the next command. */
export function parseSieve(source: string, limits: ParseLimits): ParseResult {
  const parser = new Parser(source, limits);
  return { tree: parser.script(), errors: parser.errors };
}

class Parser {
  readonly errors: Diagnostic[] = [];
  readonly #lexer: SieveLexer;
  #token: Token;
  #nodes = 0;

  constructor(source: string, readonly limits: ParseLimits) {
    this.#lexer = new SieveLexer(source);
    this.#token = this.#lexer.next();
  }

  script(): SieveTree {
    const tree: SieveTree = { commands: [], comments: [] };
    try {
      while (this.#token.kind !== "end") {
        this.#commands(tree.commands, 0);
        if (this.#isMark("}")) {
          this.#note(this.#token, 'this "}" closes nothing: there is no "{" before it');
          this.#advance();
        }
      }
    } catch (error) {
      if (!(error instanceof GiveUp)) throw error;
    }
    tree.comments = this.#token.comments;
    return tree;
  }

  /** Commands up to the end or a `}` that is left standing. */
  #commands(out: CommandNode[], depth: number): void {
    while (this.#token.kind !== "end" && !this.#isMark("}")) {
      try {
        out.push(this.#command(depth));
      } catch (error) {
        if (!(error instanceof Recover)) throw error;
        this.#skipCommand();
      }
    }
  }

  #command(depth: number): CommandNode {
    const { comments } = this.#token;
    const start = this.#token;
    if (start.kind !== "identifier") this.#fail(start, `a command is wanted here, not ${describe(start)}`);
    const call = this.#call(depth);
    const node: CommandNode = { ...call, block: null, comments, blockComments: [] };
    // No command takes both arguments and tests: this is the next one, and the semicolon was forgotten.
    if (this.#token.kind === "identifier" && call.arguments.length > 0) {
      this.#note(this.#token, `";" is missing before this, to end "${shown(start.text)}"`);
      return node;
    }
    if (this.#isMark(";")) {
      this.#advance();
      return node;
    }
    if (!this.#isMark("{")) this.#unended(call, start);
    const open = this.#token;
    this.#advance();
    node.block = [];
    this.#deeper(open, depth);
    this.#commands(node.block, depth + 1);
    if (!this.#isMark("}")) {
      this.#note(open, 'this "{" is not closed with "}"');
      throw new GiveUp();
    }
    node.blockComments = this.#token.comments;
    this.#advance();
    return node;
  }

  /** `name arguments tests` of a command or a test. */
  #call(depth: number): CallNode {
    const name = this.#token;
    this.#count(name);
    this.#advance();
    const call: CallNode = {
      name: name.text,
      position: this.#lexer.positionOf(name.start),
      arguments: this.#arguments(),
      tests: [],
      testList: false,
    };
    if (this.#token.kind === "identifier" && call.arguments.length === 0) {
      call.tests.push(this.#test(depth + 1));
    } else if (this.#isMark("(")) {
      call.testList = true;
      this.#testList(call.tests, depth + 1);
    }
    return call;
  }

  #test(depth: number): TestNode {
    this.#deeper(this.#token, depth);
    if (this.#token.kind !== "identifier") {
      this.#fail(this.#token, `a test is wanted here, not ${describe(this.#token)}`);
    }
    return this.#call(depth);
  }

  #testList(out: TestNode[], depth: number): void {
    const open = this.#token;
    do {
      this.#advance();
      out.push(this.#test(depth));
    } while (this.#isMark(","));
    if (!this.#isMark(")")) {
      const { line, column } = this.#lexer.positionOf(open.start);
      this.#fail(
        this.#token,
        `"," or ")" is wanted here, not ${
          describe(this.#token)
        } (for the "(" of line ${line}, column ${column})`,
      );
    }
    this.#advance();
  }

  #arguments(): Argument[] {
    const out: Argument[] = [];
    for (;;) {
      const token = this.#token;
      const position = () => this.#lexer.positionOf(token.start);
      if (token.kind === "tag") out.push({ kind: "tag", name: token.text, position: position() });
      else if (token.kind === "number") {
        out.push({ kind: "number", value: token.value, position: position() });
      } else if (token.kind === "string") out.push(this.#string());
      else if (this.#isMark("[")) {
        out.push(this.#stringList());
        continue;
      } else if (token.kind === "bad") this.#fail(token, token.text);
      else return out;
      this.#count(token);
      this.#advance();
    }
  }

  #string(): StringArgument {
    const { text, multiline, start } = this.#token;
    return { kind: "string", value: text, multiline, position: this.#lexer.positionOf(start) };
  }

  #stringList(): StringListArgument {
    const open = this.#token;
    const list: StringListArgument = {
      kind: "strings",
      items: [],
      position: this.#lexer.positionOf(open.start),
    };
    do {
      this.#advance();
      if (this.#token.kind === "bad") this.#fail(this.#token, this.#token.text);
      if (this.#token.kind !== "string") {
        this.#fail(this.#token, `a string is wanted here, not ${describe(this.#token)}`);
      }
      this.#count(this.#token);
      if (list.items.length >= this.limits.listStrings) {
        this.#note(this.#token, `this list has more than ${this.limits.listStrings} strings`);
        throw new GiveUp();
      }
      list.items.push(this.#string());
      this.#advance();
    } while (this.#isMark(","));
    if (!this.#isMark("]")) {
      this.#fail(this.#token, `"," or "]" is wanted here, not ${describe(this.#token)}`);
    }
    this.#advance();
    return list;
  }

  /** A command without its end: mostly a forgotten semicolon, so the next command is read as one. */
  #unended(call: CallNode, start: Token): void {
    const wanted = call.tests.length > 0 ? '"{"' : '";"';
    const token = this.#token;
    if (token.kind === "end") {
      this.#fail(token, `the script ends here, but ${wanted} is missing after "${shown(start.text)}"`);
    }
    this.#fail(token, `${wanted} is wanted here to end "${shown(start.text)}", not ${describe(token)}`);
  }

  /** Passes what is left of a broken command: to its semicolon, or over its block. */
  #skipCommand(): void {
    let depth = 0;
    while (this.#token.kind !== "end") {
      if (this.#isMark("}") && depth === 0) return;
      const closes = this.#isMark("}") && --depth === 0;
      const ends = this.#isMark(";") && depth === 0;
      if (this.#isMark("{")) depth++;
      this.#advance();
      if (closes || ends) return;
    }
  }

  #advance(): void {
    this.#token = this.#lexer.next();
  }

  #isMark(mark: string): boolean {
    return this.#token.kind === "mark" && this.#token.text === mark;
  }

  #deeper(token: Token, depth: number): void {
    if (depth < this.limits.nesting) return;
    this.#note(token, `blocks and tests are nested deeper than ${this.limits.nesting} levels here`);
    throw new GiveUp();
  }

  #count(token: Token): void {
    if (++this.#nodes <= this.limits.nodes) return;
    this.#note(token, `the script has more than ${this.limits.nodes} commands, tests and arguments`);
    throw new GiveUp();
  }

  #note(token: Token, message: string): void {
    this.errors.push({ severity: "error", ...this.#lexer.positionOf(token.start), message });
    if (this.errors.length >= MOST_ERRORS) throw new GiveUp();
  }

  #fail(token: Token, message: string): never {
    this.#note(token, token.kind === "bad" ? token.text : message);
    throw new Recover();
  }
}

function describe(token: Token): string {
  switch (token.kind) {
    case "end":
      return "the end of the script";
    case "string":
      return `the string "${shown(token.text)}"`;
    case "tag":
      return `":${shown(token.text)}"`;
    default:
      return `"${shown(token.text)}"`;
  }
}
