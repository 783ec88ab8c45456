import { isIP } from "node:net";
import * as z from "zod";
import { parseNetwork } from "./networks.ts";
import { oauthSettings } from "./oauth.ts";
import { parseEndpoint } from "./endpoint.ts";

const KIB = 1024;
const MIB = 1024 * KIB;
const HOUR_SECONDS = 3600;

const domainName = z.string().min(1).max(253).regex(
  /^(?=.{1,253}$)[\p{L}\p{N}]([\p{L}\p{N}-]{0,62})?(\.[\p{L}\p{N}]([\p{L}\p{N}-]{0,62})?)*$/u,
  "not a host name",
);
const port = z.int().min(0).max(65535);
const ipAddress = z.string().refine((text) => isIP(text) !== 0, "not an IP address");
const file = z.string().min(1);
const nodeId = z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/, "lower-case letters, digits and '-' only");

function endpointText(defaultPort: number) {
  return z.string().superRefine((text, context) => {
    try {
      parseEndpoint(text, defaultPort);
    } catch (error) {
      context.addIssue({ code: "custom", message: (error as SyntaxError).message });
    }
  });
}

const network = z.string().superRefine((text, context) => {
  try {
    if (parseNetwork(text).bits > 0) return;
    context.addIssue({ code: "custom", message: "is every address there is: that would be an open relay" });
  } catch (error) {
    context.addIssue({ code: "custom", message: (error as SyntaxError).message });
  }
});

const headerName = z.string().regex(/^[!-9;-~]{1,100}$/, "not the name of a header field");

const listener = z.strictObject({
  protocol: z.enum(["smtp", "submission", "lmtp", "imap", "pop3", "managesieve", "http"]).describe(
    "What is spoken. `smtp` takes mail for our domains from anyone; `submission` takes mail from logged-in users; " +
      "`lmtp` takes mail from a local relay, without login: keep it on loopback.",
  ),
  address: ipAddress.describe(
    "IP address to bind. `::` is every IPv6 and IPv4 address of the machine.",
  ),
  port: port.describe("TCP port. 0 (any free port) is refused except in tests."),
  tls: z.enum(["starttls", "implicit", "none"]).default("starttls").describe(
    "`implicit`: TLS from the first byte. `starttls`: clear text that can be raised to TLS. `none`: never TLS.",
  ),
  tlsRequired: z.boolean().default(false).describe(
    "Refuse mail before TLS on an `smtp` listener (530 5.7.0). Logins never travel in clear text anyway, see `auth.allowPlaintext`.",
  ),
  auth: z.boolean().default(false).describe(
    "Offer AUTH on an `smtp` listener after TLS; a logged-in session is then handled as submission.",
  ),
});

const certificate = z.strictObject({
  cert: file.describe("PEM file: the certificate, then its chain."),
  key: file.describe("PEM file: the private key of the certificate. A key that does not match is refused."),
});

const route = z.strictObject({
  domain: z.string().min(1).describe(
    "A domain, `*.domain` for everything below it, or `*` for every domain.",
  ),
  host: z.string().min(1).describe("Where its mail is sent: a name (no MX lookup) or an IP address."),
  port: port.min(1).default(25).describe("TCP port."),
});

const smarthost = z.strictObject({
  host: z.string().min(1).describe("Name or IP address; no MX lookup is made."),
  port: port.min(1).default(25).describe("TCP port."),
  user: z.string().min(1).optional().describe("Login name, when the smarthost wants one."),
  password: z.string().min(1).optional().describe(
    "Its password. Sent over TLS only; proved by SCRAM where the smarthost takes none.",
  ),
  tls: z.enum(["may", "must", "verify"]).optional().describe(
    "`may`: TLS where it is offered; `must`: never without TLS; `verify`: only with a certificate that is good for " +
      "`host`. Default `must` with a login, `may` without one. Port 465 speaks TLS from the first byte.",
  ),
});

const smarthostText = endpointText(25).transform((text) => ({ ...parseEndpoint(text, 25) }));

