import type { StatelessActor, StatelessContext } from "../../src/actor/actor.ts";
import { Fault } from "../../src/base/fault.ts";
import { LIMITS } from "../../src/base/limits.ts";
import { errorFields } from "../../src/base/log.ts";
import type { Account, AccountEvent, DirectoryContract } from "../directory/contract.ts";
import type { LoginContract } from "./contract.ts";
import { createHasher, type Hasher } from "./hasher.ts";
import { COST, formatHash, isCurrent } from "./phc.ts";
import { createRememberedLogins } from "./remembered.ts";
import { areBound, bindKeys, scramHandlers } from "./scram.ts";
import { clientKey, createThrottle, dropOldest } from "./throttle.ts";

/** Passwords shorter than this are refused when they are set. */
const PASSWORD_CHARS = 8;
/** Longer ones are never right: bounds the work of a login. */
const PASSWORD_MOST = 1024;
/** Pairs of account and client address that logged in before, about 100 bytes each. */
const KNOWN_PAIRS = 20_000;
/** Jobs waiting above which an old hash is left for a later login. */
const REHASH_QUEUE = 20;

/** Nobody's password: checked where there is no account, so that both take the same time. */
const NOBODY = formatHash(new Uint8Array(COST.saltBytes), new Uint8Array(COST.hashBytes));

/** What may be exchanged: the hashing thread, or where its program lies. */
export interface LoginOptions {
  hasher?: Hasher;
  workerUrl?: string | URL;
}

type Credentials = NonNullable<DirectoryContract["credentials"]["reply"]>;
type Verify = LoginContract["verify"]["request"];

/**
 * Checks passwords on a thread of its own, counts failures, and remembers right answers for minutes so that a
 * client's next connection costs one question to the directory. Disabling an account counts at once.
 */
