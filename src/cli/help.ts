import type { Command } from "./command.ts";

/** How a verb is written: `mallard account add ADDRESS [options]`. */
export function usageLine(command: Command): string {
  const values = command.arguments.map((argument) => {
    const text = argument.many ? `${argument.name}…` : argument.name;
    return argument.optional ? `[${text}]` : text;
  });
  return ["mallard", command.name, ...values, ...(command.options.length ? ["[options]"] : [])].join(" ");
}

/** Help of one verb. */
export function commandHelp(command: Command): string {
  const rows: [string, string][] = [
    ...command.arguments.map((argument): [string, string] => [argument.name, argument.help]),
    ...command.options.map((option): [string, string] => [
      option.value ? `--${option.name} ${option.value}` : `--${option.name}`,
      option.help,
    ]),
    ["--help", "print this"],
  ];
  const details = command.details ? `\n\n${command.details}` : "";
  return `Usage: ${usageLine(command)}\n\n${command.summary}${details}\n\n${columns(rows)}`;
}

/** The list of verbs: all, or those of one group (`account`). */
export function listHelp(commands: readonly Command[], group?: string): string {
  const shown = commands.filter((command) => !group || command.name.split(" ")[0] === group);
  const rows = shown.map((command): [string, string] => [
    usageLine(command).replace(/^mallard /, "").replace(/ \[options\]$/, ""),
    command.summary,
  ]);
  const head = group
    ? `Usage: mallard ${group} VERB …`
    : "Mallard, a mail server.\n\nUsage: mallard VERB … (--help after any verb)";
  const tail = "Exit status: 0 done, 1 refused or failed, 2 wrong usage.";
  return `${head}\n\n${columns(rows)}\n\n${tail}`;
}

/** Rows as two columns. */
function columns(rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`).join("\n");
}

/** Rows as a table with a head line; columns are as wide as they need to be. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...all.map((row) => row[column].length)));
  return all.map((row) => row.map((cell, column) => cell.padEnd(widths[column])).join("  ").trimEnd()).join(
    "\n",
  );
}
