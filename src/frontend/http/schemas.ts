import { z } from "@hono/zod-openapi";
import { LIMITS } from "../../base/limits.ts";

// Shapes of the admin API; the description at `/openapi.json` is made of them.

/** A count of bytes. */
export const bytes = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER);
const time = z.number().int().describe("Milliseconds since 1970.");
/** An address in a body or a path. */
export const address = z.string().min(1).max(400).describe("`local-part@domain`");
const addressOrNull = address.nullable();
const target = z.string().min(1).max(1100).describe("`local-part@domain`, or `#Name/Folder`");

/** A failure, RFC 9457 §3. */
export const Problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.number().int(),
  code: z.enum([
    "invalid",
    "not_found",
    "exists",
    "denied",
    "over_quota",
    "too_big",
    "limit",
    "conflict",
    "rejected",
    "no_space",
    "busy",
    "unavailable",
    "internal",
  ]),
  detail: z.string(),
  errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
}).openapi("Problem");

/** Which page of a list. */
export const PageQuery = z.object({
  limit: z.coerce.number().int().min(1).max(LIMITS.pageItems).optional().describe("Items of a page; 100."),
  after: z.string().max(400).optional().describe("`next` of the page before."),
});

/** Which page of the accounts, of all domains or of one. */
export const AccountsQuery = PageQuery.extend({ domain: z.string().max(255).optional() });

/** The address in a path. */
export const AddressParam = z.object({ address });
/** The domain in a path. */
export const NameParam = z.object({ name: z.string().min(1).max(255) });
/** The queue id in a path. */
export const IdParam = z.object({ id: z.string().min(1).max(100) });

/** A page of items; `next` is null at the end. */
export function pageOf<T extends z.ZodType>(item: T) {
  return z.object({ items: z.array(item), next: z.string().nullable() });
}

const acknowledge = z.enum(["local", "both"]);

const domainSettings = {
  quotaBytes: bytes.nullable().optional().describe("For accounts without an own quota; null: the server's."),
  messageBytes: bytes.min(1).nullable().optional().describe("Largest message; null: the server's."),
  catchAll: addressOrNull.optional().describe("Gets what nobody else does; null refuses unknown recipients."),
  postmaster: addressOrNull.optional().describe("Null: the server's postmaster."),
  acknowledge: acknowledge.nullable().optional()
    .describe("When changes are acknowledged: durable here, or on both servers; null: as the server's."),
};

/** Body of a new domain. */
export const NewDomain = z.strictObject({
  name: z.string().min(1).max(255),
  aliasOf: z.string().min(1).max(255).optional().describe("Makes it another name of that domain."),
  ...domainSettings,
}).openapi("NewDomain");

/** Settings of a domain to change; what is left out stays. */
export const DomainPatch = z.strictObject(domainSettings).openapi("DomainPatch");

/** A domain. */
export const Domain = z.object({
  name: z.string(),
  aliasOf: z.string().nullable(),
  quotaBytes: bytes.nullable(),
  messageBytes: bytes.nullable(),
  catchAll: addressOrNull,
  postmaster: addressOrNull,
  acknowledge: acknowledge.nullable(),
  createdAtMs: time,
}).openapi("Domain");

/** Whether the owner of a domain has published the record that proves it. */
export const Ownership = z.object({
  name: z.string(),
  record: z.string().describe("Name of the TXT record."),
  value: z.string().describe("What it has to say."),
  state: z.enum(["verified", "missing", "different", "unknown"])
    .describe("`unknown`: no name server could say."),
  found: z.array(z.string()).describe("Such records that are there."),
}).openapi("Ownership");

const password = z.string().min(8).max(1024).describe("At least 8 characters.");
const passwordHash = z.string().max(512).regex(/^\$(argon2id\$v=19\$|scrypt\$ln=|2[aby]\$)/)
  .describe("Instead of a password: a hash made elsewhere (argon2id, scrypt, bcrypt).");

const accountSettings = {
  displayName: z.string().max(200).optional(),
  quotaBytes: bytes.nullable().optional().describe("Null: the domain's, else the server's."),
  messageBytes: bytes.min(1).nullable().optional().describe("Null: the domain's, else the server's."),
  internal: z.boolean().optional().describe("Takes mail only from users of this server."),
  acknowledge: acknowledge.nullable().optional()
    .describe("When changes are acknowledged: durable here, or on both servers; null: the domain's."),
};

/** Body of a new account: address, display name and password are enough (M22). */
export const NewAccount = z.strictObject({
  address,
  password: password.optional(),
  passwordHash: passwordHash.optional(),
  ...accountSettings,
}).refine(
  (body) => (body.password === undefined) !== (body.passwordHash === undefined),
  { message: "needs either password or passwordHash", path: ["password"] },
).openapi("NewAccount");

/** Settings of an account to change; what is left out stays. */
export const AccountPatch = z.strictObject({
  password: password.optional(),
  passwordHash: passwordHash.optional(),
  enabled: z.boolean().optional(),
  disabledDelivery: z.enum(["refuse", "refuse-temporary"]).optional()
    .describe("What a sender is told while the account is disabled: 5xx or 4xx."),
  ...accountSettings,
}).refine(
  (body) => body.password === undefined || body.passwordHash === undefined,
  { message: "takes either password or passwordHash", path: ["password"] },
).openapi("AccountPatch");

