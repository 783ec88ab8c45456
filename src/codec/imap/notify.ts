import { LIMITS } from "../../base/limits.ts";
import type { Arguments } from "./arguments.ts";
import { type FetchAttribute, parseFetchItems } from "./fetch_items.ts";

/** Events that are told here (RFC 5465 §5). */
export const NOTIFY_EVENTS = [
  "MessageNew",
  "MessageExpunge",
  "FlagChange",
  "MailboxName",
  "SubscriptionChange",
  "MailboxMetadataChange",
  "ServerMetadataChange",
] as const;

/** One of them. */
export type NotifyEvent = typeof NOTIFY_EVENTS[number];

/** Which folders a group is about (RFC 5465 §6). */
export type NotifyFilter =
  | { kind: "selected" | "selected-delayed" | "personal" | "subscribed" }
  | { kind: "subtree" | "mailboxes"; names: ReadonlySet<string> };

/** One group of events. */
export interface NotifyGroup {
  filter: NotifyFilter;
  events: ReadonlySet<NotifyEvent>;
  /** What MessageNew tells of new messages in the selected folder. */
  attributes: FetchAttribute[] | null;
}

/** NOTIFY SET; null is NOTIFY NONE. */
export type NotifyRequest = { status: boolean; groups: NotifyGroup[] } | null;

/** An event that is not known here: answered NO [BADEVENT], not BAD (RFC 5465 §3.1). */
export class BadEvent extends Error {}

const EVENTS = new Map<string, NotifyEvent>(NOTIFY_EVENTS.map((event) => [event.toUpperCase(), event]));
/** Events of messages: the only ones of the selected folder. */
const OF_MESSAGES: ReadonlySet<NotifyEvent> = new Set(["MessageNew", "MessageExpunge", "FlagChange"]);

/** Parses the arguments of NOTIFY (RFC 5465 §8). Throws SyntaxError and BadEvent. */
export function parseNotify(args: Arguments): NotifyRequest {
  args.space();
  if (args.acceptWord("NONE")) return args.end(), null;
  if (!args.acceptWord("SET")) throw new SyntaxError("expected SET or NONE");
  args.space();
  const status = args.acceptWord("STATUS");
  if (status) args.space();
  const groups: NotifyGroup[] = [];
  let names = 0;
  do {
    const group = parseGroup(args);
    if ("names" in group.filter) names += group.filter.names.size;
    groups.push(group);
  } while (args.accept(" "));
  args.end();
  if (groups.length > LIMITS.notifyGroups || names > LIMITS.notifyNames) {
    throw new SyntaxError("too many groups");
  }
  if (groups.filter(({ filter }) => isSelected(filter)).length > 1) {
    throw new SyntaxError("SELECTED goes once"); // RFC 5465 §6.1
  }
  return { status, groups };
}

/** Whether a filter means the selected folder, whichever it is. */
export function isSelected(filter: NotifyFilter): boolean {
  return filter.kind === "selected" || filter.kind === "selected-delayed";
}

function parseGroup(args: Arguments): NotifyGroup {
  args.expect("(");
  const filter = parseFilter(args);
  args.space();
  const group: NotifyGroup & { events: Set<NotifyEvent> } = { filter, events: new Set(), attributes: null };
  if (!args.acceptWord("NONE")) parseEvents(args, group);
  args.expect(")");
  const { events } = group;
  const both = events.has("MessageNew") && events.has("MessageExpunge");
  if (!both && [...OF_MESSAGES].some((event) => events.has(event))) {
    throw new SyntaxError("MessageNew and MessageExpunge go together"); // RFC 5465 §5
  }
  if (isSelected(filter) && [...events].some((event) => !OF_MESSAGES.has(event))) {
    throw new SyntaxError("SELECTED takes events of messages only");
  }
  if (group.attributes && !isSelected(filter)) throw new SyntaxError("FETCH items are for SELECTED");
  return group;
}

function parseFilter(args: Arguments): NotifyFilter {
  const kind = args.atom().toLowerCase();
  switch (kind) {
    case "selected":
    case "selected-delayed":
    case "personal":
    case "subscribed":
      return { kind };
    case "inboxes": // mail may be delivered into any folder (RFC 5465 §6.3)
      return { kind: "personal" };
    case "subtree":
    case "mailboxes": {
      args.space();
      const names = args.peek() === "(" ? args.list(() => args.mailbox()) : [args.mailbox()];
      if (!names.length) throw new SyntaxError("no folders");
      return { kind, names: new Set(names) };
    }
    default:
      throw new SyntaxError(`unknown folders ${kind}`);
  }
}

function parseEvents(args: Arguments, group: NotifyGroup & { events: Set<NotifyEvent> }): void {
  args.expect("(");
  let unknown: string | null = null;
  do {
    if (args.peek() === "(") {
      // Only behind MessageNew.
      if (group.attributes || [...group.events].at(-1) !== "MessageNew") {
        throw new SyntaxError("unexpected list");
      }
      group.attributes = parseFetchItems(args);
      continue;
    }
    const word = args.atom();
    const event = EVENTS.get(word.toUpperCase());
    if (event) group.events.add(event);
    else unknown = word;
  } while (args.accept(" "));
  args.expect(")");
  if (unknown !== null) throw new BadEvent(unknown);
}
