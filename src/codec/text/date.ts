/** A Date header as read. */
export interface HeaderDate {
  /** Milliseconds since 1970. */
  ms: number;
  /** The day as written, without regard to time and zone, in days since 1970-01-01. */
  day: number;
  /** The zone as written, in minutes east of UTC. */
  zoneMinutes: number;
  /** The month has such a day, and the year is 1900 or later (RFC 5322 §3.3); what is not was read as best could be. */
  isReal: boolean;
}

const DAY_NAMES = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const MONTH_NAMES = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const MONTHS = new Map(MONTH_NAMES.map((name, i) => [name.toLowerCase(), i]));
const DAY_MS = 86_400_000;
const OLDEST_YEAR = 1900;
/** No date needs more, comments and folds included. */
const DATE_CHARS = 500;

/** Zones by name, in minutes (RFC 5322 §4.3). Military letters count as unknown: RFC 822 had their signs wrong. */
const ZONES = new Map([
  ["ut", 0],
  ["gmt", 0],
  ["utc", 0],
  ["est", -300],
  ["edt", -240],
  ["cst", -360],
  ["cdt", -300],
  ["mst", -420],
  ["mdt", -360],
  ["pst", -480],
  ["pdt", -420],
]);

// [day-name ","] day month year [hour ":" minute [":" second]] [zone], with the blanks and signs that mail has.
const DATE =
  /^\s*(?:[A-Za-z]{2,9}\s*,?\s*)?(\d{1,2})[\s-]+([A-Za-z]{3})[A-Za-z]{0,6}[\s-]+(\d{2,5})(?:[\s,]+(\d{1,2})\s*[:.]\s*(\d{1,2})(?:\s*[:.]\s*(\d{1,2}))?)?(?:[.,]\d+)?\s*(?:([+-])\s*(\d{1,2}):?(\d{2})|([A-Za-z]{1,5}))?/;

/** asctime's order, which some programs write: `Mon Jan  1 00:00:00 2001`. */
const ASCTIME =
  /^\s*(?:[A-Za-z]{3}\s*,?\s+)?([A-Za-z]{3})\s+(\d{1,2})\s+(\d{1,2}):(\d{2})(?::(\d{2}))?\s+(?:([A-Za-z]{3,4})\s+)?(\d{4})/;

/**
 * Reads an RFC 5322 §3.3 date with the obsolete forms of §4.3 (two-digit years, named zones, comments). Null when no
 * date can be made out; a missing or unknown zone counts as UTC.
 */
export function parseDate(text: string): HeaderDate | null {
  let plain = text.slice(0, DATE_CHARS);
  if (plain.includes("(")) plain = plain.replace(/\([^()]*\)/g, " ");
  let match = DATE.exec(plain);
  if (match !== null) {
    const zone = match[7]
      ? offset(match[7], match[8], match[9])
      : ZONES.get(match[10]?.toLowerCase() ?? "") ?? 0;
    return assemble(match[3], match[2], match[1], match[4], match[5], match[6], zone);
  }
  match = ASCTIME.exec(plain);
  if (match === null) return null;
  const zone = ZONES.get(match[6]?.toLowerCase() ?? "") ?? 0;
  return assemble(match[7], match[1], match[2], match[3], match[4], match[5], zone);
}

function offset(sign: string, hours: string, minutes: string): number {
  const value = Number(hours) * 60 + Number(minutes);
  return sign === "-" ? -value : value;
}

function assemble(
  yearText: string,
  monthText: string,
  dayText: string,
  hour: string | undefined,
  minute: string | undefined,
  second: string | undefined,
  zoneMinutes: number,
): HeaderDate | null {
  const month = MONTHS.get(monthText.toLowerCase());
  const day = Number(dayText), hours = Number(hour ?? 0), minutes = Number(minute ?? 0);
  const seconds = Number(second ?? 0), year = fullYear(yearText);
  if (month === undefined || day < 1 || day > 31 || hours > 24 || minutes > 59 || seconds > 60) return null;
  const start = Date.UTC(year, month, day);
  return {
    ms: start + ((hours * 60 + minutes - zoneMinutes) * 60 + seconds) * 1000,
    day: start / DAY_MS,
    zoneMinutes,
    isReal: new Date(start).getUTCDate() === day && year >= OLDEST_YEAR,
  };
}

/** Two digits below 50 are 20xx, other two and all three digits count from 1900 (RFC 5322 §4.3). */
function fullYear(text: string): number {
  const year = Number(text);
  if (text.length === 2 && year < 50) return 2000 + year;
  return text.length <= 3 ? 1900 + year : year;
}

/** An RFC 5322 date in UTC, or at an offset in minutes: `Thu, 01 Jan 2026 00:00:00 +0000`. */
export function formatDate(ms: number, zoneMinutes = 0): string {
  const date = new Date(ms + zoneMinutes * 60_000);
  const zone = Math.abs(zoneMinutes);
  return `${DAY_NAMES[date.getUTCDay()]}, ${two(date.getUTCDate())} ${MONTH_NAMES[date.getUTCMonth()]} ` +
    `${String(date.getUTCFullYear()).padStart(4, "0")} ${two(date.getUTCHours())}:${
      two(date.getUTCMinutes())
    }:` +
    `${two(date.getUTCSeconds())} ${zoneMinutes < 0 ? "-" : "+"}${two(Math.floor(zone / 60))}${
      two(zone % 60)
    }`;
}

function two(value: number): string {
  return value < 10 ? `0${value}` : String(value);
}
