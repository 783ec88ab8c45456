import type { QueueContract } from "../../actors/queue/contract.ts";
import type { ActorRequest, Outcome } from "../actor/request.ts";
import type { Timer } from "../base/clock.ts";
import { LIMITS } from "../base/limits.ts";
import { errorFields } from "../base/log.ts";
import type { Replicator } from "./replicator.ts";
import type { AcknowledgePolicy } from "./acknowledge.ts";
import { askSide } from "./side.ts";

const QUEUE = "queue:main";

/**
 * Mail on its way out belongs to the server that accepted it. Where both servers must have a change before it is
 * acknowledged, the other one keeps a copy until the mail is done, and can take it over when this server is gone.
 */
export class QueueCopies {
  #timer: Timer | null = null;

  constructor(private readonly replicator: Replicator, private readonly policy: AcknowledgePolicy) {}

  /** Takes a message over, with a copy on the other server if that is asked for. */
  submit(request: ActorRequest, answer: (outcome: Outcome) => void): void {
    const submission = request.request as QueueContract["submit"]["request"];
    const to = submission.accountId === null ? null : `mailbox:${submission.accountId}` as const;
    const { local } = this.replicator.options;
    void this.policy.of(to).then((acknowledge) => {
      if (acknowledge === "local") return local.ask(request, answer);
      if (!this.replicator.link && this.policy.whenSplit === "refuse") {
        return answer(this.policy.away(request));
      }
      const copied = { ...submission, copied: true };
      local.ask({ ...request, request: copied }, (outcome) => {
        if (outcome.ok) {
          this.#copy((outcome.reply as { id: string }).id, submission, request, outcome, answer);
        } else answer(outcome);
      });
    }, () => local.ask(request, answer));
  }

  /** Tells the other server what is done, now and then. */
  start(): void {
    const { clock, log } = this.replicator.options;
    this.#timer = clock.after(LIMITS.replicaQuietMs * 5, () => {
      this.#tellDone().catch((error) => log.debug("replication.copies", errorFields(error)))
        .finally(() => this.#timer && this.start());
    });
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = null;
  }

  #copy(
    id: string,
    submission: QueueContract["submit"]["request"],
    request: ActorRequest,
    outcome: Outcome,
    answer: (outcome: Outcome) => void,
  ): void {
    const { link, options: { node } } = this.replicator;
    if (!link) return answer(this.policy.degrade(request, outcome));
    const copy = { id, node: node.id, submission };
    link.ask({ to: QUEUE, name: "keepCopy", request: copy, requestId: null }, (kept) => {
      answer(kept.ok ? outcome : this.policy.degrade(request, outcome));
    });
  }

  async #tellDone(): Promise<void> {
    const { link, options: { local } } = this.replicator;
    if (!link) return;
    const { reply: { ids } } = await askSide<QueueContract, "doneCopies">(local, QUEUE, "doneCopies", {});
    if (!ids.length) return;
    await askSide<QueueContract, "dropCopies">(link, QUEUE, "dropCopies", { ids });
    await askSide<QueueContract, "forgetDone">(local, QUEUE, "forgetDone", { ids });
  }
}
