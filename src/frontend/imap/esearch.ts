import { formatUidSet, uidCount, type UidSet } from "../../codec/imap/uid_set.ts";

/**
 * One ESEARCH response (RFC 9051 §7.3.4). `numbers` are UIDs or message numbers as the command was given; with nothing
 * found MIN, MAX and ALL are left out. `place` names the folder (RFC 7377 §2.1).
 */
export function formatEsearch(
  tag: string,
  uid: boolean,
  numbers: UidSet,
  wanted: readonly string[],
  modSeq: number | null,
  place = "",
  scores = "",
): string {
  let text = `* ESEARCH (TAG "${tag}"${place})${uid ? " UID" : ""}`;
  if (numbers.length) {
    if (wanted.includes("MIN")) text += ` MIN ${numbers[0]}`;
    if (wanted.includes("MAX")) text += ` MAX ${numbers[numbers.length - 1]}`;
    if (wanted.includes("ALL")) text += ` ALL ${formatUidSet(numbers)}`;
  }
  if (wanted.includes("COUNT")) text += ` COUNT ${uidCount(numbers)}`;
  for (const option of wanted) {
    if (!option.startsWith("PARTIAL ")) continue;
    const range = option.slice("PARTIAL ".length);
    const part = takePartial(numbers, range);
    text += ` PARTIAL (${range} ${part.length ? formatUidSet(part) : "NIL"})`;
  }
  if (modSeq !== null) text += ` MODSEQ ${modSeq}`;
  return `${text}${scores}\r\n`;
}

/** Places `a:b` of the result counted from 1, or with minus signs from its end (RFC 9394 §3.1). */
export function takePartial(numbers: UidSet, range: string): UidSet {
  const [a, b] = range.split(":").map((one) => Math.abs(Number(one)));
  let low = Math.min(a, b), high = Math.max(a, b);
  if (range.startsWith("-")) {
    const count = uidCount(numbers);
    [low, high] = [Math.max(1, count + 1 - high), count + 1 - low];
  }
  const out: number[] = [];
  for (let i = 0, before = 0; i < numbers.length && before < high; i += 2) {
    const length = numbers[i + 1] - numbers[i] + 1;
    const first = Math.max(low - before, 1), last = Math.min(high - before, length);
    if (first <= last) out.push(numbers[i] + first - 1, numbers[i] + last - 1);
    before += length;
  }
  return out;
}
