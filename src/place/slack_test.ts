import { strict as assert } from "node:assert";
import { Slack } from "./slack.ts";

const MIB = 1024 * 1024;

type Look = [rssMiB: number, asks: number, atRest: boolean];

const ROWS: [what: string, looks: Look[], want: string][] = [
  ["a fresh place", [[50, 0, true], [50, 0, true], [50, 0, true], [51, 0, true]], "no no no no"],
  [
    "one that is busy",
    [[50, 0, true], [150, 900, false], [160, 900, false], [160, 900, false]],
    "no no no no",
  ],
  [
    "one that was busy, and is quiet for some looks",
    [[50, 900, false], [150, 900, false], [150, 0, false], [150, 5, false], [150, 0, false], [90, 0, false]],
    "no no no no yes yes",
  ],
  [
    "one that was busy from the start",
    [[150, 900, false], [150, 0, false], [150, 0, false], [150, 0, false]],
    "no no no yes",
  ],
  [
    "one where nothing could be given back is not asked again",
    [[50, 0, true], [150, 0, false], [150, 0, false], ...Array<Look>(9).fill([150, 0, false])],
    "no no yes yes no no no no no no no no",
  ],
  [
    "one that has closed its files since is asked again",
    [[50, 0, true], [150, 0, false], [150, 0, false], [120, 0, false], [118, 0, true], [118, 0, true], [
      118,
      0,
      true,
    ], [70, 0, true]],
    "no no yes yes no no yes yes",
  ],
  [
    "one that is asked much just then has it done once more when it is quiet again",
    [[50, 0, true], [90, 0, true], [90, 0, true], [90, 900, false], [90, 0, false], [60, 0, false]],
    "no no yes no yes no",
  ],
  [
    "one that grows a little again is left alone",
    [[50, 0, true], [90, 0, true], [90, 0, true], [70, 0, true], [75, 0, true], [77, 0, true], [77, 0, true]],
    "no no yes yes no no no",
  ],
];

for (const [what, looks, want] of ROWS) {
  Deno.test(`memory given back: ${what}`, () => {
    const slack = new Slack();
    let asked = 0;
    const said = looks.map(([rssMiB, asks, atRest]) =>
      slack.isWorthTrimming({
          rssBytes: rssMiB * MIB,
          firstRssBytes: 50 * MIB,
          atRest,
          asked: asked += asks,
        })
        ? "yes"
        : "no"
    );
    assert.equal(said.join(" "), want);
  });
}
