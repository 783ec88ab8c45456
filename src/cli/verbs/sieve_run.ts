import { systemClock } from "../../base/clock.ts";
import { readHeader } from "../../codec/message/header.ts";
import { formatDiagnostic } from "../../codec/sieve/diagnostic.ts";
import { compile } from "../../sieve/compile.ts";
import { EMPTY_HOST } from "../../sieve/host.ts";
import { run } from "../../sieve/run.ts";
import { tellAction } from "../../sieve/tell_action.ts";
import { openAdminClient } from "../admin_client.ts";
import { type Command, CommandFailure, type Input, type Io, SERVER_OPTIONS, UsageError } from "../command.ts";
import { printView } from "../print.ts";
import { readScript } from "./script_file.ts";

interface Verdict {
  uid?: number;
  actions: string[];
  notes: string[];
  error: string | null;
}

/** Where people without an address of ours stand in a dry run. */
const NOBODY = "owner@example.invalid";

/** `sieve run`: what a script makes of a message in a file, or of the messages of a folder. */
export const sieveRunCommand: Command = {
  name: "sieve run",
  summary: "Run a Sieve script over a message, or rehearse it over a folder and apply it.",
  details: "With --message nothing is sent or filed: the actions are printed, and no server is asked.\n" +
    "With --account and --folder the server rehearses it over stored mail: nothing is changed until --apply says so,\n" +
    "and then just what the rehearsal told. FILE may be left out there: the account's active script is taken.",
  arguments: [{ name: "FILE", help: "file with the script; - reads standard input", optional: true }],
  options: [
    { name: "message", value: "FILE", help: "an Internet message" },
    {
      name: "from",
      value: "ADDRESS",
      help: "with --message: the envelope's sender; empty is the null sender",
    },
    { name: "to", value: "ADDRESS", help: "with --message: the recipient, whose script it is" },
    { name: "account", value: "ADDRESS", help: "the account whose mail is looked at" },
    { name: "folder", value: "NAME", help: "with --account: the folder (default: INBOX)" },
    { name: "apply", help: "with --account: do it" },
    ...SERVER_OPTIONS,
  ],
  async run(input, io) {
    const message = input.option("message"), account = input.option("account");
    if ((message === undefined) === (account === undefined)) {
      throw new UsageError("needs either --message or --account");
    }
    const given = input.optionalArgument("FILE") === undefined ? undefined : await readScript(input, io);
    if (account !== undefined) return await overFolder(input, io, account, given);
    if (given === undefined) throw new UsageError("FILE is missing");
    const verdict = overMessage(input, given, await readMessage(message!));
    printView(io, input, verdict, tell(verdict));
    return verdict.error === null ? 0 : 1;
  },
};

async function readMessage(path: string): Promise<Uint8Array> {
  return await Deno.readFile(path).catch((error: Error) => {
    throw new CommandFailure(`cannot read ${path}: ${error.message}`);
  });
}

function overMessage(input: Input, content: string, message: Uint8Array): Verdict {
  const { script, errors } = compile(content);
  if (!script) throw new CommandFailure(errors.map(formatDiagnostic).join("\n"));
  const to = input.option("to") ?? NOBODY, sender = input.option("from");
  const outcome = run(script, {
    message,
    envelope: {
      from: sender === undefined ? returnPath(message) : sender || null,
      to,
      originalTo: null,
      auth: null,
    },
    owner: { address: to, aliases: [], name: "" },
    nowMs: systemClock.nowMs(),
    zoneMinutes: 0,
    environment: { name: "Mallard", location: "MDA", phase: "during" },
    spamPercent: null,
    virusLevel: null,
    // Every folder counts as there: what a script would do is of interest.
    host: { ...EMPTY_HOST, mailboxExists: () => true },
  });
  const { actions, notes, error } = outcome;
  return {
    actions: actions.map(tellAction),
    notes,
    error: error && formatDiagnostic({ severity: "error", ...error }),
  };
}

/** The sender as the message tells it, when it came out of a mailbox. */
function returnPath(message: Uint8Array): string | null {
  const [, address] = /^return-path:\s*<([^>]*)>/im.exec(readHeader(message).text) ?? [];
  return address || null;
}

async function overFolder(
  input: Input,
  io: Io,
  account: string,
  content: string | undefined,
): Promise<number> {
  const client = await openAdminClient(input, io);
  const folder = input.option("folder") ?? "INBOX", apply = input.isSet("apply");
  const verdicts: Verdict[] = [];
  for (let from: number | null = 1; from !== null;) {
    const path = `/accounts/${encodeURIComponent(account)}/sieve-run`;
    const page: { items: Verdict[]; next: number | null } = await client.post(path, {
      folder,
      content,
      from,
      apply,
    });
    verdicts.push(...page.items);
    from = page.next;
  }
  const lines = verdicts.filter(({ actions, error }) => error || actions.join() !== "keep (implicit)")
    .map((one) => `${one.uid}: ${tell(one)}`);
  const sum = `${verdicts.length} messages looked at, ${lines.length} ${apply ? "changed" : "would change"}`;
  printView(io, input, verdicts, [...lines, sum].join("\n"));
  return 0;
}

function tell({ actions, notes, error }: Verdict): string {
  return [actions.join(", "), ...notes.map((note) => `(${note})`), ...error ? [`error: ${error}`] : []].join(
    " ",
  );
}
