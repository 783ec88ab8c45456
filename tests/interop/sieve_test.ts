import { strict as assert } from "node:assert";
import { seededRandom } from "../../src/base/id.ts";
import { Dice } from "../support/sieve_scripts.ts";
import { corpus } from "./corpus.ts";
import { programTest, temporaryFolder } from "./program.ts";
import { ourActions } from "./sieve_answers.ts";
import { ARGUED } from "./sieve_argued.ts";
import { explain } from "./sieve_differences.ts";
import { scriptFor } from "./sieve_pairs.ts";
import { prepareSieveTest, sameAnswer, sieveTest } from "./sieve_program.ts";

const PAIRS = Number(Deno.env.get("MALLARD_SIEVE_PAIRS") ?? 400);
const SEED = Number(Deno.env.get("MALLARD_SIEVE_SEED") ?? 1);
/** Scripts run over one message. */
const SCRIPTS = 4;
/** Programs at once: there are few processors. */
const LANES = 2;

programTest(["sieve-test"], `Debian's sieve-test does what we do, over ${PAIRS} pairs`, async () => {
  const { messages } = await corpus();
  const folder = temporaryFolder();
  prepareSieveTest(folder);
  const met = new Map<string, number>(), unexplained: string[] = [];
  let next = 0, acted = 0;
  const lane = async () => {
    for (let pair = next++; pair < PAIRS; pair = next++) {
      const dice = new Dice(seededRandom(SEED * 100_000 + pair));
      const place = Math.floor(pair / SCRIPTS) * 7919 % messages.length;
      const { name, text } = messages[place];
      const script = scriptFor(text, dice);
      await Deno.writeTextFile(`${folder}/${pair}.sieve`, script);
      await Deno.writeFile(`${folder}/${pair}.eml`, Uint8Array.from(text, (char) => char.charCodeAt(0)));
      const theirs = await sieveTest(folder, `${folder}/${pair}.sieve`, `${folder}/${pair}.eml`);
      const ours = ourActions(script, text);
      if (ours.some((action) => action !== "file INBOX")) acted++;
      if (sameAnswer(theirs, ours)) continue;
      const difference = explain(theirs, script, text);
      if (difference === null) {
        unexplained.push(
          `pair ${pair}, ${name}\n${script}\n  theirs: ${theirs.join("; ")}\n  ours:   ${ours.join("; ")}\n`,
        );
      } else met.set(difference, (met.get(difference) ?? 0) + 1);
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  console.log(
    `${PAIRS} pairs, ${acted} with other actions than keeping; argued: ${
      JSON.stringify(Object.fromEntries(met))
    }`,
  );
  assert.equal(unexplained.join("\n"), "");
  assert.ok(acted > PAIRS / 3, "most pairs do something");
});

programTest(
  ["sieve-test"],
  "what we do otherwise than sieve-test is on the argued list, and only as it says",
  async () => {
    const folder = temporaryFolder();
    prepareSieveTest(folder);
    for (const { name, script, message, theirs, ours } of ARGUED) {
      assert.equal(ourActions(script, message).join("; "), ours, name);
      await Deno.writeTextFile(`${folder}/a.sieve`, script);
      await Deno.writeTextFile(`${folder}/a.eml`, message);
      const said = await sieveTest(folder, `${folder}/a.sieve`, `${folder}/a.eml`);
      assert.equal(said.join("; ").replace(/^refused.*/, "refused"), theirs, name);
    }
    const argued = await Deno.readTextFile(new URL("../../docs/interop/sieve.md", import.meta.url));
    for (const { name } of ARGUED) assert.ok(argued.includes(`**${name}**`), `${name} is argued`);
  },
);
