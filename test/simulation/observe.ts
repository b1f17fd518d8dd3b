import { flyteidl } from "../../src/idl/flyteidl.ts";
import { taskPhaseOf } from "../../src/idl/phases.ts";
import type { AdminModel } from "../support/admin-model.ts";
import type { ChildModel } from "../support/child-model.ts";
import type { ExecutionError, LiteralMap } from "../../src/idl/types.ts";
import type { Seen, SeenNode } from "./reference/judge.ts";

const failureOf = (error: ExecutionError | null | undefined): SeenNode["failure"] =>
  error == null ? undefined : { code: error.code ?? "", message: error.message ?? "" };

/** An execution as admin was told of it, and what has become of its children. */
export function observe(admin: AdminModel, children: ChildModel, outputs: LiteralMap["literals"] | undefined): Seen {
  const ends = new Map<string, Pick<SeenNode, "end" | "failure">>();
  const attempts = new Map<string, Map<number, string>>();
  const attemptsOf = (id: string): Map<number, string> => {
    const known = attempts.get(id) ?? new Map<number, string>();
    attempts.set(id, known);
    return known;
  };
  for (const { phase, event } of admin.seen) {
    if (event.level === "node") ends.set(event.event.id?.nodeId ?? "", { end: phase, failure: failureOf(event.event.error) });
    if (event.level !== "task") continue;
    const id = event.event.parentNodeExecutionId?.nodeId ?? "";
    if (event.event.taskType !== "container_array") attemptsOf(id).set(event.event.retryAttempt ?? 0, phase);
    for (const { index, retryAttempt, phase: ofElement, cacheStatus } of event.event.metadata?.externalResources ?? []) {
      if (taskPhaseOf(ofElement) === "UNDEFINED") continue;
      const element = `${id}[${index ?? 0}]`;
      const isHit = cacheStatus === flyteidl.core.CatalogCacheStatus.CACHE_HIT;
      if (!isHit) attemptsOf(element).set(retryAttempt ?? 0, taskPhaseOf(ofElement));
      ends.set(element, { end: taskPhaseOf(ofElement), failure: undefined });
    }
  }
  for (const [name, { phase }] of children.children)
    ends.set(`child ${name}`, { end: phase.replace("ABORTING", "ABORTED"), failure: undefined });
  const last = admin.last("workflow");
  return {
    phase: last?.phase ?? "",
    failure: failureOf(last?.event.level === "workflow" ? last.event.event.error : undefined),
    outputs: outputs === undefined ? undefined : { literals: outputs },
    nodes: new Map(
      [...ends].map(([id, end]) => [
        id,
        { ...end, attempts: [...(attempts.get(id) ?? [])].sort(([a], [b]) => a - b).map(([, phase]) => phase) },
      ]),
    ),
  };
}
