import { strict as assert } from "node:assert";
import { fromColumns } from "./fetch_columns.ts";
import { toColumns } from "../../../actors/mailbox/columns.ts";
import type { FetchRow } from "../../../actors/mailbox/contract.ts";

Deno.test("rows by column come back as they were", () => {
  const row: FetchRow = { uid: 1, modSeq: 2, flags: 3, keywords: "", internalDateMs: 4, size: 5 };
  const text = {
    ...row,
    envelope: "(e)",
    threadId: "t",
    saveDateMs: 6,
    sections: [null, new Uint8Array([7])],
  };
  for (
    const rows of [[], [row], [row, { ...row, uid: 2, keywords: "a b" }], [text, { ...text, sections: [1] }]]
  ) {
    assert.deepEqual(fromColumns(toColumns(rows)), rows);
  }
});
