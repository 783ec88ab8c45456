import type { Account } from "../../../actors/directory/contract.ts";
import type { MailboxContract } from "../../../actors/mailbox/contract.ts";
import type { ImapEvent, StoredFilter } from "../../../actors/mailbox/filter/contract.ts";
import type { ActorRef } from "../../actor/actor.ts";
import { errorFields } from "../../base/log.ts";
import type { Session } from "./session.ts";

/** Requests that may be events for scripts (RFC 6785 §2.2). */
const EVENTFUL: ReadonlySet<string> = new Set(["append", "copy", "store", "fetch"]);

/**
 * A mailbox as a session uses it: when something was done in a folder that has a script for that, the script has run
 * before the client hears of it. A script that fails does not undo what the client did.
 */
export function withEvents(
  session: Session,
  mailbox: ActorRef<MailboxContract>,
  owner: Account,
): ActorRef<MailboxContract> {
  if (!session.context.filtering) return mailbox;
  return {
    address: mailbox.address,
    ask(name, request, options) {
      const asked = mailbox.ask(name, request, options);
      if (!EVENTFUL.has(name)) return asked;
      return asked.then(async (reply) => {
        const { events } = reply as { events?: ImapEvent[] };
        if (events) await runEvents(session, mailbox, owner, events);
        return reply;
      });
    },
  };
}

async function runEvents(
  session: Session,
  mailbox: ActorRef<MailboxContract>,
  owner: Account,
  events: readonly ImapEvent[],
): Promise<void> {
  try {
    const filter = await storedFilter(session, owner);
    for (const event of events) {
      for (let from: number | null = 1; from !== null;) {
        const page: MailboxContract["runEvent"]["reply"] = await mailbox.ask("runEvent", {
          event,
          from,
          filter: { ...filter, sends: session.sends },
        });
        session.countSends(page.sent);
        for (const { uid, actions, error } of page.verdicts) {
          session.log.info("imap.event", {
            cause: event.cause,
            uid,
            sieve: actions,
            error: error ?? undefined,
          });
        }
        from = page.next;
      }
    }
  } catch (error) {
    session.log.warn("imap.event_failed", errorFields(error));
  }
}

/** What scripts are told that run over stored messages for this session, without what they may still send. */
export async function storedFilter(
  { context, user }: Session,
  account: Account,
): Promise<Omit<StoredFilter, "sends">> {
  const { hostname, version } = context;
  return {
    site: { global: (await context.filtering!.siteScripts()).global },
    owner: { address: account.address, name: account.displayName, aliases: [] },
    user: user.address,
    zoneMinutes: -new Date(context.clock.nowMs()).getTimezoneOffset(),
    environment: {
      name: "Mallard",
      version,
      host: hostname,
      domain: hostname.slice(hostname.indexOf(".") + 1),
    },
    hostname,
    limits: account.limits,
  };
}
