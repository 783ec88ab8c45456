import type { ActorAddress } from "./actor.ts";
import type { FaultCode } from "../base/fault.ts";

/** How a request ended. */
export type Outcome = { ok: true; reply: unknown } | { ok: false; code: FaultCode; message: string };

/** A request on its way to one actor. */
export interface ActorRequest {
  to: ActorAddress;
  name: string;
  request: unknown;
  /** Given by callers that may repeat the request; makes it idempotent. */
  requestId: string | null;
}

/** The outcome of a thrown Fault. */
export function failed(code: FaultCode, message: string): Outcome {
  return { ok: false, code, message };
}
