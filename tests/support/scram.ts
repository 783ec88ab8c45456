import { concat, fromLatin1, latin1 } from "../../src/base/bytes.ts";
import { Fault } from "../../src/base/fault.ts";
import { decodeBase64, encodeBase64 } from "../../src/codec/text/sasl.ts";
import {
  isProof,
  scramKeys,
  type ScramMechanism,
  scramProof,
  serverSignature,
} from "../../src/codec/text/scram.ts";
import type { Account } from "../../actors/directory/contract.ts";
import type { StatelessActor } from "../../src/actor/actor.ts";
import type { LoginContract } from "../../actors/login/contract.ts";

const SALT = new Uint8Array(16).fill(7);

/** The half of a login actor that SCRAM asks, for one password of everybody. */
export function scramHandlers(
  password: string,
  accountOf: (login: string) => Account | undefined,
): Pick<StatelessActor<LoginContract>["handlers"], "scramBegin" | "scramEnd"> {
  return {
    scramBegin: () => Promise.resolve({ salt: SALT, iterations: 4096 }),
    scramEnd({ login, mechanism, authMessage, proof }) {
      const keys = scramKeys(mechanism, password, SALT, 4096);
      const account = accountOf(login);
      if (!account || !isProof(mechanism, keys, authMessage, proof)) {
        return Promise.reject(new Fault("denied", "wrong name or password"));
      }
      return Promise.resolve({ account, signature: serverSignature(mechanism, keys, authMessage) });
    },
  };
}

/** A client's side of SCRAM: base64 in, base64 out. */
export class ScramClient {
  readonly #bare: string;
  #signature = "";

  constructor(
    readonly mechanism: ScramMechanism,
    login: string,
    readonly password: string,
    readonly header = "n,,",
    readonly endPoint: Uint8Array = new Uint8Array(0),
  ) {
    this.#bare = `n=${login},r=clientnonce`;
  }

  first(): string {
    return encodeBase64(this.header + this.#bare);
  }

  /** The answer to the server's first message. */
  final(challenge: string): string {
    const serverFirst = fromLatin1(decodeBase64(challenge));
    const [, nonce, salt, iterations] = /^r=(clientnonce[^,]+),s=([^,]+),i=(\d+)$/.exec(serverFirst)!;
    const channel = concat([latin1(this.header), this.endPoint]);
    const bare = `c=${encodeBase64(channel)},r=${nonce}`;
    const keys = scramKeys(this.mechanism, this.password, decodeBase64(salt), Number(iterations));
    const authMessage = `${this.#bare},${serverFirst},${bare}`;
    this.#signature = encodeBase64(serverSignature(this.mechanism, keys, authMessage));
    const proof = scramProof(this.mechanism, this.password, keys, authMessage);
    return encodeBase64(latin1(`${bare},p=${encodeBase64(proof)}`));
  }

  /** Whether the server's last message shows that it knows the keys. */
  trusts(challenge: string): boolean {
    return fromLatin1(decodeBase64(challenge)) === `v=${this.#signature}`;
  }
}
