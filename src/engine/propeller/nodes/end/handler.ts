import { encodeLiteralMap } from "../../inputs.ts";
import { inputsOfNode } from "../node-inputs.ts";
import type { NodeHandler } from "../node-handler.ts";

/** The end node gathers the workflow's outputs: its inputs are what it leaves as outputs. */
export const endHandler: NodeHandler = {
  isCounted: false,
  async prepare(run, deps, node) {
    const queuedAt = deps.clock.now();
    const bindings = node.node.inputs ?? [];
    const resolved = await inputsOfNode(run, deps, node, bindings);
    if ("failure" in resolved) {
      run.enterNodePhase(node, "FAILED", deps.clock.now(), { queuedAt, failure: resolved.failure });
      return;
    }
    const hasOutputs = bindings.length > 0;
    if (hasOutputs) {
      const bytes = encodeLiteralMap(resolved.inputs);
      await Promise.all([node.layout.inputs, node.layout.outputs(0)].map((uri) => deps.blobs.put(uri, bytes, { isPutAgain: true })));
    }
    run.enterNodePhase(node, "SUCCEEDED", deps.clock.now(), { queuedAt, hasOutputs });
    if (node.scope === run.root) run.patchState({ hasOutputs });
  },
};
