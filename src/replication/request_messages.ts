import type { MailboxContract } from "../../actors/mailbox/contract.ts";
import type { ActorRequest } from "../actor/request.ts";

/** The bytes of the messages that a request brings to a mailbox. */
export function messagesOf(request: ActorRequest): Uint8Array[] {
  if (request.name === "deliver") {
    return [(request.request as MailboxContract["deliver"]["request"]).message.raw];
  }
  if (request.name === "fileCopy") {
    return [(request.request as MailboxContract["fileCopy"]["request"]).message.raw];
  }
  if (request.name === "append") {
    return (request.request as MailboxContract["append"]["request"]).messages.map(({ raw }) => raw);
  }
  return [];
}
