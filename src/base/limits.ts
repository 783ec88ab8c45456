import { REPLICATION_LIMITS } from "./replication_limits.ts";

const KIB = 1024;
const MIB = 1024 * KIB;

/**
 * Every bound of the program with its reason; those of a pair of servers stand in `replication_limits.ts`. Sizes in
 * bytes, times in milliseconds.
 */
export const LIMITS = {
  /** Requests waiting in one actor's inbox; more are answered `busy`. */
  inboxLength: 1000,
  /** Requests on their way to one place; a frontend past it answers "try again" instead of piling up memory. */
  portAsks: 20_000,
  /** One frame between places: a largest message with room to spare. */
  frameBytes: 128 * MIB,
  /** Several messages between places share a frame up to this size: what is kept of one holds all of it in memory. */
  sharedFrameBytes: 1 * MIB,
  /** Requests committed in one transaction when several wait. */
  turnsPerCommit: 64,
  /** How long an ask waits when the caller names no time. */
  askTimeoutMs: 60_000,
  /** Files open in one place; the least recently used idle ones are closed. */
  activations: 256,
  /** An actor idle so long is put away. */
  idleMs: 60_000,
  /** Files closed at once: each may take some milliseconds in which the place does nothing else. */
  closesPerSweep: 4,
  /** An actor with changes that has been quiet so long does its idle work; looked at this often. */
  quietMs: 2_000,
  sweepMs: 500,
  /**
   * Between two steps of idle work, which take some 10 ms: as long as a step took while a place is asked nothing, but
   * within these bounds; where it is asked so much meanwhile, as in a burst of deliveries; where the actor itself is.
   */
  idleLeastMs: 5,
  idleStepMs: 50,
  idleBusyRequests: 20,
  idleBusyMs: 200,
  idleUsedMs: 250,
  /** An actor that is never quiet does a step of its idle work after so long all the same. */
  idleOverdueMs: 10_000,
  /** Internal faults in a row after which an activation is dropped and its file opened anew. */
  faultsBeforeReopen: 3,
  /** A place that answers no ping for so long is killed and replaced. */
  heartbeatMs: 2_000,
  heartbeatSilenceMs: 15_000,
  /** Answers to idempotent requests are remembered so long: longer than any retry. */
  rememberRequestsMs: 7 * 24 * 3600_000,
  /** Commits of one file after which its log is folded in: keeps a -wal file at a few MiB. */
  checkpointCommits: 128,
  ...REPLICATION_LIMITS,

  /** RFC 5321 §4.5.3.1.6 asks for 1000 octets; text lines of real mail are longer, so up to this is carried. */
  smtpTextLineBytes: 64 * KIB,
  /** RFC 5321 §4.5.3.1.4 asks for 512; extensions (SMTPUTF8, AUTH, DSN) for more. */
  smtpCommandBytes: 12 * KIB,
  /** RFC 5321 §4.5.3.1.8: at least 100. */
  smtpRecipients: 1000,
  /** Bad commands in one session before it is closed with 421. */
  smtpErrors: 20,
  /** Wrong passwords in one session before it is closed. */
  smtpAuthFailures: 5,
  pop3AuthFailures: 5,
  imapAuthFailures: 5,
  /** Transactions of one session, told as MAILMAX (RFC 9422): enough for a mailing list, ends a runaway client. */
  smtpTransactions: 10_000,
  /** Copies of one message on their way to mailboxes at the same time. */
  smtpCopiesBytes: 64 * MIB,
  /** Mailboxes whose use a frontend remembers for seconds. */
  smtpUsageHints: 10_000,
  /** Trace headers of one message before it is a loop (RFC 5321 §6.3 asks for at least 100). */
  receivedHeaders: 100,
  /** Bytes of messages being received by all sessions together; beyond it DATA is answered 452. */
  ingestBytes: 512 * MIB,

  /** One IMAP command line without its literals (RFC 9051 §4.3 leaves it to us; RFC 2683 asks for 8000). */
  imapLineBytes: 64 * KIB,
  /** All literals of one command that is not APPEND. */
  imapCommandLiteralBytes: 1 * MIB,
  /** A literal before login. */
  imapUnauthenticatedLiteralBytes: 16 * KIB,
  /** Input of a compressed session is inflated in pieces of this size. */
  inflateChunkBytes: 16 * KIB,
  /**
   * Octets that one compressed octet may become, over the whole session, and what is granted beyond that: mail and
   * commands stay below a tenth of it, the worst that DEFLATE allows is ten times as much.
   */
  inflateRatio: 100,
  inflateAheadBytes: 128 * MIB,
  /** Results that a session follows at once (RFC 5267 §4.3.1), and messages of one that is sorted: it is sorted anew. */
  imapContexts: 10,
  imapContextSorted: 20_000,
  /** Items of one FETCH: each may repeat the whole body of every message. */
  imapFetchItems: 500,
  /** Flags that all sessions keep of the folders they have open: a byte a message. */
  keptFlagsBytes: 64 * MIB,
  /** Bodies kept for a moment because they are often asked for again: all together, the largest, and how long. */
  keptBodiesBytes: 32 * MIB,
  keptBodyBytes: 64 * KIB,
  keptBodiesMs: 30_000,
  /** Messages of one FETCH whose bodies are kept. */
  keptBodiesRows: 1000,
  /** Messages of one COPY or APPEND, told as MESSAGELIMIT (RFC 9738): some seconds in which a shard does nothing else. */
  saveMessages: 100_000,
  /** Messages of other commands: clients that do not know MESSAGELIMIT should not run into it (RFC 9738 §4.2). */
  commandMessages: 1_000_000,
  /** Parts of one message of CATENATE: each is one question to the mailbox. */
  catenateParts: 200,
  /** Bad commands before the session is closed with BYE. */
  imapErrors: 50,
  /** Folders of one mailbox. */
  folders: 10_000,
  /** Messages of one mailbox, told as the MESSAGE quota (RFC 9208 §5.2): rows of one file that a shard still handles. */
  mailboxMessages: 20_000_000,
  /** Identifiers with rights on one folder: each counts in every check of a right. */
  aclEntries: 500,
  /** Public namespaces: NAMESPACE tells them in one line. */
  publics: 500,
  /** Private namespaces of one account: each is a mailbox. */
  spaces: 20,
  /** Copies of one message that scripts file in other mailboxes: each waits in the outbox with all its bytes. */
  copiesElsewhere: 10,
  /** Owners whose shared folders one user is shown, and mailboxes asked at once for them. */
  sharedOwners: 1000,
  sharedAsks: 50,
  /**
   * What one COPY or MOVE takes to another mailbox: it is one request there, so that all or nothing arrives, and half
   * of what may wait for the other server. A single message may be larger, as in APPEND.
   */
  acrossMessages: 5_000,
  acrossBytes: 32 * MIB,
  /** Bytes of a folder's full name, and its levels. */
  folderNameBytes: 1000,
  folderLevels: 50,
  /** Keywords known in one mailbox, and the length of one. */
  keywords: 500,
  keywordBytes: 100,
  /** Letters that a message's keywords and its readers' own marks take together: marks of 5,000 readers. */
  seenMarksChars: 64 * KIB,
  /** Rows and bytes of one page of FETCH between places. */
  fetchPageRows: 1000,
  fetchPageBytes: 1 * MIB,
  /** Sections of one message that FETCH asks for, or the whole message if it is larger: they travel in one frame. */
  messageSectionsBytes: 64 * MIB,
  /**
   * Pages of FETCH and messages of RETR on their way to clients, of all sessions: asked for, or written and not read
   * yet. Past it an account has a few of them under way, enough for a client that lost its line and another one, and its
   * other sessions wait.
   */
  outgoingBytes: 32 * MIB,
  outgoingAccountBytes: 4 * MIB,
  /** Messages and body bytes that one turn of SEARCH looks at. */
  searchPageRows: 20_000,
  searchPageBytes: 16 * MIB,
  /** Messages of a folder whose order by numbers is worked out in one turn, and kept. */
  sortedAtOnce: 100_000,
  /** Messages of one page of SORT and THREAD whose keys are not stored yet: each header is read and parsed. */
  briefPageRows: 2_000,
  /** Orders of folders and columns of THREAD that a place keeps for all of its mailboxes. */
  keptAnswersBytes: 32 * MIB,
  /** A longer message is not indexed but looked at by every search: taking it in would hold the mailbox up. */
  searchIndexedBytes: 4 * MIB,
  /** Likewise one with more text, which would take over 30 ms. */
  searchIndexedTextBytes: 512 * KIB,
  /** Filters put in place in one SEARCH, and how deep they may name each other (RFC 5466 §3.1 asks for three). */
  searchFilters: 100,
  filterPasses: 10,
  /** Groups and folder names of one NOTIFY, and changes that wait to be told (RFC 5465 §5.8). */
  notifyGroups: 100,
  notifyNames: 5_000,
  notifyPending: 2_000,
  /** One answer of a client in SASL (RFC 4954 §4.2, RFC 5034 §4 ask for this much). */
  saslLineBytes: 12_288,
  /** An issuer of tokens: time and octets of one answer, keys of one issuer, and for how long they are used. */
  tokenIssuerMs: 5_000,
  tokenIssuerBytes: 256 * KIB,
  tokenKeys: 100,
  tokenKeysMs: 600_000,
  /** Unknown keys are asked for so often at most: anybody can name one. */
  tokenKeysRetryMs: 30_000,
  /** Messages of one batch at least, and of all batches of one UIDBATCHES with a range: what every client may count on. */
  uidBatchMessages: 500,
  uidBatchesMessages: 100_000,
  /** Nesting of SEARCH keys. */
  searchNesting: 50,

  /** A script's name in characters: RFC 5804 §1.6 asks for 128. */
  scriptNameChars: 128,
  /** Scripts of one mailbox: people keep a handful, and a list is told in one answer. */
  scripts: 100,
  /** One script: thousands of rules, and even escaped it fits into one request of the admin API. */
  scriptBytes: 256 * KIB,
  /** All scripts of a mailbox: a first copy for the other server carries them in one entry. */
  scriptsBytes: 4 * MIB,
  /** What the scripts of one mailbox remember; past it what ends first is forgotten. */
  sieveMarks: 10_000,
  /** Marks that ended are kept for so long: two servers that were apart must not take what the other side still holds. */
  sieveMarkGraceMs: 31 * 24 * 3600_000,
  /** Source text of the scripts that a place keeps compiled, in characters. */
  compiledScriptChars: 16 * MIB,
  /** Global scripts of the server, and all of them together: each delivery takes them along. */
  globalScripts: 100,
  globalScriptsBytes: 512 * KIB,
  /** One command of ManageSieve without its literals: base64 of the longest SASL answer fits. */
  manageSieveLineBytes: 24 * KIB,
  /** A literal before login: nothing but names and SASL can come there. */
  manageSieveUnauthenticatedLiteralBytes: 24 * KIB,
  /** Bad commands, and wrong passwords, before the session is closed with BYE. */
  manageSieveErrors: 50,
  manageSieveAuthFailures: 5,
  /** A session that says nothing: RFC 5804 §1.2 sets the least after login; before it the whole command must come in time. */
  manageSieveIdleMs: 30 * 60_000,
  manageSieveUnauthenticatedMs: 60_000,
  /** The whole of a command with a script: two slow minutes on a modem. */
  manageSieveUploadMs: 5 * 60_000,
  /** What one Sieve script may be, and one run of it may do; `SieveLimits` says what each is. */
  sieve: {
    /** The same as `scriptBytes`. */
    scriptBytes: 256 * KIB,
    /** RFC 5228 §2.10.5 asks for 15. */
    nesting: 32,
    /** What the largest script can hold is more: this bounds the memory that it compiles to. */
    nodes: 50_000,
    listStrings: 10_000,
    /** Thousands of rules over headers of usual size; the worst that can be made of them takes tenths of a second. */
    steps: 2_000_000,
    actions: 100,
    /** A script must not make a mailbox an amplifier (RFC 5228 §10). */
    redirects: 10,
    /** RFC 5229 §6 asks for 128 and 4000. */
    variables: 256,
    variableChars: 16 * KIB,
    /** RFC 6609 §3.2 asks for at least 3. */
    includeDepth: 10,
    includes: 100,
    regexSize: 5_000,
    addedHeaders: 100,
    bodyChars: 2 * MIB,
    flags: 200,
  },
  /**
   * Messages that scripts send in one command over stored mail (FILTER, or what a client does in a folder that has a
   * script for it): as many as one message of a user may have recipients. And their bytes, as each is one of its own.
   */
  commandSends: 1000,
  commandSendBytes: 256 * MIB,

  /** Annotations (RFC 5464 §4.1 asks for ten of 1024 octets): of one folder or the server, and the length of one's name. */
  annotations: 200,
  annotationNameChars: 256,
  annotationBytes: 64 * KIB,
  /** All annotations of a mailbox: a first copy for the other server carries them in one entry. */
  annotationsInAll: 20_000,
  annotationsBytes: 4 * MIB,
  /** What one reader of others' folders keeps there for itself, in one mailbox. */
  guestAnnotations: 100,
  guestAnnotationsBytes: 64 * KIB,
  /** Entries of one GETMETADATA or SETMETADATA. */
  annotationEntries: 100,

  /** MIME depth and parts that are taken apart; what lies deeper stays one opaque part. */
  mimeDepth: 100,
  mimeParts: 10_000,
  /** Header bytes that are looked at; the rest of a longer header is kept but not indexed. */
  headerBytes: 1 * MIB,
  /** Addresses of one header field and parameters of one MIME field that are told: they grow by ten in ENVELOPE. */
  headerAddresses: 5000,
  mimeParameters: 500,
  /** Stored bodies are cut into rows of this size. */
  bodyChunkBytes: 256 * KIB,

  /** POP3 command line (RFC 2449 §4 asks for 255). */
  pop3LineBytes: 1024,
  /** Bad commands before the session is closed. */
  pop3Errors: 20,
  /** Messages fetched ahead of a client that takes them in order: about 50 of usual size in one request. */
  pop3ReadAheadBytes: 512 * KIB,
  pop3ReadAheadRows: 200,

  /** Resolved recipient addresses that a frontend remembers. */
  resolutions: 20_000,

  /** Connections at once: in all, and from one address. */
  connections: 20_000,
  connectionsPerAddress: 5_000,
  /** A session that says nothing: RFC 9051 §5.4 and RFC 1939 §3 and RFC 5321 §4.5.3.2.7 set the least. */
  imapIdleMs: 30 * 60_000,
  imapUnauthenticatedMs: 60_000,
  /** Silence inside an IMAP literal, whose octets are reserved in the ingest budget; and its least rate afterwards. */
  imapLiteralStallMs: 60_000,
  imapLiteralBytesPerSecond: 100,
  pop3IdleMs: 10 * 60_000,
  smtpIdleMs: 5 * 60_000,
  /** The whole DATA phase, and the least rate after the first minute: stops a byte a second. */
  smtpDataMs: 20 * 60_000,
  smtpDataBytesPerSecond: 100,
  /** Output that a client does not read. */
  writeStallMs: 5 * 60_000,
  /** The client's half of a nonce of SCRAM. */
  scramNonceChars: 256,
  /** Rounds of PBKDF2: the client's phone has to do them at each login. RFC 7677 §4 asks for 4096 at least. */
  scramIterations: 50_000,
  /** The most that another server may ask of us: a tenth of a second in which nothing else goes on. */
  scramClientIterations: 100_000,
  /** Wrong passwords: per address and per account in `loginWindowMs`. */
  loginFailuresPerAddress: 100,
  loginFailuresPerAccount: 30,
  loginWindowMs: 10 * 60_000,

  /** Items of one page of an admin list. */
  pageItems: 1000,
  /** Messages and bytes waiting in the queue; past either, submission is answered 452 and the client keeps the mail. */
  queueItems: 100_000,
  queueBytes: 20 * 1024 * MIB,
  /** Leases of one claim. */
  queueLeases: 200,
  /** Recipients of one lease: one SMTP transaction of what RFC 5321 §4.5.3.1.8 grants everywhere. */
  queueLeaseRecipients: 100,
  /** Recipients shown in one page of the queue's list. */
  queuePageRecipients: 5_000,
  /** A reply of a remote server that is remembered and quoted in reports. */
  queueReplyChars: 1000,
  /** The returned message inside a delivery report; longer ones are returned as their header only. */
  reportBodyBytes: 256 * KIB,
  /** DNS answers that are remembered, and questions under way at once. */
  dnsCacheEntries: 10_000,
  dnsQueries: 256,
  /** CNAMEs followed for one question. */
  dnsAliases: 8,
  /** Mail exchangers looked at, and addresses tried in one attempt (RFC 5321 §5.1 asks for at least two). */
  mxHosts: 20,
  outboundAddresses: 10,
  /** Sessions of one attempt that got as far as MAIL: a second exchanger is asked when the first says 4xx. */
  outboundSessions: 3,
  /**
   * One line of a remote server's reply (RFC 5321 §4.5.3.1.5 asks for 512), and lines of one reply: EHLO answers of the
   * best equipped servers have about thirty.
   */
  smtpReplyLineBytes: 4 * KIB,
  smtpReplyLines: 200,
  /** Unused connections kept for the next message, how long, and messages sent over one. */
  outboundIdleConnections: 50,
  outboundIdleMs: 5_000,
  outboundMessagesPerConnection: 100,
} as const;
