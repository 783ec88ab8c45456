import { parseMailto } from "../../codec/sieve/mailto.ts";
import { shown } from "../../codec/sieve/lexer.ts";
import type { CommandCall } from "../call.ts";
import { readMailboxes } from "../compose/mailbox_text.ts";
import { composeNotification } from "../compose/notification.ts";
import { draftOf } from "../draft.ts";
import type { Extension, ParameterDefinition } from "../extension.ts";
import { matchesAny } from "../match/matcher.ts";
import { modifierTags } from "../modifiers.ts";
import { isAutoSubmitted } from "../personal_reply.ts";
import { ScriptProblem } from "../problem.ts";
import type { Run } from "../run_state.ts";
import { fileCopy } from "./fcc.ts";

const METHOD: ParameterDefinition = { name: "a way to notify, as mailto:name@example.org is", kind: "text" };

/** Tells the owner of a message by other means (RFC 5435), of which there is mail (RFC 5436). */
export const ENOTIFY: Extension = {
  name: "enotify",
  commands: [{
    name: "notify",
    tags: [
      { name: "from", value: { name: "an address", kind: "text" } },
      { name: "importance", value: { name: '"1", "2" or "3"', kind: "text", check: importanceProblem } },
      { name: "options", value: { name: "options", kind: "texts", check: optionProblem } },
      { name: "message", value: { name: "a message", kind: "text" } },
    ],
    parameters: [METHOD],
    check(call, checker) {
      const method = call.parameters[0];
      if (method?.kind !== "text" || method.constant === null) return;
      const wrong = methodProblem(method.constant);
      // A method that is not known is an error of the run (RFC 5435 §3.2); a broken mailto can be told at once.
      if (wrong === null) return;
      if (/^mailto:/i.test(method.constant)) checker.error(method.position, wrong);
      else checker.warn(method.position, wrong);
    },
    run: notify,
  }],
  tests: [
    {
      name: "valid_notify_method",
      parameters: [{ name: "ways to notify", kind: "texts" }],
      test: (call, run) => run.texts(call, 0).every((uri) => methodProblem(uri) === null),
    },
    {
      name: "notify_method_capability",
      matching: true,
      parameters: [METHOD, { name: "a capability", kind: "text" }, {
        name: "texts to compare with",
        kind: "texts",
      }],
      test(call, run) {
        const known = methodProblem(run.text(call, 0)) === null &&
          run.text(call, 1).toLowerCase() === "online";
        // Whether somebody reads mail just now is not known (RFC 5436 §2.2).
        return known && matchesAny(call, ["maybe"], call.parameters[2], run);
      },
    },
  ],
  tags: modifierTags("encodeurl").map((tag) => ({ of: ["set", "extracttext"], tag })),
};

const NOTIFIED = Symbol("notified");

function notify(call: CommandCall, run: Run): void {
  const uri = run.text(call, 0), mailto = parseMailto(uri);
  if (mailto === null) throw new ScriptProblem(methodProblem(uri) ?? "");
  if (isAutoSubmitted(run.message.header)) {
    run.notes.push("no notification: the message was sent by a program");
    return;
  }
  // One address is told once for a message (RFC 5436 §2.7).
  const notified = run.state(NOTIFIED, () => new Set<string>());
  const recipients = [...mailto.to, ...mailto.cc, ...mailto.bcc].filter((address) => !notified.has(address));
  if (recipients.length === 0) return;
  for (const address of recipients) notified.add(address);
  const from = run.optionalText(call, "from");
  run.results.take({
    type: "notify",
    recipients: [...new Set(recipients)],
    ...composeNotification(mailto, {
      from: from === null ? null : readMailboxes(from)?.[0] ?? null,
      subject: run.optionalText(call, "message"),
      importance: run.optionalText(call, "importance") ?? "2",
    }, run),
    fcc: fileCopy(draftOf(call, run)),
  });
}

function methodProblem(uri: string): string | null {
  if (parseMailto(uri) !== null) return null;
  return /^mailto:/i.test(uri)
    ? `"${shown(uri)}" is not a valid mailto address`
    : `there is no way to notify "${shown(uri)}"; "mailto:" is the only one here`;
}

function importanceProblem(text: string): string | null {
  return /^[123]$/.test(text) ? null : 'the importance is "1" (high), "2" or "3" (low)';
}

function optionProblem(text: string): string | null {
  return /^[A-Za-z0-9][A-Za-z0-9._-]*=[^\0\r\n]*$/.test(text)
    ? null
    : `"${shown(text)}" is not of the form name=value`;
}
