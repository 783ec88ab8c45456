import { strict as assert } from "node:assert";
import { seededRandom } from "../../base/id.ts";
import { uidHas, uidList, uidSet } from "../../codec/imap/uid_set.ts";
import { FolderView } from "./folder_view.ts";

function open(uids: number[], modSeq = 10): FolderView {
  return new FolderView({
    id: "f",
    name: "INBOX",
    examined: false,
    uidValidity: 1,
    uidNext: (uids.at(-1) ?? 0) + 1,
    modSeq,
    uids: uidSet(uids),
    recent: [],
  });
}

Deno.test("FolderView maps numbers both ways", () => {
  const view = open([2, 3, 4, 9, 20, 21]);
  assert.equal(view.count, 6);
  assert.equal(view.lastUid, 21);
  assert.deepEqual([1, 2, 4, 5, 9, 19, 20, 21, 22].map((uid) => view.seqOf(uid)), [
    0,
    1,
    3,
    0,
    4,
    0,
    5,
    6,
    0,
  ]);
  assert.deepEqual(view.uidsOfSeqs([1, 6]), [2, 4, 9, 9, 20, 21]);
  assert.deepEqual(view.uidsOfSeqs([2, 2, 4, 5, 7, 9]), [3, 3, 9, 9, 20, 20]);
  assert.deepEqual(view.seqsOfUids([1, 4, 21, 30]), [1, 3, 6, 6]);
  assert.deepEqual(open([]).uidsOfSeqs([1, 5]), []);
});

Deno.test("FolderView counts gone messages until they are taken", () => {
  const view = open([1, 2, 3, 4, 5]);
  view.saved = [1, 5];
  view.recent = [5, 5];
  view.vanish([2, 3, 7, 9]);
  assert.equal(view.count, 5);
  assert.equal(view.seqOf(4), 4);
  assert.equal(view.append([10, 11]), 2);
  assert.equal(view.seqOf(10), 6);
  assert.deepEqual(view.takeVanished(), { uids: [2, 3], seqs: [2, 3] });
  assert.equal(view.count, 5);
  assert.equal(view.seqOf(4), 2);
  assert.deepEqual(view.saved, [1, 1, 4, 5]);
  assert.deepEqual(view.recent, [5, 5]);
  assert.deepEqual(view.takeVanished(), { uids: [], seqs: [] });
});

Deno.test("FolderView refuses a message between known ones", () => {
  const view = open([1, 5]);
  assert.throws(() => view.append([3, 3]), RangeError);
  assert.equal(view.append([1, 1, 5, 5]), 0);
});

Deno.test("FolderView knows whether it missed a change", () => {
  const view = open([1], 10);
  view.announce(10);
  assert.equal(view.behind, false);
  view.noteOwn({ folder: "f", previousModSeq: 10, modSeq: 11 }, true, null);
  view.announce(11);
  assert.equal(view.behind, false, "the own change needs no pull");
  view.noteOwn({ folder: "f", previousModSeq: 12, modSeq: 13 }, true, null);
  assert.equal(view.behind, true, "12 was made by somebody else");
  assert.equal(view.isOwn(13), true);
  view.noteOwn({ folder: "f", previousModSeq: 13, modSeq: 14 }, false, null);
  assert.equal(view.isOwn(14), false, "a silent change must not hide somebody else's");
  view.noteOwn({ folder: "f", previousModSeq: 15, modSeq: 15 }, true, null);
  assert.equal(view.isOwn(15), false, "a request that changed nothing hides nothing either");
  view.startCatchUp();
  view.announce(14);
  view.finishCatchUp(13, []);
  assert.equal(view.isOwn(13), false);
  assert.equal(view.behind, true, "14 came while asking");
  view.startCatchUp();
  view.finishCatchUp(15, []);
  assert.equal(view.behind, false);
  view.markStale();
  assert.equal(view.behind, true);
});

Deno.test("FolderView agrees with a list of UIDs under random changes", () => {
  const random = seededRandom(7);
  const next = (bound: number) => {
    const bytes = random.bytes(2);
    return (bytes[0] * 256 + bytes[1]) % bound;
  };
  for (let round = 0; round < 60; round++) {
    const view = open([]);
    let list: number[] = [], gone = new Set<number>(), uid = 0;
    for (let step = 0; step < 60; step++) {
      const what = next(4);
      if (what === 0) {
        const added = Array.from({ length: next(6) }, () => uid += 1 + (next(3) ? 0 : next(4)));
        assert.equal(view.append(uidSet(added)), added.length);
        list.push(...added);
      } else if (what === 1 && list.length) {
        const victims = Array.from({ length: 1 + next(4) }, () => list[next(list.length)]);
        view.vanish(uidSet(victims));
        victims.forEach((victim) => gone.add(victim));
      } else if (what === 2) {
        const { uids, seqs } = view.takeVanished();
        assert.deepEqual([...uidList(uids)], list.filter((n) => gone.has(n)));
        assert.deepEqual(
          [...uidList(seqs)],
          list.flatMap((n, i) => gone.has(n) ? [i + 1] : []),
        );
        list = list.filter((n) => !gone.has(n));
        gone = new Set();
      }
      compare(view, list, uid, uidSet(Array.from({ length: next(8) }, () => 1 + next(uid + 5))));
    }
  }
});

function compare(view: FolderView, list: number[], largest: number, sample: readonly number[]): void {
  assert.equal(view.count, list.length);
  assert.deepEqual([...uidList(view.uids)], list);
  for (let uid = 0; uid <= largest + 2; uid++) assert.equal(view.seqOf(uid), list.indexOf(uid) + 1);
  assert.deepEqual([...uidList(view.uidsOfSeqs(sample))], list.filter((_, i) => uidHas(sample, i + 1)));
  assert.deepEqual(
    [...uidList(view.seqsOfUids(sample))],
    list.flatMap((uid, i) => uidHas(sample, uid) ? [i + 1] : []),
  );
}