const replication = z.strictObject({
  listen: z.strictObject({
    address: ipAddress.describe("IP address to bind."),
    port: port.describe("TCP port."),
  }).describe("Where the peer reaches this server."),
  peer: z.strictObject({
    id: nodeId.describe("The peer's `node.id`."),
    address: z.string().min(1).describe("Its name or IP address."),
    port: port.min(1).describe("TCP port."),
    imap: endpointText(143).optional().describe(
      "Where IMAP clients reach it, as `host` or `host:port`: users whose mailbox is away here are sent there " +
        "(LOGIN-REFERRALS). Left out: nobody is.",
    ),
  }).describe("The other server of the pair."),
  ca: file.describe("PEM file: the private authority of the pair (`mallard replica pair`)."),
  cert: file.describe("PEM file: this server's certificate from that authority."),
  key: file.describe("PEM file: its private key."),
  acknowledge: z.enum(["local", "both"]).default("local").describe(
    "When a change is acknowledged: once it is durable here, or once it is on both servers. Domains and accounts may " +
      "say otherwise.",
  ),
  whenSplit: z.enum(["degrade", "refuse"]).default("degrade").describe(
    "What `both` means while the other server is away: carry on with one copy, or refuse changes for now.",
  ),
  silenceMs: z.int().min(200).max(60_000).default(2_000).describe(
    "Silence after which the other server counts as away and this one serves every mailbox alone.",
  ),
});

