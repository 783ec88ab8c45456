import { strict as assert } from "node:assert";
import { Buffer } from "node:buffer";
import { type Pair, withPair } from "./differential.ts";
import { dovecotInstalled } from "./dovecot.ts";
import { type ImapClient, type ImapValue, parseFetch } from "./imap_client.ts";
import { type Answers, fetchBinary, itemsOf, serverAnswers } from "./mime_answers.ts";
import { type Difference, explain } from "./mime_differences.ts";

/** Items without a section: RFC 9051 §6.4.5, and those of RFC 3501 that clients still ask for. */
const WHOLE = [
  "FLAGS",
  "INTERNALDATE",
  "RFC822.SIZE",
  "UID",
  "RFC822.HEADER",
  "RFC822.TEXT",
  "RFC822",
  "BODY[]",
];
/** First octet and count of partials: the beginning, the middle, over the end, past it. */
const PARTIALS = [[0, 17], [11, 400], [3, 9_999_999], [9_999_990, 5]];

/** Every section of a message over the wire, and the items that need none. */
async function answersOf(client: ImapClient, n: number, raw: Uint8Array): Promise<Answers> {
  const [answer] = await client.command(`FETCH ${n} (${WHOLE.join(" ")})`);
  const items = parseFetch(answer);
  const answers = await serverAnswers(client, n, raw);
  for (const label of WHOLE) answers[label] = plain(label, items.get(label)!);
  const decoded = Object.keys(answers).filter((label) => label.startsWith("BINARY["));
  for (
    const label of [
      "BINARY[]",
      "BINARY.SIZE[]",
      ...decoded.map((label) => label.replace("[", ".SIZE[")),
    ]
  ) {
    answers[label] = await fetchBinary(client, n, label);
  }
  return answers;
}

/** The order of flags is free (RFC 9051 §7.5.2), and \Recent is no flag of IMAP4rev2 (appendix E). */
function plain(label: string, value: ImapValue): ImapValue {
  if (label !== "FLAGS") return value;
  return (value as string[]).filter((flag) => flag !== "\\Recent").sort().join(" ");
}

/**
 * Partials of a section are the octets of it that they name, and an empty string past its end (RFC 9051 §6.4.5.1);
 * held against each server's own whole section, so that an argued difference there is none here.
 */
async function wrongPartials(client: ImapClient, n: number, answers: Answers): Promise<string[]> {
  const labels = Object.keys(answers).filter((label) => /^(BODY|BINARY)\[/.test(label));
  const there = labels.filter((label) =>
    typeof answers[label] === "string" && !/^!/.test(`${answers[label]}`)
  )
    .slice(0, 16);
  const wanted = there.flatMap((label) => PARTIALS.map(([at, count]) => ({ label, at, count })));
  const wrong: string[] = [];
  // One partial of a section at a time: the answer names its first octet only.
  const items = wanted.map(({ label, at, count }) => `${label.replace("[", ".PEEK[")}<${at}.${count}>`);
  const found = parseFetch((await client.command(`FETCH ${n} (${items.join(" ")})`))[0]);
  for (const { label, at, count } of wanted) {
    const want = (answers[label] as string).slice(at, at + count);
    const got = found.get(`${label}<${at}>`);
    if (got !== want) wrong.push(`${label}<${at}.${count}>: ${JSON.stringify(got)?.slice(0, 80)}`);
  }
  return wrong;
}

/** BINARY.SIZE is the size of what BINARY answers (RFC 9051 §6.4.5); Dovecot's may be another one where the octets agree. */
function wrongSize(label: string, theirs: Answers, ours: Answers): Difference[] | null {
  const octets = ours[label.replace(".SIZE[", "[")];
  if (!label.startsWith("BINARY.SIZE[") || theirs[label] === ours[label]) return null;
  const right = octets === theirs[label.replace(".SIZE[", "[")] && ours[label] === `${octets?.length}`;
  return right ? ["binary-size"] : null;
}

/** Counts under `answers` what was compared, and argued differences under their names. */
async function compare(pair: Pair, n: number, met: Map<string, number>): Promise<string[]> {
  const { text, name } = pair.messages[n - 1];
  const raw = new Uint8Array(Buffer.from(text, "latin1"));
  assert.equal(itemsOf(raw)[0][0], "ENVELOPE");
  const [ours, theirs] = await Promise.all([
    answersOf(pair.ours, n, raw),
    answersOf(pair.theirs, n, raw),
  ]);
  const wrong: string[] = [];
  met.set("answers", (met.get("answers") ?? 0) + Object.keys(ours).length);
  for (const label of Object.keys(ours)) {
    const argued = wrongSize(label, theirs, ours) ?? explain(label, theirs[label], ours[label], text);
    for (const difference of argued ?? []) met.set(difference, (met.get(difference) ?? 0) + 1);
    if (argued === null) {
      const [one, other] = [ours[label], theirs[label]].map((value) => JSON.stringify(value).slice(0, 200));
      wrong.push(`${name} ${label}\n  Dovecot: ${other}\n  ours:    ${one}`);
    }
  }
  for (const [client, answers] of [[pair.ours, ours], [pair.theirs, theirs]] as const) {
    wrong.push(...(await wrongPartials(client, n, answers)).map((line) => `${name} ${line}`));
  }
  return wrong;
}

Deno.test({
  name: "FETCH of every item, part, section and of partials over the wire: as Dovecot answers, or argued",
  ignore: !dovecotInstalled(),
  fn: () =>
    withPair(async (pair) => {
      const met = new Map<string, number>();
      const wrong: string[] = [];
      for (let n = 1; n <= pair.messages.length; n++) wrong.push(...await compare(pair, n, met));
      console.log(
        `${pair.messages.length} messages; answers and argued differences: ${
          JSON.stringify(Object.fromEntries(met))
        }`,
      );
      assert.equal(wrong.join("\n"), "");
    }),
});
