import type { Call } from "./call.ts";
import { partsInView } from "./parts_in_view.ts";
import type { FieldView, HeaderView } from "./message/header_view.ts";
import type { Run } from "./run_state.ts";

/** The headers that a test looks at: the message's own, or with `:mime` those of parts (RFC 5703 §4). */
export function headersInView(call: Call, run: Run): HeaderView[] {
  if (!call.tags.has("mime")) return [run.message.header];
  return partsInView(call, run).map((part) => run.message.partHeader(part));
}

/**
 * The fields of a name that a test looks at: all, or with `:index` the one of that number, counted from the front, or
 * with `:last` from the end (RFC 5260 §6).
 */
export function fieldsInView(call: Call, run: Run, name: string): readonly FieldView[] {
  const index = run.number(call, "index");
  const found = headersInView(call, run).flatMap((header) => {
    const fields = header.fields(name);
    if (index === null) return fields;
    const one = call.tags.has("last") ? fields[fields.length - index] : fields[index - 1];
    return one === undefined ? [] : [one];
  });
  for (const field of found) if (field.decoded === undefined) run.chargeText(field.folded.length);
  return found;
}
