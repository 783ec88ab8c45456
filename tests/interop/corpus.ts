import { readTarGz } from "./tar_gz.ts";

const here = new URL(".", import.meta.url).pathname;

/** Where archives of real mail lie: `MALLARD_DATA`, or beside the project. */
export const DATA = Deno.env.get("MALLARD_DATA") ?? `${here}../../../shared/data`;

/** One message with CRLF line ends, one char an octet. */
export interface CorpusMessage {
  name: string;
  text: string;
}

/** Real mail when it is at hand; otherwise our own fixtures stand in for it (`real` tells). */
export async function corpus(): Promise<{ real: boolean; messages: CorpusMessage[] }> {
  const messages: CorpusMessage[] = [];
  for (const name of ["ham", "spam"]) {
    try {
      const files = await readTarGz(`${DATA}/${name}.tar.gz`);
      messages.push(
        ...files.filter((file) => file.data.length > 0).map((file) => toMessage(file.name, file.data)),
      );
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
  if (messages.length > 0) return { real: true, messages };
  // mbsync passes over a message whose header has no end, and SMTP ends the last line where nobody did.
  const whole = fixtures().filter(({ text }) => text.includes("\r\n\r\n") && text.endsWith("\r\n"));
  return { real: false, messages: whole };
}

/** Odd, multilingual and broken messages when they are at hand, and our own fixtures of that sort always. */
export async function mimeSamples(): Promise<CorpusMessage[]> {
  const samples = fixtures();
  try {
    const files = await readTarGz(`${DATA}/mime.tar.gz`);
    const mail = files.filter(({ name, data }) => data.length > 0 && !/(gitattributes|cmds)$/.test(name));
    samples.push(...mail.map(({ name, data }) => toMessage(name, data)));
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return samples;
}

function fixtures(): CorpusMessage[] {
  const folder = `${here}../fixtures/messages`;
  const names = [...Deno.readDirSync(folder)].map((entry) => entry.name);
  const mail = names.filter((name) => name.endsWith(".eml")).sort();
  return mail.map((name) => toMessage(name, Deno.readFileSync(`${folder}/${name}`)));
}

function toMessage(name: string, data: Uint8Array): CorpusMessage {
  return { name, text: latin1(data).replace(/\r?\n/g, "\r\n") };
}

/** One char an octet. */
export function latin1(data: Uint8Array): string {
  let text = "";
  for (let at = 0; at < data.length; at += 8192) text += String.fromCharCode(...data.subarray(at, at + 8192));
  return text;
}

/** Splits what a server stored into the trace headers it added and the message as it was sent; null when it differs. */
export function traceOf(stored: string, sent: string): string | null {
  if (!stored.endsWith(sent)) return null;
  const trace = stored.slice(0, stored.length - sent.length);
  const names = [...trace.replace(/\r\n[ \t]/g, " ").matchAll(/^([^:\r\n]+):.*\r\n/gm)].map((match) =>
    match[1]
  );
  const ours = new Set(["Return-Path", "Received", "Delivered-To", "X-Original-To"]);
  return names.length > 0 && names.every((name) => ours.has(name)) ? trace : null;
}
