import { shown } from "../../codec/sieve/lexer.ts";
import type { CommandCall } from "../call.ts";
import { formatMailbox, readMailboxes } from "../compose/mailbox_text.ts";
import { draftOf } from "../draft.ts";
import type { Extension } from "../extension.ts";
import { markKey } from "../mark_key.ts";
import { decodedValue } from "../message/header_view.ts";
import type { VacationAction } from "../outcome.ts";
import { whyNoReply } from "../personal_reply.ts";
import { ScriptProblem } from "../problem.ts";
import type { Run } from "../run_state.ts";
import { composeMessage, derivedMessageId } from "../compose/auto_message.ts";
import { threadFields } from "../compose/thread_fields.ts";
import { fileCopy } from "./fcc.ts";

const DAY_SECONDS = 86_400;
/** How long nobody is answered twice when nothing is said, and at least and at most with `:days` (RFC 5230 §4.1). */
const DEFAULT_DAYS = 7, LEAST_DAYS = 1, MOST_DAYS = 365;

/** Answers mail of people while the owner is away (RFC 5230). */
export const VACATION: Extension = {
  name: "vacation",
  commands: [{
    name: "vacation",
    tags: [
      { name: "days", group: "period", value: { name: "a number of days", kind: "number" } },
      { name: "subject", value: { name: "a subject", kind: "text" } },
      { name: "from", value: { name: "an address", kind: "text", check: fromProblem } },
      { name: "addresses", value: { name: "addresses", kind: "texts" } },
      { name: "mime" },
      { name: "handle", value: { name: "a handle", kind: "text" } },
    ],
    parameters: [{ name: "a reason", kind: "text" }],
    check(call, checker) {
      const reason = call.parameters[0];
      if (!call.tags.has("mime") || reason?.kind !== "text" || reason.constant === null) return;
      const wrong = mimeProblem(reason.constant);
      if (wrong !== null) checker.error(reason.position, wrong);
    },
    run: answer,
  }],
};

/** `:seconds` in place of `:days`; with 0 everybody is answered every time (RFC 6131). */
export const VACATION_SECONDS: Extension = {
  name: "vacation-seconds",
  implies: ["vacation"],
  tags: [{
    of: ["vacation"],
    tag: { name: "seconds", group: "period", value: { name: "a number of seconds", kind: "number" } },
  }],
};

const DONE = Symbol("vacation");

function answer(call: CommandCall, run: Run): void {
  const done = run.state(DONE, () => ({ round: -1 }));
  if (done.round === run.round) {
    throw new ScriptProblem("a message is answered only once: there are two vacation commands");
  }
  if (done.round >= 0) {
    run.notes.push("no vacation reply: a script before this one sends one");
    return;
  }
  done.round = run.round;
  const { input, message: { header } } = run;
  const why = whyNoReply(input, header, run.texts(call, "addresses"));
  if (why !== null) {
    run.notes.push(`no vacation reply: ${why}`);
    return;
  }
  const to = input.envelope?.from ?? ""; // Without a sender there was a reason above.
  const key = markKey("vacation", to.toLowerCase(), ...identity(call, run)), seconds = period(call, run);
  if (seconds > 0) {
    if (run.host.remembers("vacation", key)) {
      run.notes.push(`no vacation reply: ${to} has got one`);
      return;
    }
    run.mark({ kind: "vacation", key, untilMs: input.nowMs + seconds * 1000 });
  }
  run.results.take(compose(call, to, key, run));
}

/** What makes two replies the same: the handle, or else the arguments as the script has them (RFC 5230 §4.2). */
function identity(call: CommandCall, run: Run): (string | null)[] {
  const handle = run.optionalText(call, "handle");
  if (handle !== null) return ["handle", handle];
  const source = (name: string) => {
    const value = call.tags.get(name);
    return value?.kind === "text" ? value.source : null;
  };
  const reason = call.parameters[0];
  return [
    "arguments",
    source("subject"),
    source("from"),
    call.tags.has("mime") ? "mime" : null,
    reason?.kind === "text" ? reason.source : null,
  ];
}

function period(call: CommandCall, run: Run): number {
  const seconds = run.number(call, "seconds");
  if (seconds !== null) return Math.min(seconds, MOST_DAYS * DAY_SECONDS);
  const days = run.number(call, "days") ?? DEFAULT_DAYS;
  return Math.min(Math.max(days, LEAST_DAYS), MOST_DAYS) * DAY_SECONDS;
}

/** The reply, by RFC 5230 §5. */
function compose(call: CommandCall, to: string, key: string, run: Run): VacationAction {
  const { input: { owner, nowMs }, message } = run;
  const [subject] = message.header.fields("subject");
  const reason = run.text(call, 0), isMime = call.tags.has("mime");
  const wrong = isMime ? mimeProblem(reason) : null;
  if (wrong !== null) throw new ScriptProblem(wrong);
  return {
    type: "vacation",
    envelopeFrom: null,
    recipients: [to],
    message: composeMessage({
      fields: [
        ["From", sender(run.optionalText(call, "from")) ?? formatMailbox(owner.name, owner.address)],
        ["To", to],
        ["Subject", run.optionalText(call, "subject") ?? automaticSubject(subject && decodedValue(subject))],
        ...threadFields(message.header),
        ["Auto-Submitted", "auto-replied (vacation)"],
        ["Precedence", "bulk"],
      ],
      body: { text: reason, isMime },
      dateMs: nowMs,
      messageId: derivedMessageId(message.raw, key, owner.address),
    }),
    fcc: fileCopy(draftOf(call, run)),
  };
}

function automaticSubject(original: string | undefined): string {
  return original ? `Auto: ${original}` : "Automated reply";
}

function sender(from: string | null): string | null {
  const mailboxes = from === null ? null : readMailboxes(from);
  return mailboxes && mailboxes.map(({ name, address }) => formatMailbox(name, address)).join(", ");
}

function fromProblem(text: string): string | null {
  return readMailboxes(text) === null ? `"${shown(text)}" is not an address, as name@example.org is` : null;
}

/** RFC 5230 §5: the header of a MIME entity is ASCII. */
function mimeProblem(reason: string): string | null {
  const [header] = reason.split(/\r\n\r\n/, 1);
  return /[^\x00-\x7f]/.test(header) ? 'the header of a ":mime" reason must be ASCII' : null;
}
