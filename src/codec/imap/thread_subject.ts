import { byDate, type Parents, ROOT, type ThreadColumns } from "./thread.ts";

/**
 * THREAD=ORDEREDSUBJECT (RFC 5256 §3): messages of one base subject are one thread, the first by date on top and all
 * others its children.
 */
export function threadBySubject({ subject, sentMs }: ThreadColumns): Parents {
  const parents = new Int32Array(subject.length).fill(ROOT);
  const tops = new Map<number, number>();
  for (const message of byDate(sentMs)) {
    const top = tops.get(subject[message]);
    if (top === undefined) tops.set(subject[message], message);
    else parents[message] = top;
  }
  return parents;
}
