import type { MessageSummary, MimePart } from "../../codec/message/summary.ts";

/** The summary of a message that got a header of `bytes` octets put in front: only places move. */
export function shiftSummary(summary: MessageSummary, bytes: number): MessageSummary {
  const parts = { ...shiftPart(summary.parts, bytes), headerStart: 0 };
  return { ...summary, headerBytes: summary.headerBytes + bytes, parts };
}

function shiftPart(part: MimePart, bytes: number): MimePart {
  return {
    ...part,
    headerStart: part.headerStart + bytes,
    bodyStart: part.bodyStart + bytes,
    bodyEnd: part.bodyEnd + bytes,
    children: part.children.map((child) => shiftPart(child, bytes)),
  };
}
