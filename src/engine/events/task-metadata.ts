import type { flyteidl } from "../../idl/flyteidl.ts";
import type { TaskPhase } from "../../idl/phases.ts";
import { mergeStruct } from "./merge-struct.ts";
import { logsInPhase, mergeLogs } from "./task-logs.ts";

type Metadata = flyteidl.event.TaskExecutionMetadata.$Properties;
type Resource = flyteidl.event.ExternalResourceInfo.$Properties;

/** What an event says of its attempt, over what was known: what it leaves out stays. */
export function mergeTaskMetadata(
  known: Metadata | null | undefined,
  latest: Metadata | null | undefined,
  phase: TaskPhase,
): Metadata | null {
  if (latest == null) return known ?? null;
  return {
    generatedName: latest.generatedName || known?.generatedName,
    externalResources: mergeExternalResources(known?.externalResources ?? [], latest.externalResources ?? [], phase),
    resourcePoolInfo: latest.resourcePoolInfo?.length ? latest.resourcePoolInfo : known?.resourcePoolInfo,
    pluginIdentifier: latest.pluginIdentifier || known?.pluginIdentifier,
    instanceClass: latest.instanceClass || known?.instanceClass,
  };
}

/** Resources are told apart by index and attempt, and kept in that order. */
function mergeExternalResources(known: readonly Resource[], latest: readonly Resource[], phase: TaskPhase): Resource[] {
  const byKey = new Map(known.map((one) => [keyOf(one), one]));
  for (const one of latest) {
    const before = byKey.get(keyOf(one));
    byKey.set(keyOf(one), {
      externalId: one.externalId || before?.externalId,
      index: one.index,
      retryAttempt: one.retryAttempt,
      phase: one.phase,
      cacheStatus: one.cacheStatus,
      logs: logsInPhase(mergeLogs(before?.logs ?? [], one.logs ?? []), phase),
      workflowNodeMetadata: one.workflowNodeMetadata ?? before?.workflowNodeMetadata,
      customInfo: mergeStruct(before?.customInfo, one.customInfo),
      logContext: one.logContext ?? before?.logContext,
    });
  }
  return [...byKey.values()].sort((a, b) => (a.index ?? 0) - (b.index ?? 0) || (a.retryAttempt ?? 0) - (b.retryAttempt ?? 0));
}

const keyOf = (one: Resource): string => `${one.index ?? 0}/${one.retryAttempt ?? 0}`;