export function loginActor(
  context: StatelessContext,
  options: LoginOptions = {},
): StatelessActor<LoginContract> & { close(): void } {
  const { clock, random, log, system } = context;
  const hasher = options.hasher ?? createHasher(clock, options.workerUrl);
  const directory = system.ref<DirectoryContract>("directory:main");
  const remembered = createRememberedLogins(clock, random);
  const addresses = createThrottle(clock, LIMITS.loginFailuresPerAddress, LIMITS.loginWindowMs);
  const accounts = createThrottle(clock, LIMITS.loginFailuresPerAccount, LIMITS.loginWindowMs);
  const checking = new Map<string, Promise<boolean>>();
  const upgrading = new Set<string>();
  const knownPairs = new Map<string, true>();
  const unwatch = system.watch("directory:main", "accounts", (event) => {
    if (event.kind === "reset") remembered.clear();
    else remembered.drop((event.event as AccountEvent).accountId); // the topic carries nothing else
  });

  async function verify(request: Verify): Promise<{ account: Account }> {
    const client = clientKey(request.ip);
    if (addresses.blocked(client)) throw throttled();
    const found = await directory.ask("credentials", { login: request.login });
    const account = found?.account.id ?? `?${request.login.slice(0, 320).toLowerCase()}`;
    const pair = `${account} ${client}`;
    // A stranger's failures do not lock out somebody at an address that the account logged in from.
    const admit = () => {
      if (addresses.blocked(client) || (accounts.blocked(account) && !knownPairs.has(pair))) {
        throw throttled();
      }
    };
    admit();
    const key = found && remembered.key(account, request.login, request.password, found.passwordHash);
    if (found && remembered.has(key!)) return { account: found.account };

    const right = await check(request.password, found, key, admit);
    // The account may have been disabled, or its password changed, while this one was checked.
    const still = right && found && await directory.ask("credentials", { login: request.login });
    if (!still || still.passwordHash !== found.passwordHash) {
      fail(account, found, request);
      throw new Fault("denied", "wrong user name or password");
    }
    remembered.add(key!, account);
    know(pair);
    if (!isCurrent(found.passwordHash) || !areBound(found)) upgrade(found, request.password);
    return { account: still.account };
  }

  function fail(
    account: string,
    found: Credentials | null,
    { protocol, ip }: { protocol: string; ip: string },
  ) {
    addresses.fail(clientKey(ip));
    accounts.fail(account);
    log.info("login.failed", { protocol, ip, account: found?.account.id });
  }

  function know(pair: string): void {
    dropOldest(knownPairs, KNOWN_PAIRS);
    knownPairs.set(pair, true);
  }

  const scram = scramHandlers(context, directory, {
    admit(account, ip) {
      const client = clientKey(ip);
      const blocked = accounts.blocked(account) && !knownPairs.has(`${account} ${client}`);
      if (addresses.blocked(client) || blocked) throw throttled();
    },
    failed: fail,
    succeeded: (account, ip) => know(`${account} ${clientKey(ip)}`),
  });

  /** Checks a password once however many connections bring the same one at the same time. */
  function check(password: string, found: Credentials | null, key: string | null, admit: () => void) {
    const same = key === null ? undefined : checking.get(key);
    if (same) return same;
    const result = checkOnce(password, found, admit);
    if (key === null) return result;
    const shared = result.finally(() => checking.delete(key));
    checking.set(key, shared);
    return shared;
  }

  async function checkOnce(password: string, found: Credentials | null, admit: () => void): Promise<boolean> {
    const usable = password.length > 0 && password.length <= PASSWORD_MOST;
    const job = {
      kind: "verify" as const,
      password: usable ? password : "-",
      passwordHash: found?.passwordHash ?? NOBODY,
    };
    try {
      return await hasher.run(job, admit) === true && usable && found !== null;
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      log.warn("login.unsupported_hash", { account: found?.account.id });
      return false;
    }
  }

  /** Replaces an old or weak hash, or adds what SCRAM needs, in the background; the next login tries again when it fails. */
  function upgrade(found: Credentials, password: string): void {
    if (hasher.waiting > REHASH_QUEUE || upgrading.has(found.account.id)) return;
    upgrading.add(found.account.id);
    const replace = async () => {
      const from = found.passwordHash;
      const hashed = isCurrent(from) ? null : hasher.run({ kind: "hash", password, salt: salt() });
      const to = hashed ? String(await hashed) : from;
      await directory.ask("rehash", {
        accountId: found.account.id,
        from,
        to,
        scram: await keys(to, password),
      });
      log.info("login.rehashed", { account: found.account.id });
    };
    replace().catch((error: unknown) =>
      log.warn("login.rehash_failed", { account: found.account.id, ...errorFields(error) })
    ).finally(() => upgrading.delete(found.account.id));
  }

  async function hash({ password }: { password: string }): Promise<LoginContract["hash"]["reply"]> {
    if ([...password].length < PASSWORD_CHARS) {
      throw new Fault("invalid", `a password needs at least ${PASSWORD_CHARS} characters`);
    }
    if (password.length > PASSWORD_MOST || /\p{Cc}/u.test(password)) {
      throw new Fault(
        "invalid",
        `a password has no control characters and at most ${PASSWORD_MOST} characters`,
      );
    }
    const passwordHash = String(await hasher.run({ kind: "hash", password, salt: salt() }));
    return { passwordHash, scram: await keys(passwordHash, password) };
  }

  async function vouch({ login, protocol, ip }: LoginContract["vouch"]["request"]) {
    if (addresses.blocked(clientKey(ip))) throw throttled();
    const found = login === null ? null : await directory.ask("credentials", { login });
    if (found) return { account: found.account };
    // No account is locked out by what was shown for nobody.
    addresses.fail(clientKey(ip));
    log.info("login.failed", { protocol, ip });
    throw new Fault("denied", "wrong user name or password");
  }

  const salt = () => random.bytes(COST.saltBytes);

  /** What SCRAM checks the password by. */
  async function keys(passwordHash: string, password: string): Promise<string> {
    return bindKeys(passwordHash, String(await hasher.run({ kind: "scram", password, salt: salt() })));
  }

  return {
    kind: "login",
    handlers: { verify, hash, vouch, ...scram },
    close() {
      unwatch();
      hasher.close();
    },
  };
}

function throttled(): Fault {
  return new Fault("limit", "too many failed logins; try again later");
}
