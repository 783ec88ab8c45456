import { ok, type Reply } from "./reply.ts";
import type { SieveSession } from "./session.ts";

/** UNAUTHENTICATE (RFC 5804 §2.14.1): TLS stays as it is. */
export function onUnauthenticate(session: SieveSession): Reply {
  session.log.info("managesieve.unauthenticate", { account: session.account?.address });
  session.logOut();
  return ok("logged out");
}
