import { strict as assert } from "node:assert";
import { citedRfcs, parseRfcTable, rfcProblems } from "./check_rfc.ts";

Deno.test("citedRfcs() finds every way of citing", () => {
  assert.deepEqual([...citedRfcs("/** RFC 5321 §4.5, RFC9051; RFCs 3501, 6409 and 8314. SRFC 1. */")], [
    5321,
    9051,
    3501,
    6409,
    8314,
  ]);
});

Deno.test("rfcProblems() checks both ways", () => {
  const rows = parseRfcTable(
    "number\tstatus\ttitle\tfile\n1939\tyes\tPOP3\tsrc/a.ts\n5321\tyes\tSMTP\tsrc/b.ts\n5322\tcited\tIMF\tsrc/none.ts\n",
  );
  const cited = new Map([["src/a.ts", new Set([1939, 9051])], ["src/b.ts", new Set<number>()]]);
  assert.deepEqual(rfcProblems(rows, cited), [
    "docs/rfc.tsv: src/b.ts does not cite RFC 5321",
    "docs/rfc.tsv: RFC 5322: no such file: src/none.ts",
    "src/a.ts: RFC 9051 has no row in docs/rfc.tsv",
  ]);
  const [{ capabilities, tests }] = parseRfcTable("head\n2971\tyes\tID\tsrc/id.ts\tID X=1\tsrc/id_test.ts\n");
  assert.deepEqual([capabilities, tests], [["ID", "X=1"], "src/id_test.ts"]);
  assert.throws(() => parseRfcTable("head\n12\tperhaps\tx\ty\n"), SyntaxError);
});
