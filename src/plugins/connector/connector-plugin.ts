import type { PluginHost, PluginTransition, TaskContext, TaskPlugin } from "../../ports/task-plugin.ts";
import type { ResourcePool } from "../../ports/resource-manager.ts";
import type { Clock } from "../../std/clock.ts";
import type { Logger } from "../../std/logger.ts";
import { AttemptWatch } from "../machinery/attempt-watch.ts";
import { permanentFailure, retryableFailure } from "../machinery/resource-phase.ts";
import { BackgroundCall } from "./background-call.ts";
import { askForJob, beginTask, categoryOf, type Begun } from "./connector-calls.ts";
import type { ConnectorConfig } from "./connector-config.ts";
import type { ConnectorDirectory, Served } from "./connector-directory.ts";
import { deleteJob, type Deletion } from "./delete-job.ts";
import { pollDelay } from "./poll-delay.ts";
import { taskFailedWithError, type JobPhase } from "./read-answer.ts";
import { connectorState, nothingNew, tell } from "./tell.ts";
import { errorText, isAway, moreTrouble, type Trouble } from "./trouble.ts";

export interface ConnectorPluginOptions {
  readonly host: PluginHost;
  readonly directory: ConnectorDirectory;
  readonly config: ConnectorConfig;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** What this process knows of an attempt beside what is saved. */
interface Attempt {
  beginning?: BackgroundCall<Begun>;
  poll?: BackgroundCall<JobPhase>;
  /** The last answer about the job, and when it is to be asked about again. */
  latest?: JobPhase;
  pollAt: number;
  trouble?: Trouble | undefined;
  readonly deletion: Deletion;
  /** Ends a call that is the task itself. */
  readonly giveUp: AbortController;
}

const id = "connector-service";
const submitted: JobPhase = { phase: "QUEUED", reason: "job submitted" };

/**
 * Tasks that connectors run. No round waits for a connector: calls run in the background, and wake the attempt when they are
 * over. A connector cannot wake anybody, so its jobs are asked about, the rarer the longer they take. One that is away is
 * waited for. Flyte: plugins/webapi/connector, and its frame, pluginmachinery/internal/webapi.
 */
export function createConnectorPlugin({ host, directory, config, clock, logger }: ConnectorPluginOptions): TaskPlugin {
  const attempts = new Map<string, Attempt>();
  /** Attempts that wait for a server to say what it runs. */
  const undecided = new Map<string, TaskContext>();
  const wake = (context: TaskContext): void => host.wake(context.id.node.execution, context.id.node.nodeId);
  const watch = new AttemptWatch(clock, wake);
  directory.subscribe(() => {
    const all = [...undecided.values()];
    undecided.clear();
    for (const context of all) wake(context);
  });

  const attemptOf = ({ generatedName }: TaskContext): Attempt => {
    const known = attempts.get(generatedName);
    if (known) return known;
    const attempt: Attempt = { pollAt: 0, deletion: {}, giveUp: new AbortController() };
    attempts.set(generatedName, attempt);
    return attempt;
  };

  /** Who runs the task; undefined while a server that may run it has not said so. Servers that say nothing run nothing else, either. */
  const serverOf = (context: TaskContext): Served | "NOBODY" | undefined => {
    const { name, version } = categoryOf(context);
    if (directory.silent.length > 0 && !directory.serves(name)) {
      undecided.set(context.generatedName, context);
      return undefined;
    }
    return directory.find(name, version) ?? "NOBODY";
  };

  /** The attempt waits for who is away, for so long. */
  const waitFor = (context: TaskContext, attempt: Attempt, trouble: Trouble, who: string): PluginTransition => {
    const until = trouble.since + config.unreachableTimeout;
    const reason = `${who}${errorText(trouble.error)}`;
    if (clock.now() >= until) return tell(context, retryableFailure("ConnectorUnreachable", reason, "SYSTEM"), { connector: true });
    if (!attempt.beginning && !attempt.poll) watch.lookAgain(context.generatedName, context, Math.min(trouble.again, until));
    return tell(context, { phase: nothingNew(context)?.phase ?? "QUEUED", reason });
  };

  const waitToKnow = (context: TaskContext): PluginTransition => {
    const attempt = attemptOf(context);
    const error = new Error(directory.silent.join("; "));
    // Not a call of its own that went wrong: it is woken when they have answered.
    const trouble = { ...moreTrouble(attempt.trouble, error, clock.now()), again: Infinity, calls: 0, answers: 0 };
    attempt.trouble = trouble;
    return waitFor(context, attempt, trouble, "");
  };

  const away = ({ server }: Served): string => `the connector at ${server.endpoint} cannot be reached: `;

  const begin = (context: TaskContext, served: Served): PluginTransition => {
    const attempt = attemptOf(context);
    const outcome = attempt.beginning?.outcome;
    if (attempt.beginning && !outcome) return tell(context, submitted, { connector: true });
    if (outcome?.ok) {
      attempt.trouble = undefined;
      const { value } = outcome;
      if ("phase" in value) return tell(context, value.phase, { connector: true, ended: true });
      const now = clock.now();
      attempt.pollAt = now + pollDelay(0, config.resyncInterval);
      watch.lookAgain(context.generatedName, context, attempt.pollAt);
      const meta = Buffer.from(value.meta).toString("base64");
      return tell(context, { phase: "QUEUED", reason: "launched" }, { connector: true, meta, begunAt: now });
    }
    if (outcome) {
      delete attempt.beginning;
      if (!isAway(outcome.error)) {
        const what = served.isSync ? "execute" : "create";
        const message = `failed to ${what} task from connector with ${errorText(outcome.error)}`;
        return tell(context, retryableFailure(taskFailedWithError, message), { connector: true });
      }
      attempt.trouble = moreTrouble(attempt.trouble, outcome.error, clock.now());
    }
    const { trouble } = attempt;
    if (trouble && clock.now() < trouble.again && trouble.again < Infinity) return waitFor(context, attempt, trouble, away(served));
    attempt.beginning = new BackgroundCall(
      () => beginTask(context, host.blobs, served, attempt.giveUp.signal),
      () => wake(context),
    );
    return trouble?.calls ? waitFor(context, attempt, trouble, away(served)) : tell(context, submitted, { connector: true });
  };

  /** Takes what the last call about the job has found. */
  const take = (attempt: Attempt, outcome: NonNullable<BackgroundCall<JobPhase>["outcome"]>, begunAt: number): void => {
    const now = clock.now();
    delete attempt.poll;
    if (outcome.ok) {
      attempt.latest = outcome.value;
      attempt.trouble = undefined;
      attempt.pollAt = now + pollDelay(now - begunAt, config.resyncInterval);
    } else {
      attempt.trouble = moreTrouble(attempt.trouble, outcome.error, now);
      attempt.pollAt = attempt.trouble.again;
    }
  };

  const follow = (context: TaskContext, served: Served, meta: string): PluginTransition => {
    const attempt = attemptOf(context);
    const outcome = attempt.poll?.outcome;
    if (outcome) take(attempt, outcome, connectorState(context).begunAt ?? 0);
    const { latest, trouble } = attempt;
    if (latest && isEnd(latest)) return tell(context, latest, { ended: true });
    if (trouble && trouble.answers > config.maxSystemFailures) {
      // Flyte: internal/webapi/monitor.go.
      const message = `failed to get task from connector with ${errorText(trouble.error)}`;
      return tell(context, permanentFailure("AutoRefreshCacheFailed", message));
    }
    if (!attempt.poll) {
      if (clock.now() >= attempt.pollAt) {
        const job = { category: categoryOf(context), meta: Buffer.from(meta, "base64") };
        attempt.poll = new BackgroundCall(
          () => askForJob(context, host.blobs, served, job),
          () => wake(context),
        );
      } else {
        watch.lookAgain(context.generatedName, context, attempt.pollAt);
      }
    }
    if (trouble && isAway(trouble.error)) return waitFor(context, attempt, trouble, away(served));
    return latest ? tell(context, latest) : (nothingNew(context) ?? tell(context, submitted));
  };

  const { project, namespace } = config.resourceConstraints;
  // One for all servers, as Flyte has it.
  const pool: ResourcePool = { namespace: `${id}:default`, quota: config.resourceQuota, perProject: project, perDomain: namespace };

  return {
    id,
    taskTypes: [],
    runs: (taskType, state) => state?.["connector"] === true || directory.serves(taskType) || directory.silent.length > 0,
    requires: () => pool,
    async handle(context) {
      const served = serverOf(context);
      if (served === undefined) return waitToKnow(context);
      if (served === "NOBODY") {
        const { name, version } = categoryOf(context);
        return tell(context, permanentFailure(taskFailedWithError, `no connector runs tasks of type [${name}], version [${version}]`));
      }
      const { meta } = connectorState(context);
      return meta === undefined ? begin(context, served) : follow(context, served, meta);
    },
    async abort(context) {
      const attempt = attempts.get(context.generatedName);
      attempt?.giveUp.abort();
      const begun = attempt?.beginning?.outcome;
      const { meta, ended } = connectorState(context);
      if (ended) return;
      const made = meta !== undefined ? Buffer.from(meta, "base64") : begun?.ok && "meta" in begun.value ? begun.value.meta : undefined;
      const beginning = attempt?.beginning && !begun ? attempt.beginning : undefined;
      if (made === undefined && !beginning) return;
      await deleteJob({
        context,
        beginning,
        meta: made,
        served: serverOf(context),
        deletion: attemptOf(context).deletion,
        config,
        clock,
        logger,
      });
    },
    async finalize({ generatedName }) {
      undecided.delete(generatedName);
      watch.remove(generatedName);
      attempts.get(generatedName)?.giveUp.abort();
      attempts.delete(generatedName);
    },
  };
}

const isEnd = ({ phase }: JobPhase): boolean => phase === "SUCCESS" || phase === "RETRYABLE_FAILURE" || phase === "PERMANENT_FAILURE";
