const DAY_MS = 86_400_000;
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const MONTH_BY_NAME = new Map(MONTHS.map((name, month) => [name.toLowerCase(), month]));

/** Days since 1970-01-01 of `1-Feb-2026` (RFC 9051 §9, date-text). Throws SyntaxError, also for 31-Feb. */
export function parseDateText(text: string): number {
  const match = /^(\d{1,2})-([A-Za-z]{3})-(\d{4})$/.exec(text);
  if (!match) throw new SyntaxError("bad date");
  return dayNumber(match[1], match[2], match[3]);
}

/** Milliseconds since 1970 of ` 1-Feb-2026 10:00:00 +0100` (RFC 9051 §9, date-time without its quotes). */
export function parseDateTimeText(text: string): number {
  const match = /^( \d|\d\d)-([A-Za-z]{3})-(\d{4}) (\d\d):(\d\d):(\d\d) ([+-])(\d\d)(\d\d)$/.exec(text);
  if (!match) throw new SyntaxError("bad date-time");
  const [hour, minute, second] = [Number(match[4]), Number(match[5]), Number(match[6])];
  const [zoneHour, zoneMinute] = [Number(match[8]), Number(match[9])];
  // Second 60 is a leap second and counts as the next minute's first.
  if (hour > 23 || minute > 59 || second > 60 || zoneHour > 23 || zoneMinute > 59) {
    throw new SyntaxError("bad time");
  }
  const zoneMinutes = (zoneHour * 60 + zoneMinute) * (match[7] === "-" ? -1 : 1);
  const day = dayNumber(match[1].trim(), match[2], match[3]);
  return day * DAY_MS + ((hour * 60 + minute - zoneMinutes) * 60 + second) * 1000;
}

function dayNumber(day: string, monthName: string, year: string): number {
  const month = MONTH_BY_NAME.get(monthName.toLowerCase());
  const date = new Date(0);
  if (month === undefined) throw new SyntaxError("bad month");
  date.setUTCFullYear(Number(year), month, Number(day));
  if (date.getUTCMonth() !== month || !Number(day)) throw new SyntaxError("no such day");
  return date.getTime() / DAY_MS;
}

let lastDay = NaN;
let lastDayText = "";

/** `01-Jan-2026 00:00:00 +0000`, to be put in quotes (RFC 9051 §9, date-time). Fractions of seconds are dropped. */
export function formatInternalDate(ms: number): string {
  const day = Math.floor(ms / DAY_MS);
  if (day !== lastDay) {
    const date = new Date(day * DAY_MS);
    const year = String(date.getUTCFullYear()).padStart(4, "0");
    lastDayText = `${two(date.getUTCDate())}-${MONTHS[date.getUTCMonth()]}-${year} `;
    lastDay = day;
  }
  const second = Math.floor((ms - day * DAY_MS) / 1000);
  const minute = Math.floor(second / 60);
  return `${lastDayText}${two(Math.floor(minute / 60))}:${two(minute % 60)}:${two(second % 60)} +0000`;
}

function two(number: number): string {
  return number < 10 ? "0" + number : String(number);
}
