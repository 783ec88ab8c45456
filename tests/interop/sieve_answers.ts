import { latin1 } from "../../src/base/bytes.ts";
import { formatDiagnostic } from "../../src/codec/sieve/diagnostic.ts";
import { compile } from "../../src/sieve/compile.ts";
import { EMPTY_HOST } from "../../src/sieve/host.ts";
import type { Action } from "../../src/sieve/outcome.ts";
import { run } from "../../src/sieve/run.ts";
import { type SieveAnswer, withFlags } from "./sieve_program.ts";

/** What our interpreter does, in the same words. */
export function ourActions(source: string, message: string): SieveAnswer {
  const { script, errors } = compile(source);
  if (script === null) return ["refused: " + formatDiagnostic(errors[0])];
  const outcome = run(script, {
    message: latin1(message),
    envelope: {
      from: "sender@example.org",
      to: "me+tag@example.com",
      originalTo: "me+tag@example.com",
      auth: null,
    },
    owner: { address: "me+tag@example.com", aliases: [], name: "" },
    nowMs: 0,
    zoneMinutes: 0,
    environment: { name: "Mallard" },
    spamPercent: null,
    virusLevel: null,
    host: EMPTY_HOST,
  });
  if (outcome.error) return ["error"];
  const actions = outcome.actions.map(tell);
  // sieve-test prints what a script asks for; whether it may be sent is looked at later.
  for (const note of outcome.notes) {
    actions.push(/vacation/.test(note) ? "send vacation" : "send notification");
  }
  return actions.sort();
}

function tell(action: Action): string {
  switch (action.type) {
    case "keep":
      return withFlags("file INBOX", action.flags ?? []);
    case "fileinto":
      return withFlags(`file ${action.mailbox}`, action.flags ?? []);
    case "redirect":
      return `redirect ${action.address}`;
    case "vacation":
      return "send vacation";
    case "notify":
      return "send notification";
    default:
      return action.type;
  }
}
