/**
 * One JSON object a line. Event names are listed here so that there are no free-text keys; fields are ids, counts
 * and sizes, never passwords, bodies or subjects.
 */
export type LogLevel = "debug" | "info" | "warn" | "error";
/** `syslog` is RFC 5424 §6 with the line's JSON as its message: for a pipe into a syslog daemon. */
export type LogFormat = "json" | "pretty" | "syslog";
export type LogFields = Record<string, string | number | boolean | null | undefined | readonly string[]>;

/** Where lines go; replaced in tests. */
export type LogSink = (line: string) => void;

/** Writes events with a level and fields. */
export interface Log {
  debug(event: string, fields?: LogFields): void;
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
  error(event: string, fields?: LogFields): void;
  /** The same log with fields added to every line. */
  with(fields: LogFields): Log;
}

/** RFC 5424 §6.2.1: facility 2, the mail system, with the severity. */
const PRIORITY: Record<LogLevel, number> = { debug: 23, info: 22, warn: 20, error: 19 };
const ORDER: Record<LogLevel, number> = { debug: 0, info: 1, warn: 2, error: 3 };

/** What a log is made of. */
export interface LogOptions {
  level: LogLevel;
  sink: LogSink;
  nowMs: () => number;
  format: LogFormat;
  /** The process, for `syslog`. */
  pid?: number;
}

/** Makes a log over a sink. */
export function createLog(options: LogOptions, base: LogFields = {}): Log {
  const write = (level: LogLevel, event: string, fields?: LogFields) => {
    if (ORDER[level] < ORDER[options.level]) return;
    const time = new Date(options.nowMs()).toISOString();
    if (options.format !== "pretty") {
      const line = JSON.stringify({ time, level, event, ...base, ...fields });
      const head = `<${PRIORITY[level]}>1 ${time} - mallard ${options.pid ?? "-"} ${event} - `;
      options.sink(options.format === "syslog" ? head + line : line);
    } else {
      const rest = Object.entries({ ...base, ...fields }).filter(([, v]) => v !== undefined && v !== null)
        .map(([k, v]) => `${k}=${typeof v === "string" && !/[\s"=]/.test(v) ? v : JSON.stringify(v)}`);
      options.sink(`${time} ${level.padEnd(5)} ${event} ${rest.join(" ")}`);
    }
  };
  return {
    debug: (event, fields) => write("debug", event, fields),
    info: (event, fields) => write("info", event, fields),
    warn: (event, fields) => write("warn", event, fields),
    error: (event, fields) => write("error", event, fields),
    with: (fields) => createLog(options, { ...base, ...fields }),
  };
}

/** A log that drops everything. */
export const silentLog: Log = createLog({ level: "error", sink: () => {}, nowMs: () => 0, format: "json" });

/** Fields that describe a thrown value: its message and, for bugs, its stack. */
export function errorFields(error: unknown): LogFields {
  if (!(error instanceof Error)) return { error: String(error) };
  const cause = error.cause instanceof Error ? error.cause : undefined;
  return { error: error.message, cause: cause?.message, stack: (cause ?? error).stack };
}
