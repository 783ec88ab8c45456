import type { Input, Io } from "./command.ts";

const UNITS = ["B", "KiB", "MiB", "GiB", "TiB"];

/** `512 MiB`; empty for null. */
export function sizeText(bytes: number | null | undefined): string {
  if (bytes === null || bytes === undefined) return "";
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < UNITS.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${Number.isInteger(value) ? value : value.toFixed(1)} ${UNITS[unit]}`;
}

/** A moment as people read it, UTC. */
export function timeText(ms: number): string {
  return new Date(ms).toISOString().replace("T", " ").slice(0, 19);
}

/** Prints a value as JSON when `--json` is set, otherwise `text`, or its fields one a line. */
export function printView(io: Io, input: Input, value: object, text?: string): void {
  if (input.isSet("json")) io.out(JSON.stringify(value, null, 2));
  else io.out(text ?? fields(value).join("\n"));
}

function fields(value: object, prefix = ""): string[] {
  return Object.entries(value).flatMap(([name, field]) => {
    if (field !== null && typeof field === "object" && !Array.isArray(field)) {
      return fields(field, `${prefix}${name}.`);
    }
    return [`${prefix}${name}: ${Array.isArray(field) ? field.map(itemText).join(", ") : itemText(field)}`];
  });
}

function itemText(item: unknown): string {
  if (item === null || item === undefined) return "-";
  return typeof item === "object" ? JSON.stringify(item) : String(item);
}
