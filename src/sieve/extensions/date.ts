import { shown } from "../../codec/sieve/lexer.ts";
import { parseDate } from "../../codec/text/date.ts";
import type { TestCall } from "../call.ts";
import type { Checker } from "../checker.ts";
import { DATE_PARTS, datePart, isDatePart, parseZone } from "../date_parts.ts";
import type { Extension, ParameterDefinition, TagDefinition } from "../extension.ts";
import { fieldsInView } from "../fields.ts";
import { matchesAny } from "../match/matcher.ts";
import { decodedValue } from "../message/header_view.ts";
import type { Run } from "../run_state.ts";
import type { Value } from "../value.ts";

const ZONE: TagDefinition = {
  name: "zone",
  group: "zone",
  value: { name: "a zone such as +0100", kind: "text", check: zoneProblem },
};
const PART: ParameterDefinition = { name: "a part of a date", kind: "text" };
const KEYS: ParameterDefinition = { name: "texts to compare with", kind: "texts" };

/** Tests of dates in header fields, and of now (RFC 5260 §4, §5). */
export const DATE: Extension = {
  name: "date",
  tests: [
    {
      name: "date",
      matching: true,
      tags: [ZONE, { name: "originalzone", group: "zone" }],
      parameters: [{ name: "a header field's name", kind: "text" }, PART, KEYS],
      check: (call, checker) => checkPart(call.parameters[1], checker),
      test: testDate,
    },
    {
      name: "currentdate",
      matching: true,
      tags: [ZONE],
      parameters: [PART, KEYS],
      check: (call, checker) => checkPart(call.parameters[0], checker),
      test(call, run) {
        const part = run.text(call, 0);
        if (!isDatePart(part)) return false;
        return matchesAny(
          call,
          [datePart(part, run.input.nowMs, zoneOf(call, run))],
          call.parameters[1],
          run,
        );
      },
    },
  ],
};

/** The date is the whole field, or what follows its last semicolon, as in Received. */
function testDate(call: TestCall, run: Run): boolean {
  const [field] = fieldsInView(call, run, [run.text(call, 0)]);
  const text = field && decodedValue(field);
  const date = text ? parseDate(text.slice(text.lastIndexOf(";") + 1)) : null;
  const part = run.text(call, 1), isReal = date !== null && date.isReal && isDatePart(part);
  const zone = isReal && call.tags.has("originalzone") ? date.zoneMinutes : zoneOf(call, run);
  const values = isReal ? [datePart(part, date.ms, zone)] : [];
  return matchesAny(call, values, call.parameters[2], run);
}

function zoneOf(call: TestCall, run: Run): number {
  const zone = run.optionalText(call, "zone");
  return (zone === null ? null : parseZone(zone)) ?? run.input.zoneMinutes;
}

function zoneProblem(zone: string): string | null {
  return parseZone(zone) === null ? `"${shown(zone)}" is not a zone, as +0100 or -0330 is` : null;
}

/** A part that is known when the script is compiled has to be one; otherwise it is one that nothing matches. */
function checkPart(value: Value | null, checker: Checker): void {
  if (value?.kind !== "text" || value.constant === null || isDatePart(value.constant)) return;
  checker.error(
    value.position,
    `a date has no part "${shown(value.constant)}"; there are ${DATE_PARTS.join(", ")}`,
  );
}
