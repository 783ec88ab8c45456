/**
 * House rules that no type checker knows: file length, no unfinished marks, doc comments on exported names, and no
 * clock, random or console where they don't belong. Prints one line a finding and fails when there is any.
 */
import { isTest } from "./lint_layers.ts";
import { sourceFiles } from "./source_files.ts";

const MOST_LINES = 400;

/** One finding. */
export interface Finding {
  path: string;
  line: number;
  message: string;
}

/** A pattern that may not appear in code outside the files that `allowed` names. */
interface Ban {
  pattern: RegExp;
  message: string;
  allowed: (path: string) => boolean;
}

const isDeclaration = (path: string) => path.endsWith(".d.ts");
const isScript = (path: string) => path.startsWith("scripts/") || path.startsWith(".ci/");
const isTestCode = (path: string) => isTest(path) || isScript(path);

const BANS: readonly Ban[] = [
  {
    pattern: new RegExp("\\b(" + ["TO" + "DO", "FIX" + "ME", "X" + "XX", "HA" + "CK"].join("|") + ")\\b"),
    message: "unfinished mark",
    allowed: () => false,
  },
  {
    pattern: /\bconsole\./,
    message: "console outside src/cli and serve",
    allowed: (path) => path.startsWith("src/cli/") || path === "src/place/serve.ts" || isTestCode(path),
  },
  {
    pattern: /\bDate\.now\(|\bnew Date\(\)|\bperformance\.now\(/,
    message: "clock outside src/base/clock.ts",
    allowed: (path) => path === "src/base/clock.ts" || isTestCode(path),
  },
  {
    pattern: /\bMath\.random\(|\bgetRandomValues\(|\brandomBytes\(|\brandomUUID\(/,
    message: "random outside src/base/id.ts",
    allowed: (path) => path === "src/base/id.ts" || isTestCode(path),
  },
  {
    pattern: /\.only\(|\bonly: true|\bDeno\.test\.ignore\b/,
    message: "test switched off",
    allowed: (path) => path === "scripts/tidy_test.ts",
  },
];

const EXPORT =
  /^export (?:default )?(?:async )?(?:abstract )?(function\*?|class|interface|type|const|enum) (\w+)/;

/** Everything untidy in one file. */
export function findingsOf(path: string, text: string): Finding[] {
  const lines = text.split("\n");
  const findings: Finding[] = [];
  const report = (index: number, message: string) => findings.push({ path, line: index + 1, message });
  if (lines.length - 1 > MOST_LINES && !isScript(path)) {
    report(MOST_LINES, `${lines.length - 1} lines; split it by command or by noun (${MOST_LINES} at most)`);
  }
  let documented = "";
  lines.forEach((line, index) => {
    for (const ban of BANS) {
      if (ban.pattern.test(line) && !ban.allowed(path)) report(index, ban.message);
    }
    const exported = EXPORT.exec(line);
    const overload = exported && exported[2] === documented;
    if (exported && !overload && !isTestCode(path) && !isDeclaration(path) && !hasComment(lines, index)) {
      report(index, `no doc comment on ${exported[2]}`);
    }
    if (exported) documented = exported[2];
  });
  return findings;
}

/** A comment right above; neighbours of a documented group of one-line constants and types share its comment. */
function hasComment(lines: readonly string[], index: number): boolean {
  for (let at = index - 1; at >= 0; at--) {
    const line = lines[at].trim();
    if (line.endsWith("*/") || line.startsWith("//")) return true;
    const neighbour = /^export (const|type) .*;$/.test(lines[at]) &&
      /^export (const|type) /.test(lines[index]);
    if (!neighbour) return false;
  }
  return false;
}

if (import.meta.main) {
  const files = await sourceFiles(".ts");
  const found = await Promise.all(files.map(async (path) => findingsOf(path, await Deno.readTextFile(path))));
  const findings = found.flat();
  for (const { path, line, message } of findings) console.error(`${path}:${line}: ${message}`);
  console.log(`tidy: ${files.length} files, ${findings.length} findings`);
  Deno.exit(findings.length > 0 ? 1 : 0);
}
