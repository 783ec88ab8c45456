import { LIMITS } from "../../base/limits.ts";
import type { FrontendContext } from "../context.ts";

/** A figure is believed so long. */
const FRESH_MS = 10_000;
/** Room that is left before the mailbox is asked for each message again: several of the largest messages. */
const MARGIN_MESSAGES = 4;

/**
 * What mailboxes held when they were last asked, plus what was delivered since. RCPT asks again only when that is old
 * or the quota near; the mailbox itself decides at delivery. Saves one request for most messages.
 */
export interface UsageHints {
  /** Surely room for that many bytes. */
  hasRoom(accountId: string, bytes: number, quotaBytes: number, nowMs: number): boolean;
  learn(accountId: string, usedBytes: number, nowMs: number): void;
  delivered(accountId: string, bytes: number): void;
}

const byContext = new WeakMap<FrontendContext, UsageHints>();

/** The hints that all sessions of a server share. */
export function usageHints(context: FrontendContext): UsageHints {
  let hints = byContext.get(context);
  if (!hints) {
    hints = createUsageHints(context.messageBytes * MARGIN_MESSAGES);
    byContext.set(context, hints);
  }
  return hints;
}

function createUsageHints(marginBytes: number): UsageHints {
  const known = new Map<string, { bytes: number; atMs: number }>();
  return {
    hasRoom(accountId, bytes, quotaBytes, nowMs) {
      const hint = known.get(accountId);
      if (!hint || nowMs - hint.atMs > FRESH_MS) return false;
      return hint.bytes + bytes + marginBytes <= quotaBytes;
    },
    learn(accountId, usedBytes, nowMs) {
      if (known.size >= LIMITS.smtpUsageHints) known.clear();
      known.set(accountId, { bytes: usedBytes, atMs: nowMs });
    },
    delivered(accountId, bytes) {
      const hint = known.get(accountId);
      if (hint) hint.bytes += bytes;
    },
  };
}
