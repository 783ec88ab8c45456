/** A place in a script; both count from 1, columns in characters. */
export interface Position {
  line: number;
  column: number;
}

/** What is wrong, or doubtful, at one place of a script. The sentence is written for the person who wrote the script. */
export interface Diagnostic extends Position {
  /** A script with an error is refused; one with warnings only runs. */
  severity: "error" | "warning";
  message: string;
}

/** `line 3, column 7: …`, as ManageSieve and the command line tell it. */
export function formatDiagnostic({ line, column, message }: Diagnostic): string {
  return `line ${line}, column ${column}: ${message}`;
}
