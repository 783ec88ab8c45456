import type { TestCall } from "../call.ts";
import type { Extension } from "../extension.ts";
import { markKey } from "../mark_key.ts";
import { decodedValue } from "../message/header_view.ts";
import type { Run } from "../run_state.ts";

/** How long a message is remembered when nothing is said, and at most (RFC 7352 §3.3). */
const DEFAULT_SECONDS = 7 * 86_400;
const MOST_SECONDS = 90 * 86_400;

/** Whether the message, or something about it, was seen before (RFC 7352). */
export const DUPLICATE: Extension = {
  name: "duplicate",
  tests: [{
    name: "duplicate",
    tags: [
      { name: "handle", value: { name: "a handle", kind: "text" } },
      { name: "header", group: "id", value: { name: "a header field's name", kind: "text" } },
      { name: "uniqueid", group: "id", value: { name: "a unique id", kind: "text" } },
      { name: "seconds", value: { name: "a number of seconds", kind: "number" } },
      { name: "last" },
    ],
    test: isDuplicate,
  }],
};

function isDuplicate(call: TestCall, run: Run): boolean {
  const id = uniqueId(call, run);
  const seconds = Math.min(run.number(call, "seconds") ?? DEFAULT_SECONDS, MOST_SECONDS);
  if (id === null || seconds === 0) return false;
  const key = markKey("duplicate", run.optionalText(call, "handle"), id);
  const seen = run.host.remembers("duplicate", key);
  // With `:last` the time begins anew; without, the first moment counts.
  if (!seen || call.tags.has("last")) {
    run.mark({ kind: "duplicate", key, untilMs: run.input.nowMs + seconds * 1000 });
  }
  return seen;
}

function uniqueId(call: TestCall, run: Run): string | null {
  const given = run.optionalText(call, "uniqueid");
  if (given !== null) return given;
  const [field] = run.message.header.fields(run.optionalText(call, "header") ?? "message-id");
  return field === undefined ? null : decodedValue(field);
}
