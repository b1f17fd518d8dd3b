import type { TaskLog } from "../../idl/types.ts";
import { KubernetesError, type KubernetesResource } from "../../ports/kubernetes-api.ts";
import type { KubernetesObject } from "../../ports/kubernetes-objects.ts";
import type { PluginHost, PluginTransition, TaskContext, TaskPlugin } from "../../ports/task-plugin.ts";
import type { Clock } from "../../std/clock.ts";
import { quotaRefusal } from "./quota.ts";
import { permanentFailure, type ResourcePhase, retryableFailure } from "./resource-phase.ts";
import { AttemptWatch } from "./attempt-watch.ts";

/** A kind of task that is an object in a cluster. */
export interface KubernetesPluginParts<T extends KubernetesObject> {
  readonly id: string;
  readonly taskTypes: readonly string[];
  readonly isDefault?: boolean;
  readonly resource: KubernetesResource<T>;
  readonly host: PluginHost;
  readonly clock: Clock;
  /** Taken off at the end, when objects are made with it. */
  readonly finalizer?: string;
  /** Whether an object goes with its attempt even where that has succeeded. */
  readonly deleteOnFinalize: boolean;
  /** What an attempt's processes have to end when it is aborted, where it is not the object's own. */
  readonly graceSecondsOf?: (context: TaskContext) => number | undefined;
  readonly namespaceOf: (context: TaskContext) => string;
  /** The object, or why there can be none. */
  readonly build: (context: TaskContext) => Promise<T | ResourcePhase>;
  /** What the object says; undefined when nothing can be told now. */
  readonly phase: (object: T, context: TaskContext) => Promise<ResourcePhase | undefined>;
  readonly logs: (object: T, context: TaskContext) => readonly TaskLog[];
  /** Why somebody deletes the object, where it says so. */
  readonly deletionReason?: (object: T) => string;
}

/** Until what a quota or the end of a namespace has refused is tried again. */
const refusalRetryMs = 10_000;

/**
 * Runs each attempt as one object, named after it: creating it twice leaves one, and a restarted propeller finds it again.
 * The informer wakes the attempt. Which answer of the API server is which phase is Flyte's (task/k8s/plugin_manager.go).
 */
export function createKubernetesPlugin<T extends KubernetesObject>(parts: KubernetesPluginParts<T>): TaskPlugin {
  const { resource, host, clock, finalizer, namespaceOf } = parts;
  const watch = new AttemptWatch(clock, (context) => host.wake(context.id.node.execution, context.id.node.nodeId));
  const keyOf = (context: TaskContext): string => `${namespaceOf(context)}/${context.generatedName}`;
  resource.subscribe(({ metadata }) => watch.changed(`${metadata.namespace ?? ""}/${metadata.name ?? ""}`));

  const submit = async (context: TaskContext): Promise<PluginTransition> => {
    const built = await parts.build(context);
    if (!("metadata" in built)) return transitionOf(context, built, []);
    try {
      // One that was there is of an earlier life of this propeller: it may be at its end already, and never change again.
      if (!(await resource.create(built))) return await look(context);
    } catch (error) {
      if (!(error instanceof KubernetesError)) throw error;
      const refused = phaseOfRefusal(error, clock.now());
      if (!refused) throw error;
      if (refused.lookAgainAt !== undefined) watch.lookAgain(keyOf(context), context, refused.lookAgainAt);
      return transitionOf(context, refused, []);
    }
    return transitionOf(context, { phase: "QUEUED", reason: "task submitted to K8s" }, []);
  };

  const look = async (context: TaskContext): Promise<PluginTransition> => {
    const place = keyOf(context);
    const object = await resource.find(namespaceOf(context), context.generatedName);
    if (!object) {
      return transitionOf(context, retryableFailure("ResourceDeletedExternally", `resource not found, name [${place}]`, "SYSTEM"), []);
    }
    const found = (await parts.phase(object, context)) ?? lastPhase(context);
    if (found.lookAgainAt !== undefined) watch.lookAgain(place, context, found.lookAgainAt);
    // Somebody deletes it, or its node is gone and our finalizer holds it.
    if (!isFinal(found) && object.metadata.deletionTimestamp !== undefined) {
      const why = parts.deletionReason?.(object) ?? "";
      const message = `object [${place}] terminated in the background, manually${why === "" ? "" : `: ${why}`}`;
      return transitionOf(context, retryableFailure("UnexpectedObjectDeletion", message, "SYSTEM"), []);
    }
    return transitionOf(context, found, parts.logs(object, context));
  };

  return {
    id: parts.id,
    taskTypes: parts.taskTypes,
    ...(parts.isDefault !== undefined && { isDefault: parts.isDefault }),
    async handle(context) {
      // Before anything is asked, or a change between the answer and here would wake nobody.
      watch.add(keyOf(context), context);
      return await (context.state?.["created"] === true ? look(context) : submit(context));
    },
    async abort(context) {
      await resource.remove(namespaceOf(context), context.generatedName, parts.graceSecondsOf?.(context));
    },
    async finalize(context) {
      watch.remove(keyOf(context));
      const namespace = namespaceOf(context);
      if (finalizer !== undefined) await resource.releaseFinalizer(namespace, context.generatedName, finalizer);
      if (parts.deleteOnFinalize) await resource.remove(namespace, context.generatedName);
    },
  };
}

const isFinal = ({ phase }: ResourcePhase): boolean =>
  phase === "SUCCESS" || phase === "RETRYABLE_FAILURE" || phase === "PERMANENT_FAILURE" || phase === "ABORTED";

function phaseOfRefusal(error: KubernetesError, now: number): ResourcePhase | undefined {
  const quota = quotaRefusal(error);
  if (quota === "NEVER") return permanentFailure("ResourceRequestsExceedLimits", `requested resources exceed limits: ${error.message}`);
  if (quota === "WAIT") {
    return { phase: "WAITING_FOR_RESOURCES", reason: `Exceeded resourcequota: ${error.message}`, lookAgainAt: now + refusalRetryMs };
  }
  // Flyte has every retry of the task refused within a second. A namespace that goes is made anew, or it is a mistake that somebody mends.
  if (error.causes.some(({ reason }) => reason === "NamespaceTerminating")) {
    return { phase: "WAITING_FOR_RESOURCES", reason: error.message, lookAgainAt: now + refusalRetryMs };
  }
  if (error.status === 403) return retryableFailure("RuntimeFailure", error.message);
  if (error.status === 413) return permanentFailure("EntityTooLarge", error.message);
  return undefined;
}

/** What the attempt was found in last. */
function lastPhase({ state }: TaskContext): ResourcePhase {
  const phase = state?.["phase"];
  const reason = state?.["reason"];
  if (phase === "RUNNING") return { phase };
  return { phase: phase === "INITIALIZING" ? phase : "QUEUED", ...(typeof reason === "string" && { reason }) };
}

/** A new reason within a phase is a new version of it; so are the logs of a running attempt. */
function transitionOf(context: TaskContext, found: ResourcePhase, logs: readonly TaskLog[]): PluginTransition {
  const { lookAgainAt: _, ...told } = found;
  const { phase, reason = "" } = found;
  const least = phase === "RUNNING" && logs.length > 0 ? 1 : 0;
  const same = context.state?.["phase"] === phase;
  const news = same && phase !== "RUNNING" && context.state?.["reason"] !== reason ? 1 : 0;
  const phaseVersion = same ? Math.max(context.phaseVersion + news, least) : least;
  const created = phase !== "WAITING_FOR_RESOURCES";
  return { ...told, phaseVersion, ...(logs.length > 0 && { logs }), state: { created, phase, reason } };
}
