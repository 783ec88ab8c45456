/**
 * Holds docs/rfc.tsv against the code, both ways: every RFC that a source file cites has a row, and every row that
 * says it is implemented names a file that is there and cites it.
 */
import { isTest } from "./lint_layers.ts";
import { sourceFiles } from "./source_files.ts";

/** One standard: `yes` (what it asks of us), `partly`, or `cited` (only leaned on). */
export interface RfcRow {
  number: number;
  status: string;
  title: string;
  file: string;
  /** What IMAP servers advertise for it, and the file whose tests hold it. */
  capabilities: string[];
  tests: string | null;
}

const STATUSES = new Set(["yes", "partly", "cited"]);

/** Reads the table; the first line is its head. Throws SyntaxError naming the line. */
export function parseRfcTable(text: string): RfcRow[] {
  return text.trimEnd().split("\n").slice(1).map((line, index) => {
    const fields = line.split("\t");
    const [number, status, title, file, capabilities, tests] = fields;
    if (
      (fields.length !== 4 && fields.length !== 6) || !/^\d+$/.test(number) || !STATUSES.has(status) ||
      title === ""
    ) {
      throw new SyntaxError(
        `docs/rfc.tsv:${index + 2}: wants number, ${
          [...STATUSES].join("|")
        }, title, file [, capabilities, tests]`,
      );
    }
    return {
      number: Number(number),
      status,
      title,
      file,
      capabilities: capabilities?.split(" ") ?? [],
      tests: tests ?? null,
    };
  });
}

/** Numbers of the RFCs that a text cites: `RFC 5321 §4.5`, `RFC5321`, `RFCs 5321 and 6409`. */
export function citedRfcs(text: string): Set<number> {
  const numbers = [...text.matchAll(/\bRFCs? ?(\d{3,5})((?:(?:,| and|, and) (\d{3,5})\b)*)/g)];
  return new Set(numbers.flatMap((match) => [match[1], ...(match[2].match(/\d{3,5}/g) ?? [])].map(Number)));
}

/** What is wrong between the table and the citations (`path` → numbers). */
export function rfcProblems(
  rows: readonly RfcRow[],
  cited: ReadonlyMap<string, ReadonlySet<number>>,
): string[] {
  const problems: string[] = [];
  const known = new Set<number>();
  let last = 0;
  for (const row of rows) {
    if (row.number <= last) problems.push(`docs/rfc.tsv: RFC ${row.number} is out of order or twice`);
    last = row.number;
    known.add(row.number);
    if (!cited.has(row.file)) problems.push(`docs/rfc.tsv: RFC ${row.number}: no such file: ${row.file}`);
    else if (!cited.get(row.file)?.has(row.number)) {
      problems.push(`docs/rfc.tsv: ${row.file} does not cite RFC ${row.number}`);
    }
  }
  for (const [path, numbers] of cited) {
    for (const number of numbers) {
      if (!known.has(number)) problems.push(`${path}: RFC ${number} has no row in docs/rfc.tsv`);
    }
  }
  return problems;
}

if (import.meta.main) {
  const files = (await sourceFiles(".ts")).filter((path) => /^(src|actors)\//.test(path) && !isTest(path));
  const cited = new Map<string, Set<number>>();
  for (const path of files) cited.set(path, citedRfcs(await Deno.readTextFile(path)));
  const rows = parseRfcTable(await Deno.readTextFile(new URL("../docs/rfc.tsv", import.meta.url)));
  const problems = rfcProblems(rows, cited);
  for (const problem of problems) console.error(problem);
  console.log(`rfc: ${rows.length} standards, ${problems.length} findings`);
  Deno.exit(problems.length > 0 ? 1 : 0);
}
