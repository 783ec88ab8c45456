const KIB = 1024;
const MIB = 1024 * KIB;

/** Bounds of what two servers say to each other; used as part of `LIMITS`. Sizes in bytes, times in milliseconds. */
export const REPLICATION_LIMITS = {
  /** Log entries in one step to the other server; and in the first of several steps, twice as many in each next one. */
  replicaPageEntries: 500,
  replicaFirstEntries: 32,
  /** Steps under way at once beside the one that every actor may have: the other server is never idle, nor flooded. */
  replicaLanes: 2,
  /** Actors that are brought in step with the other server at the same time. */
  replicaPumps: 8,
  /** How long a change waits for the joining of a branch before it is made here all the same. */
  replicaSettleMs: 5_000,
  /** How long an answer waits until a change made on the other server is visible here. */
  replicaCatchUpMs: 10_000,
  /** How long SELECT waits for what the home has and this server lacks. */
  replicaFreshMs: 2_000,
  /** How long a server that starts waits for the other one before it takes mail and logins. */
  replicaGreetMs: 2_000,
  /** Attempts to find a home that is just moving. */
  replicaHomeTries: 40,
  /** An actor whose copies are one again is struck off the list of unshipped ones after so long without changes. */
  replicaQuietMs: 1_000,
  /** One actor's copies are compared so often. */
  replicaCompareMs: 1_000,
  /** Comparing takes at most this part of the time, however large mailboxes are. */
  replicaCompareShare: 0.05,
  /** How long it is remembered what acknowledges a mailbox's changes. */
  acknowledgeMs: 5_000,
  /** Requests of the other server whose messages it is known to hold. */
  replicaForwarded: 10_000,
  /** Bytes of messages in one step to the other server. */
  replicaPageBytes: 512 * KIB,
  /** Log entries kept after both servers have them: how far back a restored backup is recognised. */
  logKeptEntries: 1000,
  /** Log entries kept for a peer that is away; one that misses more gets a copy of the whole state. */
  logEntries: 200_000,

  /** One frame of the link before both servers have introduced themselves: a hello is a few hundred bytes. */
  linkHelloBytes: 64 * KIB,
  /** Nesting of one message of the link; ours stay below ten. Keeps the reading of a hostile one off the stack's end. */
  linkNesting: 256,
  /** Asks under way over the link, each way; more are answered `busy`. Half of what a place takes. */
  linkAsks: 10_000,
  /** Bytes that wait to be sent over the link, from which on asks are answered `busy`. */
  linkQueueBytes: 64 * MIB,
  /** What short answers and pings may add to that before a peer that does not read is cut off: some `linkAsks` of them. */
  linkOverrunBytes: 4 * MIB,
  /** Handed to TLS at once: it encrypts while everything else waits, about a millisecond for so much. */
  linkWriteBytes: 256 * KIB,
  /** Silence after which the link is down when nothing else is said; pings are a quarter of it apart. */
  linkSilenceMs: 2_000,
  /** From a connection's first byte to the end of its hello: three round trips and a signature. */
  linkHandshakeMs: 5_000,
  /** Connections on the link's port that are not the peer yet; one more pushes out the oldest of the busiest address. */
  linkHalfOpen: 64,
  /** First and longest pause before the peer is called again; doubled in between. */
  linkDialMs: 100,
  linkDialMostMs: 1_000,
  /** Until somebody answers a call: a packet lost while the cable was out must not hold up the next call. */
  linkConnectMs: 1_500,
  /** How long the last words may take to leave when the link is closed. */
  linkLingerMs: 1_000,
  /** Refused connections that are logged in `linkRefusalWindowMs`; the rest is only counted. */
  linkRefusals: 10,
  linkRefusalWindowMs: 60_000,
  /** A reason that the other side gives, as it is logged. */
  linkReasonChars: 200,
} as const;
