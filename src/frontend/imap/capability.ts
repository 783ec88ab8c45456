import { LIMITS } from "../../base/limits.ts";
import { exchangeNames } from "../exchanges.ts";
import type { CommandHandler } from "./command.ts";
import { setsQuotas } from "./quota.ts";
import { ok } from "./reply.ts";
import type { Session } from "./session.ts";

/** In every state. */
const COMMON = "IMAP4rev1 IMAP4rev2 LITERAL+ SASL-IR ID ENABLE LANGUAGE";

/** After login: what the mailbox can do. */
const MAILBOX = [
  "IDLE NAMESPACE UIDPLUS MOVE UNSELECT CHILDREN LIST-EXTENDED LIST-STATUS SPECIAL-USE CREATE-SPECIAL-USE",
  "STATUS=SIZE CONDSTORE QRESYNC ESEARCH SEARCHRES MULTIAPPEND BINARY OBJECTID WITHIN SAVEDATE PREVIEW",
  "SORT SORT=DISPLAY ESORT CONTEXT=SEARCH CONTEXT=SORT MULTISEARCH SEARCH=FUZZY",
  "THREAD=ORDEREDSUBJECT THREAD=REFERENCES METADATA LIST-METADATA FILTERS NOTIFY CATENATE URL-PARTIAL REPLACE",
  "INPROGRESS UTF8=ACCEPT UIDONLY UIDBATCHES I18NLEVEL=2 PARTIAL",
  "QUOTA QUOTA=RES-STORAGE QUOTA=RES-MESSAGE QUOTA=RES-MAILBOX",
  "ACL RIGHTS=texk LIST-MYRIGHTS",
].join(" ");

/** The capabilities that hold now (RFC 9051 §6.1.1): they change with TLS and with login. */
export function capabilities(session: Session): string {
  const common = session.context.referral ? `${COMMON} LOGIN-REFERRALS` : COMMON;
  if (session.account) {
    const compress = session.compressed ? "" : " COMPRESS=DEFLATE UNAUTHENTICATE";
    const admin = setsQuotas(session) ? " QUOTASET" : "";
    // RFC 6785 §2.1: where the scripts for events are kept.
    const filter = session.context.filtering ? " FILTER=SIEVE" : "";
    const sieve = session.context.sieveUrl ? ` IMAPSIEVE=${session.context.sieveUrl}` : "";
    const limits = `MESSAGELIMIT=${LIMITS.saveMessages} APPENDLIMIT=${session.account.limits.messageBytes}`;
    return `${common} ${MAILBOX}${admin}${compress}${filter}${sieve} ${limits}`;
  }
  const login = session.private
    ? [
      ...exchangeNames(session.context, session.connection),
      "PLAIN",
      "LOGIN",
    ].map((name) => `AUTH=${name}`).join(" ")
    : "LOGINDISABLED";
  const starttls = session.connection.tls === null && session.listener.tls === "starttls" ? "STARTTLS " : "";
  return `${common} ${starttls}${login}`;
}

/** CAPABILITY. */
export const capability: CommandHandler = (session, args) => {
  args.end();
  session.write(`* CAPABILITY ${capabilities(session)}\r\n`);
  return ok("Capability completed");
};
