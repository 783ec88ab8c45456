import type { DirectoryContract } from "../../actors/directory/contract.ts";
import type { QueueEnvelope, QueueLease } from "../../actors/queue/contract.ts";
import { Fault } from "../base/fault.ts";
import type { OutboundContext } from "./context.ts";

/**
 * The envelope under which mail leaves. What a mailbox's script sends on (RFC 5228 §4.2) goes under a rewritten sender
 * (M01), so that receivers who check it find us, and reports come back through us. The mailbox cannot ask the directory,
 * so it is rewritten here.
 */
export async function forwardedEnvelope(
  { envelope, source, accountId }: QueueLease,
  { system }: OutboundContext,
): Promise<QueueEnvelope> {
  if (source !== "redirect" || envelope.from === null || accountId === null) return envelope;
  const directory = system.ref<DirectoryContract>("directory:main");
  try {
    const { address } = await directory.ask("account", { id: accountId });
    return { ...envelope, ...await directory.ask("rewriteSender", { from: envelope.from, by: address }) };
  } catch (error) {
    // The account is gone: nobody's address could stand for the sender.
    if (error instanceof Fault && (error.code === "not_found" || error.code === "denied")) return envelope;
    throw error;
  }
}
