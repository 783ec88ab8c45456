import { uidCount, type UidSet } from "../../codec/imap/uid_set.ts";
import type { Session } from "./session.ts";

/** Octets of the longest number and the space before it. */
const NUMBER_BYTES = 11;
/** Numbers written at once, before the client may be waited for. */
const NUMBERS = 8_000;

/** Writes one response with many numbers, no faster than the client reads. */
export async function writeNumbers(
  session: Session,
  start: string,
  numbers: Uint32Array,
  end: string,
): Promise<void> {
  session.write(start);
  for (let at = 0; at < numbers.length; at += NUMBERS) {
    session.writeBytes(numberBytes(numbers.subarray(at, at + NUMBERS)));
    if (at + NUMBERS < numbers.length) await session.flush();
  }
  session.write(end);
}

/** All numbers of a set, ascending. */
export function numbersOf(set: UidSet): Uint32Array {
  const numbers = new Uint32Array(uidCount(set));
  let at = 0;
  for (let i = 0; i < set.length; i += 2) for (let n = set[i]; n <= set[i + 1]; n++) numbers[at++] = n;
  return numbers;
}

/** Each number after a space, in digits. */
function numberBytes(numbers: Uint32Array): Uint8Array {
  const bytes = new Uint8Array(numbers.length * NUMBER_BYTES);
  // From the end, as digits come out of a number from its last one.
  let at = bytes.length;
  for (let i = numbers.length - 1; i >= 0; i--) {
    let rest = numbers[i];
    do {
      const tenth = Math.floor(rest / 10);
      bytes[--at] = 0x30 + rest - 10 * tenth;
      rest = tenth;
    } while (rest);
    bytes[--at] = 0x20;
  }
  return bytes.subarray(at);
}
