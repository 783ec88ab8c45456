import { strict as assert } from "node:assert";
import { joinPieces, packSections, type SectionPieces, unpackSections } from "./packed_sections.ts";

const bytes = (...values: number[]) => new Uint8Array(values);

Deno.test("packed sections come back as they were", () => {
  const messages: SectionPieces[][] = [
    [[bytes(1, 2), bytes(3)], null],
    [[], 7],
    [{ unknownCte: true }, [bytes(4)]],
  ];
  assert.deepEqual(unpackSections(packSections(messages)), messages.map((one) => one.map(joinPieces)));
});

Deno.test("no messages, no sections", () => {
  assert.deepEqual(unpackSections(packSections([])), []);
});
