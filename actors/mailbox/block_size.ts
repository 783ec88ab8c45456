/** Contents of a block of the search index: those whose ids divided by this are alike. */
export const BLOCK = 1024;

/** Bytes of one bit for each content of a block. */
export const BLOCK_BYTES = BLOCK / 8;

/** The block of a content. */
export function blockOf(contentId: number): number {
  return Math.floor(contentId / BLOCK);
}
