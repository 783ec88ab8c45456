import { shown } from "../../codec/sieve/lexer.ts";
import { parseDate } from "../../codec/text/date.ts";
import type { TestCall } from "../call.ts";
import { DATE_PARTS, datePart, isDatePart, parseZone } from "../date_parts.ts";
import type { Extension, ParameterDefinition, TagDefinition } from "../extension.ts";
import { fieldsInView } from "../fields.ts";
import { matchesAny } from "../match/matcher.ts";
import { decodedValue } from "../message/header_view.ts";
import type { Run } from "../run_state.ts";

const ZONE: TagDefinition = {
  name: "zone",
  group: "zone",
  value: { name: "a zone such as +0100", kind: "text", check: zoneProblem },
};
const PART: ParameterDefinition = { name: "a part of a date", kind: "text", check: partProblem };
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
      test: testDate,
    },
    {
      name: "currentdate",
      matching: true,
      tags: [ZONE],
      parameters: [PART, KEYS],
      test(call, run) {
        const value = datePart(run.text(call, 0), run.input.nowMs, zoneOf(call, run));
        return matchesAny(call, [value], call.parameters[1], run);
      },
    },
  ],
};

/** The date is the whole field, or what follows its last semicolon, as in Received. */
function testDate(call: TestCall, run: Run): boolean {
  const [field] = fieldsInView(call, run, [run.text(call, 0)]);
  const text = field && decodedValue(field);
  const date = text ? parseDate(text.slice(text.lastIndexOf(";") + 1)) : null;
  const isReal = date !== null && date.isReal;
  const zone = isReal && call.tags.has("originalzone") ? date.zoneMinutes : zoneOf(call, run);
  const values = isReal ? [datePart(run.text(call, 1), date.ms, zone)] : [];
  return matchesAny(call, values, call.parameters[2], run);
}

function zoneOf(call: TestCall, run: Run): number {
  const zone = run.optionalText(call, "zone");
  return (zone === null ? null : parseZone(zone)) ?? run.input.zoneMinutes;
}

function zoneProblem(zone: string): string | null {
  return parseZone(zone) === null ? `"${shown(zone)}" is not a zone, as +0100 or -0330 is` : null;
}

function partProblem(name: string): string | null {
  return isDatePart(name) ? null : `a date has no part "${shown(name)}"; there are ${DATE_PARTS.join(", ")}`;
}
