import type { DeliveryFilter } from "../../../actors/mailbox/filter/contract.ts";
import type { Incoming } from "./deliver.ts";
import type { Leg } from "./legs.ts";
import type { SmtpSession } from "./session.ts";

/** What the scripts of a mailbox are told of one copy; undefined where nothing is filtered. */
export async function deliveryFilter(
  session: SmtpSession,
  { recipient, mailbox }: Leg,
  incoming: Incoming,
  mayRefuse: boolean,
): Promise<DeliveryFilter | undefined> {
  const { connection, context, account: sender } = session;
  // A folder's own address is past all scripts.
  if (!context.filtering || !mailbox || mailbox.folder !== undefined) return undefined;
  const { account, address, own } = mailbox;
  const { from, parameters } = session.transaction!;
  const neighbour = { address: connection.remote.address, lmtp: session.isLmtp };
  return {
    site: await context.filtering.siteScripts(),
    envelope: {
      from,
      to: address,
      // Scripts take it for an address of the owner's: that of a group or a shared alias is not.
      originalTo: own ? recipient.address : null,
      auth: sender?.address ?? null,
      smtpUtf8: parameters.smtpUtf8,
    },
    owner: {
      address: account.address,
      name: account.displayName,
      aliases: own ? [...new Set([recipient.address, address])].filter((one) => one !== account.address) : [],
    },
    zoneMinutes: -new Date(incoming.nowMs).getTimezoneOffset(),
    environment: {
      name: "Mallard",
      version: context.version,
      host: context.hostname,
      domain: context.hostname.slice(context.hostname.indexOf(".") + 1),
      location: "MDA",
      phase: "during",
      "remote-ip": connection.remote.address,
    },
    ...context.filtering.verdictOf(incoming.raw, neighbour),
    mayRefuse,
    hostname: context.hostname,
  };
}
