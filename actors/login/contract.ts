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
  /** A PHC string of a new password (argon2id). */
  hash: { request: { password: string }; reply: { passwordHash: string } };
};
