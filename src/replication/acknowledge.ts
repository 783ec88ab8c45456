import type { Acknowledge } from "../../actors/directory/contract.ts";
import type { ActorAddress } from "../actor/actor.ts";
import { type ActorRequest, failed, type Outcome } from "../actor/request.ts";
import type { Log } from "../base/log.ts";
import type { Metrics } from "../base/metrics.ts";

/** What decides about acknowledgements. */
export interface AcknowledgeOptions {
  /** What holds for an actor, or for whatever belongs to none; looked up once in a while. */
  of(to: ActorAddress | null): Promise<Acknowledge>;
  /** While there is no other server: carry on with one copy, or refuse for now. */
  whenSplit: "degrade" | "refuse";
  log: Log;
  metrics: Metrics;
}

/** When a change is acknowledged, and what happens when that can't be: always told, never silent. */
export class AcknowledgePolicy {
  readonly of: AcknowledgeOptions["of"];
  readonly whenSplit: AcknowledgeOptions["whenSplit"];

  constructor(private readonly options: AcknowledgeOptions) {
    this.of = options.of;
    this.whenSplit = options.whenSplit;
  }

  /** The refusal of a change that one server alone may not acknowledge. */
  away(request: ActorRequest): Outcome {
    this.#tell(request);
    return failed("unavailable", "the other server is away");
  }

  /** What a change that only this server has is answered with. */
  degrade(request: ActorRequest, outcome: Outcome): Outcome {
    if (this.whenSplit === "refuse") return this.away(request);
    this.#tell(request);
    return outcome;
  }

  #tell(request: ActorRequest): void {
    this.options.metrics.count("replication_degraded", { policy: this.whenSplit });
    this.options.log.warn("replication.degraded", {
      actor: request.to,
      request: request.name,
      policy: this.whenSplit,
    });
  }
}
