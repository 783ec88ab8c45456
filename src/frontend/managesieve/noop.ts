import { formatString } from "../../codec/managesieve/response.ts";
import type { CommandOf } from "./commands.ts";
import { ok, type Reply } from "./reply.ts";
import type { SieveSession } from "./session.ts";

/** NOOP (RFC 5804 §2.13): the tag comes back, so that a client finds its place in the answers again. */
export function onNoop(_session: SieveSession, { tag }: CommandOf<"NOOP">): Reply {
  return ok("NOOP completed", tag === null ? null : `TAG ${formatString(tag)}`);
}