/** The configuration file. Every key has its description here; the JSON Schema and the reference page come from it. */
export const configurationSchema = z.strictObject({
  hostname: domainName.describe(
    "How the server names itself: banner, EHLO, Received, Message-ID and Reporting-MTA.",
  ),
  dataDir: file.default("data").describe(
    "Folder of everything the server keeps. One live server a folder; a second one refuses to start.",
  ),
  postmaster: z.email().nullable().default(null).describe(
    "Who gets mail for `postmaster` at our domains and signs automatic notices. `null`: `postmaster@` the domain itself.",
  ),
  listeners: z.array(listener).min(1).max(200).describe(
    "Ports to serve: any number of any protocol, several ports of one protocol too.",
  ),
  tls: z.strictObject({
    certificates: z.array(certificate).max(1000).default([]).describe(
      "Certificates; the server name a client asks for (SNI) chooses, the first one is the default. " +
        "Reloaded on SIGHUP and when the files change, without dropping sessions.",
    ),
  }).prefault({}).describe("TLS of all listeners."),
  auth: z.strictObject({
    allowPlaintext: z.boolean().default(false).describe(
      "LOGIN, AUTH and USER without TLS. For tests and benchmarks on loopback only.",
    ),
    relayNetworks: z.array(network).max(1000).default([]).describe(
      "Addresses and networks (`192.0.2.0/24`) that may send mail to outside domains over `smtp` listeners without " +
        "a login. Empty: nobody may. Networks of all addresses are refused.",
    ),
    quotaAdmins: z.array(z.email()).max(1000).default([]).describe(
      "Accounts that may set everybody's quota by IMAP (SETQUOTA).",
    ),
    clientCa: file.nullable().default(null).describe(
      "PEM file of the authority whose client certificates users may log in with (AUTH=EXTERNAL): a mail address in " +
        "the certificate is the login name. Clients without one are served as before. `null`: none are asked for.",
    ),
    oauth: oauthSettings.nullable().default(null).describe(
      "Tokens that users log in with instead of a password (OAUTHBEARER, XOAUTH2). `null`: none are taken.",
    ),
  }).prefault({}).describe("Logging in."),
  login: z.strictObject({
    nameForm: z.enum(["address", "local-part"]).default("address").describe(
      "`address`: only the full address is a login name. `local-part`: `alice` also means `alice@` + `login.domain`.",
    ),
    domain: domainName.nullable().default(null).describe(
      "The domain that `local-part` login names belong to.",
    ),
  }).prefault({}).describe("Login names."),
  limits: z.strictObject({
    messageBytes: z.int().min(KIB).max(100 * MIB).default(20 * MIB).describe(
      "Largest message in bytes, where neither account nor domain says otherwise. Below 65536 only for tests: other " +
        "servers count on that much (RFC 5321 §4.5.3.1.7).",
    ),
    quotaBytes: z.int().min(0).nullable().default(512 * MIB).describe(
      "Bytes one mailbox may hold, where neither account nor domain says otherwise. `null`: no limit.",
    ),
    fullMailbox: z.enum(["refuse", "refuse-temporary"]).default("refuse").describe(
      "What a sender is told while a mailbox is full: `552 5.2.2` for good, or `452 4.2.2` to come again.",
    ),
  }).prefault({}).describe("Sizes that hold by default."),
  outbound: z.strictObject({
    resolver: z.array(endpointText(53)).max(8).nullable().default(null).describe(
      "Name servers as `address` or `address:port`, asked in order. `null`: the system's.",
    ),
    routes: z.array(route).max(10_000).default([]).describe(
      "Fixed routes, looked at before MX; the first match is taken.",
    ),
    smarthost: z.union([smarthost, smarthostText]).nullable().default(null).describe(
      "Server that takes all mail for outside domains, as an object or as `host`, `host:port`, `[IPv6]:port`. `null`: MX lookup.",
    ),
    port: port.min(1).default(25).describe(
      "Port at which mail exchangers (MX) listen. Anything but 25 is for tests.",
    ),
    ca: file.nullable().default(null).describe(
      "PEM file of authorities to trust, beside the system's, where another server's certificate is verified.",
    ),
    perDomain: z.int().min(1).max(1000).default(5).describe("Attempts at once to one destination domain."),
    concurrency: z.int().min(1).max(1000).default(50).describe("Attempts at once in all."),
  }).prefault({}).describe("Mail on its way out."),
  queue: z.strictObject({
    expireSeconds: z.number().positive().default(5 * 24 * HOUR_SECONDS).describe(
      "Age at which undelivered mail is given up and the sender told (RFC 5321 §4.5.4.1 asks for 4 to 5 days).",
    ),
    delayNoticeSeconds: z.number().positive().nullable().default(4 * HOUR_SECONDS).describe(
      "Age at which the sender is told that mail is still waiting. `null`: never.",
    ),
    backoffSeconds: z.array(z.number().positive()).min(1).max(100)
      .default([60, 300, 900, 1800, 3600, 7200, 14400]).describe(
        "Waits between the attempts of one recipient; the last one repeats.",
      ),
  }).prefault({}).describe("Mail that waits."),
  sieve: z.strictObject({
    spamHeader: headerName.nullable().default(null).describe(
      "Header field in which a spam filter in front of this server writes its score, as `X-Spam-Score`: the first " +
        "number in it counts, or the number of stars. Scripts see it by `spamtest`. `null`: there is none.",
    ),
    spamFullScore: z.number().positive().default(10).describe("The score that means 100 percent."),
    virusHeader: headerName.nullable().default(null).describe(
      "Header field in which a virus filter in front of this server writes what it found: a level from 1 to 5, or words " +
        "as `clean` and `infected`. Scripts see it by `virustest`. `null`: there is none.",
    ),
    verdictNetworks: z.array(network).max(1000).default([]).describe(
      "Addresses and networks whose mail may bring these fields; what comes over `lmtp` listeners may always.",
    ),
  }).prefault({}).describe("Sieve scripts at delivery."),
  managesieve: z.strictObject({
    referral: z.string().regex(/^sieve:\/\/[^\s"\\/]+$/, "not a Sieve URL of a server").nullable().default(
      null,
    )
      .describe(
        "`sieve://host` or `sieve://host:port`: clients that log in are sent there (RFC 5804 §1.3, REFERRAL), as " +
          "while this server is taken out of service. `null`: scripts are managed here.",
      ),
  }).prefault({}).describe("Managing Sieve scripts."),
  node: z.strictObject({
    id: nodeId.default("mx1").describe("Name of this server inside a pair."),
  }).prefault({}).describe("This server."),
  replication: replication.nullable().default(null).describe(
    "The link to the other server of a pair. `null`: a single server.",
  ),
  places: z.strictObject({
    shards: z.int().min(1).max(64).default(1).describe(
      "Processes that hold mailbox actors. One is best on two cores; mailboxes move by themselves when it changes.",
    ),
  }).prefault({}).describe("Processes."),
  admin: z.strictObject({
    token: z.string().min(16).nullable().default(null).describe(
      "Token of the admin API. `null`: made at the first start and kept in `<dataDir>/admin-token`.",
    ),
  }).prefault({}).describe("The admin API."),
  log: z.strictObject({
    level: z.enum(["debug", "info", "warn", "error"]).default("info").describe(
      "Least level that is written.",
    ),
    format: z.enum(["json", "pretty", "syslog"]).default("json").describe(
      "`json`: one object a line. `pretty`: a line for people. `syslog`: the same object behind an RFC 5424 header.",
    ),
  }).prefault({}).describe("The log on standard output."),
});

/** The configuration after defaults. */
export type Configuration = z.output<typeof configurationSchema>;

/** The configuration as it may be written. */
export type ConfigurationInput = z.input<typeof configurationSchema>;

/** The configuration file's JSON Schema (draft 2020-12). */
export function configurationJsonSchema(): z.core.JSONSchema.BaseSchema {
  return z.toJSONSchema(configurationSchema, { io: "input" });
}
