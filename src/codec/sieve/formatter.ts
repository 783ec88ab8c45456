import type { Argument, CallNode, CommandNode, Comment, SieveTree, StringArgument } from "./ast.ts";

const INDENT = "    ";

/**
 * A script as text in one style: a command a line, blocks indented, comments kept before what they stood before.
 * Reading it again gives the same tree. Lines end with CRLF, as in everything that ManageSieve carries.
 */
export function formatSieve(tree: SieveTree): string {
  const out: string[] = [];
  formatCommands(tree.commands, "", out);
  formatComments(tree.comments, "", out);
  return out.map((line) => line + "\r\n").join("");
}

function formatCommands(commands: readonly CommandNode[], indent: string, out: string[]): void {
  for (const command of commands) {
    formatComments(command.comments, indent, out);
    const call = indent + formatCall(command);
    if (command.block === null) {
      out.push(call + ";");
      continue;
    }
    out.push(call + " {");
    formatCommands(command.block, indent + INDENT, out);
    formatComments(command.blockComments, indent + INDENT, out);
    out.push(indent + "}");
  }
}

function formatComments(comments: readonly Comment[], indent: string, out: string[]): void {
  for (const { text } of comments) out.push(indent + text.replace(/\r?\n/g, "\r\n"));
}

function formatCall(call: CallNode): string {
  const words = [call.name, ...call.arguments.map(formatArgument)];
  const tests = call.tests.map(formatCall);
  if (call.testList) words.push(`(${tests.join(", ")})`);
  else words.push(...tests);
  return words.join(" ");
}

function formatArgument(argument: Argument): string {
  switch (argument.kind) {
    case "tag":
      return ":" + argument.name;
    case "number":
      return formatNumber(argument.value);
    case "string":
      return formatString(argument);
    case "strings":
      return `[${argument.items.map(formatString).join(", ")}]`;
  }
}

/** With the largest quantifier that loses nothing. */
function formatNumber(value: number): string {
  for (const [name, unit] of [["G", 1024 ** 3], ["M", 1024 ** 2], ["K", 1024]] as const) {
    if (value >= unit && value % unit === 0) return `${value / unit}${name}`;
  }
  return String(value);
}

/** Quoted, or as `text:` when it was written so and can be: each of its lines has an end. */
function formatString({ value, multiline }: StringArgument): string {
  if (!multiline || value !== "" && !/^(?:[^\r\n]*\r\n)+$/.test(value)) return quote(value);
  const body = value.replace(/^\./gm, "..");
  return `text:\r\n${body}.\r\n`;
}

/** A quoted string (RFC 5228 §2.4.2). */
export function quote(value: string): string {
  return `"${value.replace(/["\\]/g, "\\$&")}"`;
}
