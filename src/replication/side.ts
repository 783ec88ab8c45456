import type { ActorAddress, Contract } from "../actor/actor.ts";
import type { LogMark, ReplicaContract } from "../actor/replica.ts";
import type { ActorRequest, Outcome } from "../actor/request.ts";
import { Fault } from "../base/fault.ts";

/** The actors of one server as the engine asks them: its own, or the other server's over the link. */
export interface Side {
  ask(request: ActorRequest, answer: (outcome: Outcome) => void): void;
}

/** A reply with the end of the log that it rests on. */
export interface Answered<R> {
  reply: R;
  mark: LogMark | null;
}

/** What the engine asks of any replicated actor. Contents are of mailboxes; the directory has none. */
export type EngineContract = Omit<ReplicaContract<EngineChange, unknown>, "applyLog"> & {
  readLog: {
    request: { after: number; limit: number; contents?: boolean; except?: string[] };
    reply: { entries: EngineEntry[]; end: number; contents?: Uint8Array[]; absent?: string[] };
  };
  missingContents: { request: { hashes: string[] }; reply: { missing: string[] } };
  readContents: {
    request: { hashes: string[] };
    reply: { contents: (Uint8Array | null)[]; next: number | null };
  };
  /** Over the link a page brings its messages along. */
  applyLog: {
    request: { after: LogMark; entries: EngineEntry[]; absent?: string[]; contents?: Uint8Array[] };
    reply: { end: LogMark };
  };
  /** Over the link the bytes alone: what is worked out about them is worked out anew. */
  stageContents: { request: { contents: Uint8Array[] }; reply: { staged: number } };
  hash: { request: Record<string, never>; reply: { position: number; hash: string } };
  /** Only over the link: look at this actor, I have changes that you may lack. */
  offer: { request: Record<string, never>; reply: Record<string, never> };
  /** Only over the link: my copy differs from yours, which counts. */
  repair: { request: Record<string, never>; reply: Record<string, never> };
};

/** A change as far as the engine reads it: which messages it names. */
export type EngineChange = {
  op: string;
  hash?: string;
  branch?: { common: LogMark; end: LogMark } | null;
  folders?: { rows: unknown[][] }[];
};

/** A log entry as the engine carries it. */
export type EngineEntry = {
  position: number;
  requestId: string;
  hlc: number;
  changes: EngineChange[];
  reply?: Uint8Array;
};

/** Asks an actor of one side; a failure is thrown as a Fault. */
export function askSide<C extends Contract, N extends keyof C & string>(
  side: Side,
  to: ActorAddress,
  name: N,
  request: C[N]["request"],
  options: { requestId?: string; homeOnly?: boolean } = {},
): Promise<Answered<C[N]["reply"]>> {
  return new Promise((resolve, reject) => {
    const { requestId = null, homeOnly } = options;
    side.ask({ to, name, request, requestId, homeOnly }, (outcome) => {
      if (outcome.ok) resolve({ reply: outcome.reply, mark: outcome.mark ?? null });
      else reject(new Fault(outcome.code, outcome.message));
    });
  });
}

/** `askSide` for the engine's own requests, the reply alone. */
export async function askEngine<N extends keyof EngineContract & string>(
  side: Side,
  to: ActorAddress,
  name: N,
  request: EngineContract[N]["request"],
): Promise<EngineContract[N]["reply"]> {
  return (await askSide<EngineContract, N>(side, to, name, request)).reply;
}
