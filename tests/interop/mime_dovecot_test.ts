import { strict as assert } from "node:assert";
import { Buffer } from "node:buffer";
import { dovecotInstalled, startDovecot } from "./dovecot.ts";
import { ImapClient } from "./imap_client.ts";
import { type Answers, ourAnswers, serverAnswers, withCrlf } from "./mime_answers.ts";
import { explain } from "./mime_differences.ts";
import { readTarGz } from "./tar_gz.ts";

interface Sample {
  name: string;
  raw: Uint8Array;
}

const here = new URL(".", import.meta.url).pathname;
const FIXTURES = `${here}../fixtures/messages`;
/** What Dovecot 2.3.19 said of our own fixtures, so that they are compared where no Dovecot is. */
const RECORDED = `${FIXTURES}/dovecot.json`;
const DATA = Deno.env.get("MALLARD_DATA") ?? `${here}../../../shared/data`;

async function fixtures(): Promise<Sample[]> {
  const names = [...Deno.readDirSync(FIXTURES)].map((entry) => entry.name).filter((name) =>
    name.endsWith(".eml")
  );
  return await Promise.all(
    names.sort().map(async (name) => ({ name, raw: withCrlf(await Deno.readFile(`${FIXTURES}/${name}`)) })),
  );
}

/** Real mail, when it is at hand: all of the MIME samples and some hundred of everyday mail. */
async function corpus(): Promise<Sample[]> {
  const samples: Sample[] = [];
  for (const [archive, limit] of [["mime", 1000], ["ham", 200], ["spam", 300]] as const) {
    const path = `${DATA}/${archive}.tar.gz`;
    try {
      const files = (await readTarGz(path)).filter(({ name, data }) =>
        data.length && !/(gitattributes|cmds)$/.test(name)
      );
      samples.push(...files.slice(0, limit).map(({ name, data }) => ({ name, raw: withCrlf(data) })));
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
      console.log(`${path} is not there: our own fixtures stand in for it`);
    }
  }
  return samples;
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
      const samples = [...own, ...await corpus()];
      for (const { raw } of samples) {
        await client.command([new TextEncoder().encode(`APPEND INBOX {${raw.length}+}\r\n`), raw]);
      }
      await client.command("SELECT INBOX");
      const met = new Map<string, number>();
      const recorded: Record<string, Answers> = {};
      const unexplained: string[] = [];
      for (let i = 0; i < samples.length; i++) {
        const theirs = await serverAnswers(client, i + 1, samples[i].raw);
        if (i < own.length) recorded[samples[i].name] = theirs;
        unexplained.push(...compare(samples[i], theirs, met));
      }
      client.close();
      console.log(
        `${samples.length} messages compared; argued differences: ${JSON.stringify(Object.fromEntries(met))}`,
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
