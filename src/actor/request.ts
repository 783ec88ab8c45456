import type { ActorAddress } from "./actor.ts";
import type { FaultCode } from "../base/fault.ts";
import type { LogMark } from "./replica.ts";

/** How a request ended; `mark` is the end of the log that the reply rests on, for actors that are replicated. */
export type Outcome = { ok: true; reply: unknown; mark?: LogMark } | {
  ok: false;
  code: FaultCode;
  message: string;
};

/** A request on its way to one actor. */
export interface ActorRequest {
  to: ActorAddress;
  name: string;
  request: unknown;
  /** Given by callers that may repeat the request; makes it idempotent. */
  requestId: string | null;
  /** Refuse with `moved` a change of an actor whose home is the other server. */
  homeOnly?: boolean;
}

/** The outcome of a thrown Fault. */
export function failed(code: FaultCode, message: string): Outcome {
  return { ok: false, code, message };
}
