import { flyteidl } from "../../../idl/flyteidl.ts";
import { sameBytes } from "../../../idl/wire.ts";
import type { PlatformResources } from "../../../ports/workflow-store.ts";
import { resourcesToRun } from "../registration/task-resources.ts";

/** An encoded CompiledWorkflowClosure with the resources of its container tasks filled in; the same bytes where nothing is to be filled in. */
export function closureWithResources(bytes: Uint8Array, platform: PlatformResources): Uint8Array {
  const closure = flyteidl.core.CompiledWorkflowClosure.decode(bytes);
  let changed = false;
  for (const task of closure.tasks ?? []) {
    const container = task.template?.container;
    if (container == null) continue;
    const filled = resourcesToRun(container.resources, platform);
    const encode = (resources: flyteidl.core.Resources.$Properties): Uint8Array => flyteidl.core.Resources.encode(resources).finish();
    if (sameBytes(encode(container.resources ?? {}), encode(filled))) continue;
    container.resources = filled;
    changed = true;
  }
  return changed ? flyteidl.core.CompiledWorkflowClosure.encode(closure).finish() : bytes;
}
