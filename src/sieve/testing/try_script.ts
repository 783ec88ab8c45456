import { fromUtf8, utf8 } from "../../base/bytes.ts";
import { formatDiagnostic } from "../../codec/sieve/diagnostic.ts";
import { compile, type CompileOptions } from "../compile.ts";
import { EMPTY_HOST, type Host } from "../host.ts";
import type { RunInput } from "../input.ts";
import type { Action, FolderChoice, Outcome } from "../outcome.ts";
import { run } from "../run.ts";

/** What a test of a script may say of its surroundings; the rest is filled in. */
export interface Surroundings extends Partial<Omit<RunInput, "message" | "host">> {
  host?: Partial<Host>;
  compile?: CompileOptions;
}

/** 2026-03-04 05:06:07 UTC, a Wednesday. */
export const TEST_NOW_MS = Date.UTC(2026, 2, 4, 5, 6, 7);

/** Runs a script over a message (bytes, or text with lines ended by LF) in plain surroundings. */
export function tryScript(source: string, message: string | Uint8Array, around: Surroundings = {}): Outcome {
  const { host, compile: options, ...input } = around;
  const { script, errors } = compile(source, options);
  if (script === null) throw new Error(errors.map(formatDiagnostic).join("\n"));
  return run(script, {
    message: typeof message === "string" ? utf8(message.replace(/\r?\n/g, "\r\n")) : message,
    envelope: { from: "sender@example.org", to: "owner@example.com", originalTo: null, auth: null },
    owner: { address: "owner@example.com", aliases: [], name: "" },
    nowMs: TEST_NOW_MS,
    zoneMinutes: 0,
    environment: {},
    spamPercent: null,
    virusLevel: null,
    host: { ...EMPTY_HOST, ...host },
    ...input,
  });
}

/** An outcome in a line: `fileinto "a" flags \Seen; keep`. An implicit keep is `-`, an error `error: …`. */
export function tell({ actions, error }: Outcome): string {
  return error ? `error: ${error.message}` : actions.map(tellAction).join("; ");
}

function tellAction(action: Action): string {
  switch (action.type) {
    case "keep":
      return (action.implicit ? "-" : "keep") + tellFiling(action.flags, action.message);
    case "fileinto":
      return `fileinto "${action.mailbox}"${tellChoice(action)}${tellFiling(action.flags, action.message)}`;
    case "redirect":
      return `redirect ${action.address}` + tellFiling(null, action.message);
    case "reject":
      return `${action.protocolOnly ? "ereject" : "reject"} ${JSON.stringify(action.reason)}`;
    case "discard":
      return "discard";
    default:
      return `${action.type} to ${action.recipients.join(",")}` +
        (action.fcc
          ? ` fcc "${action.fcc.mailbox}"${tellChoice(action.fcc)}${tellFiling(action.fcc.flags, null)}`
          : "");
  }
}

function tellChoice({ create, specialUse, mailboxId }: FolderChoice): string {
  return (create ? " create" : "") + (specialUse ? ` specialuse ${specialUse}` : "") +
    (mailboxId ? ` id ${mailboxId}` : "");
}

function tellFiling(flags: string[] | null, message: Uint8Array | null): string {
  return (flags ? ` flags ${flags.join(" ")}` : "") + (message ? " edited" : "");
}

/** The header of a message that an action carries, as LF lines. */
export function headerOf(message: Uint8Array): string {
  return fromUtf8(message).replaceAll("\r\n", "\n").split("\n\n")[0];
}

/** What the compiler says of a script: each error as a line. */
export function complaints(source: string, options?: CompileOptions): string[] {
  return compile(source, options).errors.map(formatDiagnostic);
}
