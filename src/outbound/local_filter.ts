import type { Resolution } from "../../actors/directory/contract.ts";
import type { DeliveryFilter } from "../../actors/mailbox/filter/contract.ts";
import type { QueueLease } from "../../actors/queue/contract.ts";
import type { OutboundContext } from "./context.ts";

/**
 * What the scripts of one of our mailboxes are told of a message that comes out of the queue: there is no dialogue with
 * its sender any more, and no verdict of a filter.
 */
export async function localFilter(
  { account, address, own, folder }: Resolution["mailboxes"][number],
  recipient: QueueLease["recipients"][number],
  { envelope }: QueueLease,
  { siteScripts, settings, clock }: OutboundContext,
): Promise<DeliveryFilter | undefined> {
  // A folder's own address is past all scripts.
  if (!siteScripts || folder !== undefined) return undefined;
  const { hostname } = settings;
  return {
    site: await siteScripts(),
    envelope: {
      from: envelope.from,
      to: address,
      // Scripts take it for an address of the owner's: that of a group or a shared alias is not.
      originalTo: own ? recipient.address : null,
      auth: null,
      smtpUtf8: envelope.smtpUtf8,
    },
    owner: {
      address: account.address,
      name: account.displayName,
      aliases: own ? [...new Set([recipient.address, address])].filter((one) => one !== account.address) : [],
    },
    zoneMinutes: -new Date(clock.nowMs()).getTimezoneOffset(),
    environment: {
      name: "Mallard",
      host: hostname,
      domain: hostname.slice(hostname.indexOf(".") + 1),
      location: "MDA",
      phase: "during",
    },
    spamPercent: null,
    virusLevel: null,
    mayRefuse: false,
    hostname,
  };
}
