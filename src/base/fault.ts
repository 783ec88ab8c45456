/**
 * The closed list of reasons why a request can fail. Each frontend maps a code to its own words in its
 * `reply.ts`; the HTTP frontend publishes it as the problem `code`.
 */
export type FaultCode =
  | "invalid" // the request makes no sense; repeating it will not help
  | "not_found"
  | "exists"
  | "denied" // authenticated or not, this caller may not
  | "over_quota"
  | "too_big" // over a size limit whatever the quota
  | "limit" // a bound on count or rate was met
  | "conflict" // a precondition no longer holds
  | "moved" // the other server orders this actor's changes: never leaves the program
  | "rejected" // policy says no
  | "no_space" // the disk is full: temporary
  | "busy" // an inbox or a budget is full: temporary
  | "unavailable" // the place that holds the actor is away: temporary
  | "internal"; // our bug: temporary for the client, an error for us

/** A failure that crosses a border. `message` may be shown to a client; `cause` is only for the log. */
export class Fault extends Error {
  override readonly name = "Fault";
  constructor(readonly code: FaultCode, message: string, options?: ErrorOptions) {
    super(message, options);
  }
}

const TEMPORARY: ReadonlySet<FaultCode> = new Set(["moved", "no_space", "busy", "unavailable", "internal"]);

/** Whether the same request may succeed later without anybody changing anything (SMTP 4xx). */
export function isTemporary(code: FaultCode): boolean {
  return TEMPORARY.has(code);
}

/** Any thrown value as a Fault; what is not one already is a bug of ours and becomes `internal`. */
export function asFault(error: unknown): Fault {
  if (error instanceof Fault) return error;
  return new Fault("internal", "internal error", { cause: error });
}
