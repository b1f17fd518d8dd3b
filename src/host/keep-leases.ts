import { leaseLength } from "../engine/propeller/propeller.ts";
import type { WorkflowStore } from "../ports/workflow-store.ts";
import type { Clock } from "../std/clock.ts";
import { messageOf } from "../std/errors.ts";
import type { Logger } from "../std/logger.ts";

/**
 * Prolongs what `owner` has claimed as long as this process lives, or another propeller would take over an execution whose
 * task runs longer than a lease, and try the task again. The returned function ends that.
 */
export function keepLeases(workflows: WorkflowStore, owner: string, clock: Clock, logger: Logger): () => Promise<void> {
  let extending: Promise<void> = Promise.resolve();
  let cancel = (): void => {};
  let ended = false;
  const later = (): void => {
    if (!ended) cancel = clock.at(clock.now() + leaseLength / 3, extend);
  };
  const extend = (): void => {
    const now = clock.now();
    extending = workflows
      .extendLeases(owner, now, now + leaseLength)
      .catch((error: unknown) => logger.warn("leases could not be prolonged", { error: messageOf(error) }))
      .then(later);
  };
  later();
  return async () => {
    ended = true;
    cancel();
    await extending;
  };
}
