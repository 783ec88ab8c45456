import type { Call } from "./call.ts";
import { partsInView } from "./parts_in_view.ts";
import type { FieldView, HeaderView } from "./message/header_view.ts";
import type { Run } from "./run_state.ts";

/** The headers that a test looks at: the message's own, or with `:mime` those of parts (RFC 5703 §4). */
export function headersInView(call: Call, run: Run): HeaderView[] {
  if (!call.tags.has("mime")) return [run.view.header];
  return partsInView(call, run).map((part) => run.view.partHeader(part));
}

/**
 * The fields of some names that a test looks at: all, or with `:index` the one of that number, counted over the names
 * in their order from the front, or with `:last` from the end (RFC 5260 §6).
 */
export function fieldsInView(call: Call, run: Run, names: readonly string[]): readonly FieldView[] {
  const headers = headersInView(call, run);
  let found = names.length === 1 && headers.length === 1
    ? headers[0].fields(names[0])
    : allFields(headers, names);
  const index = run.number(call, "index");
  if (index !== null) {
    found = found.slice(...(call.tags.has("last") ? nth(found.length - index) : nth(index - 1)));
  }
  for (const field of found) if (field.decoded === undefined) run.chargeText(field.folded.length);
  return found;
}

function allFields(headers: readonly HeaderView[], names: readonly string[]): FieldView[] {
  const found: FieldView[] = [];
  for (const header of headers) {
    for (const name of names) {
      for (const field of header.fields(name)) found.push(field);
    }
  }
  return found;
}

function nth(place: number): [number, number] {
  return place < 0 ? [0, 0] : [place, place + 1];
}
