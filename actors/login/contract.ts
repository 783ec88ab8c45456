import type { ScramMechanism } from "../../src/codec/text/scram.ts";
import type { Account } from "../directory/contract.ts";

/** Checks passwords, with throttling, away from every hot thread. One actor, `login:main`. */
export type LoginContract = {
  /**
   * Faults: `denied` (wrong name or password, same words and same time for both), `limit` (too many failures),
   * `unavailable` (the directory is away).
   */
  verify: {
    request: { login: string; password: string; protocol: string; ip: string };
    reply: { account: Account };
  };
  /** A PHC string of a new password (argon2id), and keys by which SCRAM checks it. */
  hash: { request: { password: string }; reply: { passwordHash: string; scram: string } };
  /** The first step of SCRAM: made-up values where there is no such account. Fault `limit`. */
  scramBegin: {
    request: { login: string; mechanism: ScramMechanism; protocol: string; ip: string };
    reply: { salt: Uint8Array; iterations: number };
  };
  /** The second step; faults as of `verify`. */
  scramEnd: {
    request: {
      login: string;
      mechanism: ScramMechanism;
      protocol: string;
      ip: string;
      authMessage: string;
      proof: Uint8Array;
    };
    reply: { account: Account; signature: Uint8Array };
  };
  /**
   * The account of somebody who has proved by a token or a certificate that the login name is theirs; null stands for a
   * proof that did not hold, and counts as a failure. Faults as of `verify`.
   */
  vouch: {
    request: { login: string | null; protocol: string; ip: string };
    reply: { account: Account };
  };
};
