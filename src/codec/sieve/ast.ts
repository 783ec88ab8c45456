import type { Position } from "./diagnostic.ts";

/** A script as it is written, before anything is known of what its words mean (RFC 5228 §8.2). */
export interface SieveTree {
  commands: CommandNode[];
  /** Comments after the last command. */
  comments: Comment[];
}

/** A comment as written, with its marks. */
export interface Comment {
  text: string;
  /** `#` to the end of the line; otherwise between slash-star and star-slash. */
  hash: boolean;
}

/** What commands and tests share: `name arguments tests`. */
export interface CallNode {
  /** As written; names have no case (RFC 5228 §2.1). */
  name: string;
  position: Position;
  arguments: Argument[];
  tests: TestNode[];
  /** The tests stand in parentheses. */
  testList: boolean;
}

/** A test. */
export type TestNode = CallNode;

/** A command: a call that ends with `;` or has a block. */
export interface CommandNode extends CallNode {
  /** Null: it ends with a semicolon. */
  block: CommandNode[] | null;
  /** Comments before it, after the command before. */
  comments: Comment[];
  /** Comments before the block's closing brace. */
  blockComments: Comment[];
}

/** One argument. */
export type Argument = TagArgument | NumberArgument | StringArgument | StringListArgument;

/** `:name`; the name without its colon, as written. */
export interface TagArgument {
  kind: "tag";
  name: string;
  position: Position;
}

/** A number with its quantifier (K, M, G) worked out. */
export interface NumberArgument {
  kind: "number";
  value: number;
  position: Position;
}

/** A string: escapes and dot-stuffing are undone, line ends are CRLF. */
export interface StringArgument {
  kind: "string";
  value: string;
  /** It was written as `text:`. */
  multiline: boolean;
  position: Position;
}

/** `["a", "b"]`. */
export interface StringListArgument {
  kind: "strings";
  items: StringArgument[];
  position: Position;
}
