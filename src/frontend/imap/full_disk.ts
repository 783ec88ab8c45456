import { Fault } from "../../base/fault.ts";

/**
 * Asks for something that is read and marked as read in one turn (\Recent, \Seen). On a full disk it is asked for
 * again without the mark: reading goes on, and the mark can be set another time.
 */
export async function readOnFullDisk<T>(mark: boolean, ask: (mark: boolean) => Promise<T>): Promise<T> {
  try {
    return await ask(mark);
  } catch (error) {
    if (mark && error instanceof Fault && error.code === "no_space") return await ask(false);
    throw error;
  }
}
