import { encodeLiteralMap } from "../../inputs.ts";
import { endNodeId } from "../../node-ids.ts";
import { inputsOfNode } from "../node-inputs.ts";
import { nodeLayout } from "../../layout.ts";
import type { PropellerDeps } from "../../propeller-deps.ts";
import type { WorkflowRun } from "../../workflow-run.ts";

/** The end node gathers the workflow's outputs: its inputs are what it leaves as outputs. */
export async function handleEndNode(run: WorkflowRun, deps: PropellerDeps): Promise<void> {
  const { spec, graph, template } = run.definition;
  const queuedAt = deps.clock.now();
  const own = graph.byId.get(endNodeId)?.node?.inputs ?? [];
  const bindings = own.length > 0 ? own : (template.outputs ?? []);
  const resolved = await inputsOfNode(run, deps, bindings);
  if ("failure" in resolved) {
    run.enterNodePhase(endNodeId, "FAILED", deps.clock.now(), { queuedAt, failure: resolved.failure });
    return;
  }
  const hasOutputs = bindings.length > 0;
  if (hasOutputs) {
    const layout = nodeLayout(deps.settings, spec.id, endNodeId);
    const bytes = encodeLiteralMap(resolved.inputs);
    await Promise.all([layout.inputs, layout.outputs(0)].map((uri) => deps.blobs.put(uri, bytes, { isPutAgain: true })));
  }
  run.enterNodePhase(endNodeId, "SUCCEEDED", deps.clock.now(), { queuedAt, hasOutputs });
  run.patchState({ hasOutputs });
}
