import { Buffer } from "node:buffer";
import { extractSection, type SectionSpec } from "../../src/codec/message/section.ts";
import { formatBody } from "../../src/codec/message/structure.ts";
import { summarize } from "../../src/codec/message/summarize.ts";
import type { MimePart } from "../../src/codec/message/summary.ts";
import { type ImapClient, type ImapValue, parseFetch, parseValue } from "./imap_client.ts";

/** Answers about one message by FETCH item; errors are `!` and the response code. */
export type Answers = Record<string, ImapValue>;

const FIELDS = ["SUBJECT", "FROM", "RECEIVED"];

/** The FETCH items that a message is compared by. */
export function itemsOf(raw: Uint8Array): [label: string, spec: SectionSpec | null][] {
  const items: [string, SectionSpec | null][] = [["ENVELOPE", null], ["BODYSTRUCTURE", null], ["BODY", null]];
  const add = (part: number[], kind: SectionSpec["kind"]) => {
    const spec: SectionSpec = { part, kind, ...(kind.startsWith("fields") ? { fields: FIELDS } : {}) };
    items.push([labelOf(spec), spec]);
  };
  for (const kind of ["header", "text", "fields", "fields-not"] as const) add([], kind);
  const walk = (part: MimePart, path: number[]) => {
    if (items.length > 120) return;
    const message = part.type === "message" && part.children.length === 1;
    if (path.length) {
      add(path, "all");
      add(path, "mime");
      if (part.children.length === 0) add(path, "binary");
      if (message) {
        for (const kind of ["header", "text", "fields", "fields-not"] as const) add(path, kind);
      }
    }
    const inner = message ? part.children[0] : part;
    if (inner.type === "multipart") inner.children.forEach((child, i) => walk(child, [...path, i + 1]));
    else if (path.length === 0 || message) add([...path, 1], "all");
  };
  walk(summarize(raw).parts, []);
  return items;
}

function labelOf({ part, kind, fields }: SectionSpec): string {
  const path = part.join("."), dot = path && ".";
  switch (kind) {
    case "all":
      return `BODY[${path}]`;
    case "fields":
      return `BODY[${path}${dot}HEADER.FIELDS (${fields!.join(" ")})]`;
    case "fields-not":
      return `BODY[${path}${dot}HEADER.FIELDS.NOT (${fields!.join(" ")})]`;
    case "binary":
    case "binary-size":
      return `BINARY[${path}]`;
    default:
      return `BODY[${path}${dot}${kind.toUpperCase()}]`;
  }
}

/** What we answer. */
export function ourAnswers(raw: Uint8Array): Answers {
  const summary = summarize(raw);
  const answers: Answers = {};
  for (const [label, spec] of itemsOf(raw)) {
    if (spec === null) {
      const text = label === "ENVELOPE"
        ? summary.envelope
        : label === "BODY"
        ? formatBody(summary.parts)
        : summary.bodyStructure;
      answers[label] = parseValue(text, 0)[0];
      continue;
    }
    const section = extractSection(raw, summary.parts, spec);
    answers[label] = section instanceof Uint8Array
      ? Buffer.from(section).toString("latin1")
      : section === null
      ? null
      : typeof section === "number"
      ? String(section)
      : "!UNKNOWN-CTE";
  }
  return answers;
}

/** What a server answers about message number `n` of the selected folder. */
export async function serverAnswers(client: ImapClient, n: number, raw: Uint8Array): Promise<Answers> {
  const labels = itemsOf(raw).map(([label]) => label);
  const answers: Answers = {};
  // One section that cannot be decoded fails the whole command, so those are asked for one by one.
  const plain = labels.filter((label) => !label.startsWith("BINARY"));
  const [answer] = await client.command(`FETCH ${n} (${plain.map(peek).join(" ")})`);
  const found = parseFetch(answer);
  for (const label of labels) {
    answers[label] = label.startsWith("BINARY")
      ? await fetchBinary(client, n, label)
      : found.get(label) ?? null;
  }
  return answers;
}

function peek(label: string): string {
  return label.replace(/^(BODY|BINARY)\[/, "$1.PEEK[");
}

/** What a server answers to one BINARY item of a message; it may be unable to decode it. */
export async function fetchBinary(client: ImapClient, n: number, label: string): Promise<ImapValue> {
  try {
    const [answer] = await client.command(`FETCH ${n} (${peek(label)})`);
    return parseFetch(answer).get(label) ?? null;
  } catch (error) {
    const code = /^t\d+ NO \[([\w-]+)\]/.exec((error as Error).message);
    if (code) return "!" + code[1];
    if (!/hung up|Broken pipe|reset/.test((error as Error).message)) throw error;
    // Malformed quoted-printable makes Dovecot end the connection.
    await client.open();
    await client.command("EXAMINE INBOX");
    return "!PARSE";
  }
}

/** The message as it goes over the wire. */
export function withCrlf(data: Uint8Array): Uint8Array {
  const text = Buffer.from(data).toString("latin1").replace(/\r?\n/g, "\r\n");
  return new Uint8Array(Buffer.from(text, "latin1"));
}
