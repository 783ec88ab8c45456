import type { StoredActor } from "../../src/actor/actor.ts";
import { get, hold, list, remove, retry, stats } from "./admin.ts";
import { readBody } from "./body.ts";
import { doneCopies, dropCopies, forgetDone, keepCopy, takeOver } from "./copies.ts";
import { check } from "./check.ts";
import { claim, renew } from "./claim.ts";
import type { QueueContract } from "./contract.ts";
import { report } from "./report.ts";
import { wake } from "./schedule.ts";
import { MIGRATIONS } from "./schema.ts";
import { configure, openState, type QueueState } from "./settings.ts";
import { submit } from "./submit.ts";

/** Mail on its way out: one file, one actor, `queue:main`. What is claimed is sent by `src/outbound/dispatcher.ts`. */
export const queueActor: StoredActor<QueueContract, QueueState> = {
  kind: "queue",
  migrations: MIGRATIONS,
  reads: new Set(["readBody", "list", "get", "stats", "check", "doneCopies"]),
  handlers: {
    submit,
    claim,
    renew,
    report,
    readBody,
    list,
    get,
    remove,
    retry,
    hold,
    keepCopy,
    dropCopies,
    takeOver,
    doneCopies,
    forgetDone,
    configure,
    wake,
    stats,
    check: (_, turn) => ({ problems: check(turn.db) }),
  },
  open: openState,
  check,
};
