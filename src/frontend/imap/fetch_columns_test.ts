import { strict as assert } from "node:assert";
import { fromColumns } from "./fetch_columns.ts";
import { type ReadRow, toColumns, toFetchRow } from "../../../actors/mailbox/columns.ts";

Deno.test("rows by column come back as they were", () => {
  const row: ReadRow = { uid: 1, modSeq: 2, flags: 3, keywords: "", internalDateMs: 4, size: 5 };
  const text: ReadRow = {
    ...row,
    envelope: "(e)",
    threadId: "t",
    saveDateMs: 6,
    pieces: [null, [new Uint8Array([7]), new Uint8Array([8])]],
  };
  for (
    const rows of [[], [row], [row, { ...row, uid: 2, keywords: "a b" }], [text, {
      ...text,
      pieces: [1, []],
    }]]
  ) {
    assert.deepEqual(fromColumns(toColumns(rows)), rows.map(toFetchRow));
  }
});