/** An account, without anything secret. */
export const Account = z.object({
  id: z.string().describe("Stable; its mailbox is `mailbox:<id>`."),
  address,
  displayName: z.string(),
  enabled: z.boolean(),
  quotaBytes: bytes.nullable(),
  messageBytes: bytes.nullable(),
  acknowledge: acknowledge.nullable(),
  effective: z.object({ quotaBytes: bytes.nullable(), messageBytes: bytes, acknowledge })
    .describe("What holds: the account's own, else the domain's, else the server's."),
  disabledDelivery: z.enum(["refuse", "refuse-temporary"]),
  internal: z.boolean(),
  createdAtMs: time,
}).openapi("Account");

/** An account with what its mailbox holds. */
export const AccountWithUsage = Account.extend({
  usage: z.object({ bytes, messages: z.number().int(), folders: z.number().int() }).nullable()
    .describe("Null while the mailbox cannot be asked."),
}).openapi("AccountWithUsage");

/** Body of a new alias. */
export const NewAlias = z.strictObject({
  address: address.describe("`user@domain`, or `user@*` for every domain."),
  targets: z.array(target).min(1).max(1000).describe(
    "Addresses here or outside, or folders of public namespaces: `#Name/Folder`.",
  ),
  internal: z.boolean().default(false).describe("Takes mail only from users of this server."),
}).openapi("NewAlias");

/** An alias. */
export const Alias = z.object({ address, targets: z.array(target), internal: z.boolean() }).openapi("Alias");

/** Body of a new group. */
export const NewGroup = z.strictObject({ address, members: z.array(address).min(1).max(1000) })
  .openapi("NewGroup");
/** All members of a group from now on. */
export const GroupMembers = z.strictObject({ members: z.array(address).max(1000) }).openapi("GroupMembers");
/** A group. */
export const Group = z.object({ address, members: z.array(address) }).openapi("Group");

const dsn = z.object({
  notify: z.array(z.enum(["never", "success", "failure", "delay"])),
  orcpt: z.string().nullable(),
});

/** A message on its way out. */
export const QueueItem = z.object({
  id: z.string(),
  envelope: z.object({
    from: z.string().nullable(),
    recipients: z.array(z.object({ address: z.string(), dsn })),
    smtpUtf8: z.boolean(),
    body: z.enum(["7bit", "8bitmime", "binarymime"]),
    requireTls: z.boolean(),
    ret: z.enum(["full", "hdrs"]).nullable(),
    envid: z.string().nullable(),
  }),
  recipients: z.array(z.object({
    id: z.number().int(),
    address: z.string(),
    dsn,
    state: z.enum(["queued", "delivered", "failed", "relayed", "expired"]),
    attempts: z.number().int(),
    nextAttemptMs: time,
    lastReply: z.string().nullable(),
  })),
  sizeBytes: bytes,
  createdAtMs: time,
  expiresAtMs: time,
  held: z.boolean(),
  source: z.string(),
  messageId: z.string().nullable(),
}).openapi("QueueItem");

/** Whether to keep a message back; without a body: yes. */
export const Hold = z.strictObject({ held: z.boolean().default(true) }).openapi("Hold");

/** How many messages something was done to. */
export const Count = z.object({ count: z.number().int() }).openapi("Count");

const folderName = z.string().min(1).max(1000).describe("Full name, levels separated by `/`.");

/** Folders of a mailbox. */
export const MailboxFolders = z.object({
  items: z.array(z.object({ name: z.string(), specialUse: z.array(z.string()), subscribed: z.boolean() })),
}).openapi("MailboxFolders");

/** A folder to be there. */
export const FolderName = z.strictObject({ name: folderName }).openapi("FolderName");

/** Which messages to list. */
export const ContentQuery = z.object({
  folder: folderName,
  after: z.coerce.number().int().min(0).optional().describe("`next` of the page before."),
  limit: z.coerce.number().int().min(1).max(LIMITS.pageItems).optional().describe("Items of a page; 500."),
});

/** One message of a mailbox. */
export const MessageParam = z.object({ address, uid: z.coerce.number().int().min(1).max(0xffff_ffff) });

/** Messages of a folder, without their texts. */
export const MessagePage = z.object({
  items: z.array(
    z.object({ uid: z.number().int(), sizeBytes: bytes, flags: z.array(z.string()), dateMs: time }),
  ),
  next: z.number().int().nullable(),
}).openapi("MessagePage");

/** How a message is filed. */
export const NewMessageQuery = z.object({
  folder: folderName,
  flags: z.string().max(10_000).optional().describe("IMAP flags and keywords, separated by spaces."),
  dateMs: z.coerce.number().int().min(0).optional().describe("INTERNALDATE; now when left out."),
});

/** Where a message was filed. */
export const Filed = z.object({ folder: z.string(), uid: z.number().int(), uidValidity: z.number().int() })
  .openapi("Filed");

/** Broken invariants of a mailbox. */
export const CheckResult = z.object({ address, problems: z.array(z.string()) }).openapi("CheckResult");

/** Whether this server works, and whether it sees its peer. */
export const Health = z.object({
  status: z.enum(["ok", "unavailable"]),
  reason: z.string().optional(),
  peer: z.enum(["none", "linked", "away"]).optional(),
}).openapi("Health");
