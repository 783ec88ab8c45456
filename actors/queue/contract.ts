/** RFC 3461 parameters of a recipient, carried along. */
export interface DsnRecipient {
  notify: ("never" | "success" | "failure" | "delay")[];
  /** ORCPT as received: `rfc822;user@host`. */
  orcpt: string | null;
}

/** One recipient on its way. */
export interface QueueRecipient {
  address: string;
  dsn: DsnRecipient;
}

/** RFC 5321 envelope of a queued message; `from` null is the null sender `<>`. */
export interface QueueEnvelope {
  from: string | null;
  recipients: QueueRecipient[];
  smtpUtf8: boolean;
  /** BODY=BINARYMIME or 8BITMIME was declared. */
  body: "7bit" | "8bitmime" | "binarymime";
  requireTls: boolean;
  /** RFC 3461 RET and ENVID. */
  ret: "full" | "hdrs" | null;
  envid: string | null;
}

/** `relayed` went to another server, `delivered` into a mailbox of ours; only `queued` is tried again. */
export type RecipientState = "queued" | "delivered" | "failed" | "relayed" | "expired";

/** A recipient as the admin sees it. */
export interface QueueRecipientView extends QueueRecipient {
  id: number;
  state: RecipientState;
  attempts: number;
  nextAttemptMs: number;
  lastReply: string | null;
}

/** A waiting message as the admin sees it. */
export interface QueueItemView {
  id: string;
  envelope: QueueEnvelope;
  recipients: QueueRecipientView[];
  sizeBytes: number;
  createdAtMs: number;
  expiresAtMs: number;
  held: boolean;
  /** `submission`, `forward`, `dsn` … */
  source: string;
  messageId: string | null;
}

/** Work that the dispatcher took: the recipients of one message with one destination domain. */
export interface QueueLease {
  leaseId: string;
  id: string;
  domain: string;
  envelope: QueueEnvelope;
  recipients: { id: number; address: string; attempts: number; dsn: DsnRecipient }[];
  sizeBytes: number;
  messageId: string | null;
  /** As of `submit`. */
  source: string;
  accountId: string | null;
  createdAtMs: number;
  /** Set when copies of this message may have been delivered under that id already; see `submit`. */
  deliveryId?: string;
}

/** What became of one recipient in one attempt. */
export interface AttemptResult {
  recipient: number;
  outcome: "delivered" | "relayed" | "temporary" | "permanent";
  /** Enhanced status code, RFC 3463. */
  status: string;
  /** The remote server's (or our own) words: `550 5.1.1 no such user`. */
  reply: string;
  /** Who said it; null when nobody was reached. */
  remoteMta: string | null;
  /** The next server took over the promise of RFC 3461 reports, so success is not reported from here (§5.2.1). */
  dsnHandedOver?: boolean;
}

/**
 * Mail on its way out. One actor, `queue:main`. Watch topic `due`: there is something to claim. A lease ends by
 * `report`, by `renew` not coming in time, or when another holder claims: a new dispatcher means that the old one
 * and its connections are gone. A restart of the queue alone ends none, since the attempts go on elsewhere.
 */
export type QueueContract = {
  /** Idempotent under the request id. The message bytes are complete, trace headers included. */
  submit: {
    request: {
      envelope: QueueEnvelope;
      raw: Uint8Array;
      source: string;
      messageId: string | null;
      /** The account that submitted; null for forwards and reports. */
      accountId: string | null;
      /**
       * The id under which the sender of this request tried to deliver to our own mailboxes. The queue's attempts
       * go on under it, so that a copy whose answer was lost is found there instead of made again.
       */
      deliveryId?: string;
      /** The other server of a pair is given a copy: it is told when the message is done. */
      copied?: boolean;
    };
    reply: { id: string };
  };
  /** Keeps a copy of mail that the other server has on its way out. */
  keepCopy: {
    request: { id: string; node: string; submission: QueueContract["submit"]["request"] };
    reply: Record<string, never>;
  };
  dropCopies: { request: { ids: string[] }; reply: Record<string, never> };
  /** The other server is gone for good: its mail, as far as copies are here, is sent from here. */
  takeOver: { request: { node: string }; reply: { taken: number; more: boolean } };
  /** Own messages with a copy on the other server that are done; `forgetDone` once it knows. */
  doneCopies: { request: Record<string, never>; reply: { ids: string[] } };
  forgetDone: { request: { ids: string[] }; reply: Record<string, never> };
  /** Takes due work; at most `perDomain` leases of one domain at once over all. `holder` names the run of a dispatcher. */
  claim: {
    request: { max: number; perDomain: number; leaseMs: number; holder?: string };
    reply: { leases: QueueLease[]; nextDueMs: number | null };
  };
  /** Fault `not_found`: the lease is no more. */
  renew: { request: { leaseId: string; leaseMs: number }; reply: Record<string, never> };
  /**
   * Recipients without a result are tried again. Final results count even when the lease has ended meanwhile: what
   * a remote server answered stays true.
   */
  report: { request: { leaseId: string; results: AttemptResult[] }; reply: Record<string, never> };
  /** One page; may hold less than `length`. */
  readBody: {
    request: { id: string; offset: number; length: number };
    reply: { data: Uint8Array; next: number | null };
  };

  list: {
    request: { after?: string; limit?: number };
    reply: { items: QueueItemView[]; next: string | null };
  };
  /**
   * One message, by its own id or by that of the delivery which brought it, as the client was told it. `retry` and
   * `hold` answer with what they left: the message may be gone a moment later.
   */
  get: { request: { id: string }; reply: QueueItemView };
  remove: { request: { id: string }; reply: Record<string, never> };
  retry: { request: { id: string }; reply: QueueItemView };
  hold: { request: { id: string; held: boolean }; reply: QueueItemView };
  /** How reports are written and when attempts are made; from the configuration at start. */
  configure: {
    request: {
      hostname: string;
      postmaster: string;
      expireMs: number;
      delayNoticeMs: number | null;
      backoffMs: number[];
    };
    reply: Record<string, never>;
  };
  /** The durable wake-up: ends overdue leases and publishes `due`. */
  wake: { request: Record<string, never>; reply: Record<string, never> };
  stats: {
    request: Record<string, never>;
    reply: { items: number; bytes: number; leases: number; oldestMs: number | null; copies: number };
  };
  check: { request: Record<string, never>; reply: { problems: string[] } };
};
