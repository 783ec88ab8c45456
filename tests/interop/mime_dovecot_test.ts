import { strict as assert } from "node:assert";
import { Buffer } from "node:buffer";
import { pairMessages } from "./differential.ts";
import { dovecotInstalled, startDovecot } from "./dovecot.ts";
import { ImapClient } from "./imap_client.ts";
import { type Answers, ourAnswers, serverAnswers, withCrlf } from "./mime_answers.ts";
import { explain } from "./mime_differences.ts";

interface Sample {
  name: string;
  raw: Uint8Array;
}

const here = new URL(".", import.meta.url).pathname;
const FIXTURES = `${here}../fixtures/messages`;
/** What Dovecot 2.3.19 said of our own fixtures, so that they are compared where no Dovecot is. */
const RECORDED = `${FIXTURES}/dovecot.json`;
async function fixtures(): Promise<Sample[]> {
  const names = [...Deno.readDirSync(FIXTURES)].map((entry) => entry.name).filter((name) =>
    name.endsWith(".eml")
  );
  return await Promise.all(
    names.sort().map(async (name) => ({ name, raw: withCrlf(await Deno.readFile(`${FIXTURES}/${name}`)) })),
  );
}

/** Our fixtures, then real mail when it is at hand: with MALLARD_WHOLE=1 all of it. */
async function samples(): Promise<Sample[]> {
  const messages = await pairMessages();
  return messages.map(({ name, text }) => ({ name, raw: new Uint8Array(Buffer.from(text, "latin1")) }));
}

/** Compares, counts the argued differences in `met`, and returns a line for every other one. */
function compare(sample: Sample, theirs: Answers, met: Map<string, number>): string[] {
  const ours = ourAnswers(sample.raw);
  const raw = Buffer.from(sample.raw).toString("latin1");
  assert.deepEqual(Object.keys(ours), Object.keys(theirs), sample.name);
  const unexplained: string[] = [];
  for (const label of Object.keys(ours)) {
    const differences = explain(label, theirs[label], ours[label], raw);
    for (const name of differences ?? []) met.set(name, (met.get(name) ?? 0) + 1);
    if (differences !== null) continue;
    unexplained.push(
      `${sample.name} ${label}\n  Dovecot: ${JSON.stringify(theirs[label])}\n  ours:    ${
        JSON.stringify(ours[label])
      }`,
    );
  }
  return unexplained;
}

Deno.test("our fixtures are answered as Dovecot answered them, up to the argued list", async () => {
  const recorded = JSON.parse(await Deno.readTextFile(RECORDED)) as Record<string, Answers>;
  const samples = await fixtures();
  assert.deepEqual(samples.map(({ name }) => name), Object.keys(recorded));
  const unexplained = samples.flatMap((sample) => compare(sample, recorded[sample.name], new Map()));
  assert.equal(unexplained.join("\n"), "");
});

Deno.test({
  name:
    "live Dovecot answers as we do, up to the argued list (ignored without root and an installed Dovecot)",
  ignore: !dovecotInstalled(),
  fn: async () => {
    const dovecot = await startDovecot();
    try {
      const client = await ImapClient.connect(dovecot);
      const own = await fixtures();
      const all = await samples();
      for (const { raw } of all) {
        await client.command([new TextEncoder().encode(`APPEND INBOX {${raw.length}+}\r\n`), raw]);
      }
      await client.command("SELECT INBOX");
      const met = new Map<string, number>();
      const recorded: Record<string, Answers> = {};
      const unexplained: string[] = [];
      for (let i = 0; i < all.length; i++) {
        const theirs = await serverAnswers(client, i + 1, all[i].raw);
        if (i < own.length) recorded[all[i].name] = theirs;
        unexplained.push(...compare(all[i], theirs, met));
      }
      client.close();
      console.log(
        `${all.length} messages compared; argued differences: ${JSON.stringify(Object.fromEntries(met))}`,
      );
      assert.equal(unexplained.join("\n"), "");
      if (Deno.env.has("MALLARD_RECORD")) {
        await Deno.writeTextFile(RECORDED, JSON.stringify(recorded, null, 1) + "\n");
      }
    } finally {
      await dovecot.stop();
    }
  },
});
