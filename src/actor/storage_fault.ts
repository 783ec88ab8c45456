import { asFault, Fault } from "../base/fault.ts";

/** What SQLite says where it gives no number: errors of `exec` have a text only. */
const FULL_TEXT = "database or disk is full";
const IO_TEXT = "disk I/O error";

/**
 * Any thrown value as a Fault; what a client should hear as a temporary want of the disk becomes `no_space`:
 * SQLITE_FULL (13), SQLITE_IOERR (10), and a folder that cannot be made.
 */
export function storageFault(error: unknown): Fault {
  const { errcode, code, message } = (error ?? {}) as { errcode?: number; code?: string; message?: string };
  const primary = errcode === undefined ? 0 : errcode & 0xff;
  if (primary === 13 || message === FULL_TEXT || code === "ENOSPC") {
    return new Fault("no_space", "the disk is full", { cause: error });
  }
  if (primary === 10 || message === IO_TEXT) return new Fault("no_space", "the disk fails", { cause: error });
  return asFault(error);
}
