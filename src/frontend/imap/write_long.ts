import type { Session } from "./session.ts";

/** Written at once: what waits for a slow client stays about this long. */
const PIECE_CHARS = 32 * 1024;

/** Writes one long response piece by piece, no faster than the client reads. */
export async function writeLong(session: Session, pieces: Iterable<string>): Promise<void> {
  let text = "";
  for (const piece of pieces) {
    text += piece;
    if (text.length < PIECE_CHARS) continue;
    session.write(text);
    await session.flush();
    text = "";
  }
  session.write(text);
}
