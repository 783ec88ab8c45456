import * as z from "zod";
import type { ActorAddress } from "../actor/actor.ts";
import type { FaultCode } from "../base/fault.ts";
import { LIMITS } from "../base/limits.ts";

/**
 * What the two servers of a pair say to each other. Both say `hello` and `welcome`; from then on either asks and
 * answers. Two neighbouring releases must understand each other: unknown keys are dropped, unknown types passed over.
 */

/** The oldest and the newest version of the protocol that a server speaks. */
export type VersionRange = readonly [min: number, max: number];

/** What this release speaks. */
export const SPOKEN: VersionRange = [1, 1];

/** Every code there is, for the compiler to compare with the list in `fault.ts`. */
const CODES: Readonly<Record<FaultCode, true>> = {
  invalid: true,
  not_found: true,
  exists: true,
  denied: true,
  over_quota: true,
  too_big: true,
  limit: true,
  conflict: true,
  moved: true,
  rejected: true,
  no_space: true,
  busy: true,
  unavailable: true,
  internal: true,
};

const number = z.int().min(0);
const reason = z.string().transform((text) => text.slice(0, LIMITS.linkReasonChars));
const range = z.tuple([number, number]).refine(([min, max]) => min <= max, "a range that is upside down");
/** Which kinds of actor there are and which may be asked is for the one who answers to say. */
const address = z.string().regex(/^[a-z]+:./, "not an actor").transform((text) => text as ActorAddress);
/** A code that a newer release has and this one lacks is a failure all the same. */
const code = z.string().transform((text): FaultCode => isFaultCode(text) ? text : "internal");
const mark = z.object({ position: number, tag: z.string() });

const meetings = z.object({ count: z.int().min(-1), last: z.string().max(100), next: z.string().max(100) });

const messages = {
  hello: z.object({
    type: z.literal("hello"),
    node: z.string(),
    dataId: z.string().min(1).max(100),
    met: meetings.optional(),
    versions: range,
  }),
  welcome: z.object({ type: z.literal("welcome"), version: number }),
  refuse: z.object({ type: z.literal("refuse"), reason }),
  ask: z.object({
    type: z.literal("ask"),
    id: number,
    to: address,
    name: z.string().min(1),
    request: z.unknown().optional(),
    requestId: z.string().nullable(),
    homeOnly: z.boolean().default(false),
  }),
  ok: z.object({ type: z.literal("ok"), id: number, reply: z.unknown().optional(), mark: mark.nullable() }),
  fault: z.object({ type: z.literal("fault"), id: number, code, message: z.string() }),
  ping: z.object({ type: z.literal("ping"), id: number }),
  pong: z.object({ type: z.literal("pong"), id: number }),
  bye: z.object({ type: z.literal("bye"), reason }),
};

const anyMessage = z.discriminatedUnion("type", [
  messages.hello,
  messages.welcome,
  messages.refuse,
  messages.ask,
  messages.ok,
  messages.fault,
  messages.ping,
  messages.pong,
  messages.bye,
]);

/** One message, as read. */
export type PeerMessage = z.output<typeof anyMessage>;

/** One message, as sent. */
export type OutgoingMessage = z.input<typeof anyMessage>;

/** How a server introduces itself on the wire. */
export type HelloMessage = z.output<typeof messages.hello>;

/** Reads a message; null for a type that this release does not know. Throws SyntaxError. */
export function parseMessage(value: unknown): PeerMessage | null {
  if (typeof value !== "object" || value === null || !("type" in value) || typeof value.type !== "string") {
    throw new SyntaxError("a message without a type");
  }
  if (!Object.hasOwn(messages, value.type)) return null;
  const result = anyMessage.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  throw new SyntaxError(`a ${value.type} with a wrong ${issue.path.join(".") || "form"}: ${issue.message}`);
}

/** The highest version that both speak; null when there is none. */
export function commonVersion(ours: VersionRange, theirs: VersionRange): number | null {
  const version = Math.min(ours[1], theirs[1]);
  return version >= Math.max(ours[0], theirs[0]) ? version : null;
}

/** A range in words. */
export function formatRange([min, max]: VersionRange): string {
  return min === max ? `version ${min}` : `versions ${min} to ${max}`;
}

function isFaultCode(text: string): text is FaultCode {
  return Object.hasOwn(CODES, text);
}
