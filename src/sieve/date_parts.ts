import { formatDate } from "../codec/text/date.ts";

const DAY_MS = 86_400_000;
/** Modified Julian Day of 1970-01-01 (RFC 5260 §4.2). */
const EPOCH_JULIAN = 40_587;

/** A part of a moment as text, in a zone given in minutes east of UTC. */
type DatePart = (local: Date, ms: number, zoneMinutes: number) => string;

const PARTS: Readonly<Record<string, DatePart>> = {
  year: (local) => digits(local.getUTCFullYear(), 4),
  month: (local) => digits(local.getUTCMonth() + 1, 2),
  day: (local) => digits(local.getUTCDate(), 2),
  date: (local) => isoDate(local),
  julian: (local) => String(Math.floor(local.getTime() / DAY_MS) + EPOCH_JULIAN),
  hour: (local) => digits(local.getUTCHours(), 2),
  minute: (local) => digits(local.getUTCMinutes(), 2),
  second: (local) => digits(local.getUTCSeconds(), 2),
  time: (local) => isoTime(local),
  iso8601: (local, _ms, zone) => `${isoDate(local)}T${isoTime(local)}${zone === 0 ? "Z" : offset(zone, ":")}`,
  std11: (_local, ms, zone) => formatDate(ms, zone),
  zone: (_local, _ms, zone) => offset(zone, ""),
  weekday: (local) => String(local.getUTCDay()),
};

/** Names of the parts, for messages. */
export const DATE_PARTS = Object.keys(PARTS);

/** Whether there is a part of this name, in any case. */
export function isDatePart(name: string): boolean {
  return Object.hasOwn(PARTS, name.toLowerCase());
}

/** A part of a moment (RFC 5260 §4.2); the name is one of `DATE_PARTS` in any case. */
export function datePart(name: string, ms: number, zoneMinutes: number): string {
  return PARTS[name.toLowerCase()](new Date(ms + zoneMinutes * 60_000), ms, zoneMinutes);
}

/** `+hhmm` or `-hhmm` in minutes; null when it is none. */
export function parseZone(text: string): number | null {
  const match = /^([+-])(\d\d)([0-5]\d)$/.exec(text);
  if (match === null || Number(match[2]) > 23) return null;
  const minutes = Number(match[2]) * 60 + Number(match[3]);
  return match[1] === "-" && minutes !== 0 ? -minutes : minutes;
}

function isoDate(local: Date): string {
  return `${digits(local.getUTCFullYear(), 4)}-${digits(local.getUTCMonth() + 1, 2)}-${
    digits(local.getUTCDate(), 2)
  }`;
}

function isoTime(local: Date): string {
  return [local.getUTCHours(), local.getUTCMinutes(), local.getUTCSeconds()].map((n) => digits(n, 2)).join(
    ":",
  );
}

function offset(zoneMinutes: number, between: string): string {
  const size = Math.abs(zoneMinutes);
  return `${zoneMinutes < 0 ? "-" : "+"}${digits(Math.floor(size / 60), 2)}${between}${digits(size % 60, 2)}`;
}

function digits(value: number, length: number): string {
  return String(value).padStart(length, "0");
}
