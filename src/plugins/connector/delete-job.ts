import { hasStatus, StatusError } from "../../idl/status.ts";
import type { TaskContext } from "../../ports/task-plugin.ts";
import type { Clock } from "../../std/clock.ts";
import type { Logger } from "../../std/logger.ts";
import { BackgroundCall } from "./background-call.ts";
import { categoryOf, type Begun } from "./connector-calls.ts";
import type { ConnectorConfig } from "./connector-config.ts";
import type { Served } from "./connector-directory.ts";
import { errorText, isAway, moreTrouble, type Trouble } from "./trouble.ts";

/** How far the deletion of an attempt's job has come. */
export interface Deletion {
  call?: BackgroundCall<void>;
  trouble?: Trouble;
}

export interface DeleteJob {
  readonly context: TaskContext;
  /** The call that makes the job, while it is under way. */
  readonly beginning: BackgroundCall<Begun> | undefined;
  readonly meta: Uint8Array | undefined;
  readonly served: Served | "NOBODY" | undefined;
  readonly deletion: Deletion;
  readonly config: ConnectorConfig;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** How long a round waits for a connector, milliseconds. */
const grace = 1_000;

/**
 * Deletes the job of an attempt that is aborted. While that is not done it rejects as UNAVAILABLE, for another round to go on; a
 * connector that refuses again and again, or stays away for too long, holds no execution up for ever.
 */
export async function deleteJob(job: DeleteJob): Promise<void> {
  const { context, beginning, served, deletion, config, clock, logger } = job;
  if (beginning) {
    await within(clock, beginning.done);
    if (!beginning.outcome) throw new StatusError("UNAVAILABLE", `the job of ${context.generatedName} is being made`);
  }
  const begun = beginning?.outcome;
  const meta = job.meta ?? (begun?.ok && "meta" in begun.value ? begun.value.meta : undefined);
  if (meta === undefined) return;
  if (served !== undefined && served !== "NOBODY") {
    deletion.call ??= new BackgroundCall(
      () => served.server.delete({ category: categoryOf(context), meta }),
      () => {},
    );
    await within(clock, deletion.call.done);
  }
  const outcome = deletion.call?.outcome;
  if (outcome?.ok || (outcome && hasStatus(outcome.error, "NOT_FOUND"))) return;
  if (deletion.call && !outcome) throw new StatusError("UNAVAILABLE", `the job of ${context.generatedName} is being deleted`);
  delete deletion.call;
  const error = outcome?.error ?? new StatusError("UNAVAILABLE", "no connector says that it runs tasks of its type");
  const trouble = moreTrouble(deletion.trouble, error, clock.now());
  deletion.trouble = trouble;
  const text = `failed to delete task from connector with ${errorText(error)}`;
  const isOver = trouble.answers > config.maxSystemFailures || (isAway(error) && clock.now() - trouble.since >= config.unreachableTimeout);
  if (!isOver) throw new StatusError("UNAVAILABLE", text);
  logger.warn("a job of a connector may go on: it could not be deleted", { attempt: context.generatedName, error: text });
}

/** Waits for `done`, but not for long. */
async function within(clock: Clock, done: Promise<void>): Promise<void> {
  let cancel = (): void => {};
  const late = new Promise<void>((resolve) => (cancel = clock.at(clock.now() + grace, resolve)));
  await Promise.race([done, late]);
  cancel();
}
