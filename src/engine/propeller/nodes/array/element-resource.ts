import { flyteidl } from "../../../../idl/flyteidl.ts";
import { generatedName } from "../../../../idl/names.ts";
import type { ArrayScope } from "./array-scope.ts";
import type { NodeState, UntoldAttempt } from "../../state.ts";
import type { PlacedNode } from "../../placed-node.ts";
import type { TaskExecutionEvent } from "../../../../idl/types.ts";
import type { WorkflowRun } from "../../workflow-run.ts";

type ExternalResource = flyteidl.event.ExternalResourceInfo.$Properties;

/** Elements from this one on are counted, but not listed: replies that list more are too large for Flyte's clients. */
export const mostListed = 10_000;

/** What the array's task execution says of one attempt of an element. Flyte: nodes/array/event_recorder.go process. */
export function resourceOf(run: WorkflowRun, array: PlacedNode, index: number, attempt: number, more: ExternalResource): ExternalResource {
  const name = generatedName(run.definition.spec.id.name, array.uniqueId, attempt);
  return { externalId: `${name}-n${index}-${attempt}`, index, retryAttempt: attempt, ...more };
}

/** What is to be told of an element that was taken over: what was told of it there. */
export function untoldOfPast(run: WorkflowRun, placed: PlacedNode, past: ExternalResource): Pick<NodeState, "untold"> {
  const index = placed.element?.index ?? 0;
  const { phase, cacheStatus, logs, customInfo } = past;
  const more = { phase: phase ?? 0, cacheStatus: cacheStatus ?? 0, logs: logs ?? [], ...(customInfo != null && { customInfo }) };
  return { untold: [untoldOf(0, resourceOf(run, (placed.scope as ArrayScope).array, index, 0, more))] };
}

const untoldOf = (attempt: number, resource: ExternalResource): UntoldAttempt => ({
  attempt,
  resource: Buffer.from(flyteidl.event.ExternalResourceInfo.encode(resource).finish()).toString("base64"),
});

/** An attempt of which nothing was told since `before` has become what `event` says; the logs that are known stay. */
function resourceAfter(
  run: WorkflowRun,
  placed: PlacedNode,
  event: TaskExecutionEvent,
  before: ExternalResource | undefined,
): ExternalResource {
  const index = placed.element?.index ?? 0;
  const { cache } = run.node(placed);
  const logs = (event.logs ?? []).map((log) => ({ ...log, name: `${log.name ?? ""}-${index}` }));
  return resourceOf(run, (placed.scope as ArrayScope).array, index, event.retryAttempt ?? 0, {
    phase: event.phase ?? 0,
    cacheStatus: flyteidl.core.CatalogCacheStatus[cache?.status ?? "CACHE_DISABLED"],
    logs: logs.length > 0 ? logs : (before?.logs ?? []),
    ...(event.customInfo != null && { customInfo: event.customInfo }),
  });
}

/** What is to be kept of an element, so that its array tells of what `events` say of its attempts. */
export function untoldAfter(run: WorkflowRun, placed: PlacedNode, events: readonly TaskExecutionEvent[]): Pick<NodeState, "untold"> {
  if ((placed.element?.index ?? 0) >= mostListed || events.length === 0) return {};
  const untold: UntoldAttempt[] = [...(run.node(placed).untold ?? [])];
  for (const event of events) {
    const attempt = event.retryAttempt ?? 0;
    const last = untold.at(-1);
    const before = last?.attempt === attempt ? resourceFrom(untold.pop()) : undefined;
    const resource = resourceAfter(run, placed, event, before);
    untold.push(untoldOf(attempt, resource));
  }
  return { untold };
}

export function resourceFrom(untold: UntoldAttempt | undefined): ExternalResource {
  return flyteidl.event.ExternalResourceInfo.decode(Buffer.from(untold?.resource ?? "", "base64"));
}
