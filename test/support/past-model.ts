import { applyNodeEvent, newNodeExecution } from "../../src/engine/events/apply-node-event.ts";
import { nodeExecutionMessage } from "../../src/engine/events/execution-messages.ts";
import { flyteidl } from "../../src/idl/flyteidl.ts";
import type { NodeExecutionId } from "../../src/idl/identifiers.ts";
import type { NodeExecutionEvent } from "../../src/idl/types.ts";
import type { PastExecutions } from "../../src/ports/past-executions.ts";
import type { AdminModel } from "./admin-model.ts";

/** What admin knows of an execution by the events that a model of it has seen. `moved`: where its files are now. */
export class PastModel implements PastExecutions {
  readonly asked: string[] = [];
  readonly #admin: AdminModel;
  readonly #moved: (uri: string) => string;

  constructor(admin: AdminModel, moved: (uri: string) => string) {
    this.#admin = admin;
    this.#moved = moved;
  }

  #events(nodeId: string): NodeExecutionEvent[] {
    return this.#admin.seen.flatMap(({ event }) => (event.level === "node" && event.event.id?.nodeId === nodeId ? [event.event] : []));
  }

  async node({ execution, nodeId }: NodeExecutionId): Promise<flyteidl.admin.NodeExecution.$Properties | undefined> {
    this.asked.push(`${execution.name} ${nodeId}`);
    const [first, ...more] = this.#events(nodeId);
    if (!first) return undefined;
    let row = newNodeExecution(first, { parentKey: null, parentTaskExecutionKey: null, dynamicWorkflowClosureUri: "" });
    for (const event of more) row = applyNodeEvent(row, event, "");
    const message = flyteidl.admin.NodeExecution.decode(nodeExecutionMessage(row));
    message.inputUri = this.#moved(message.inputUri);
    const { closure } = message;
    if (closure?.outputUri) closure.outputUri = this.#moved(closure.outputUri);
    if (closure?.dynamicJobSpecUri) closure.dynamicJobSpecUri = this.#moved(closure.dynamicJobSpecUri);
    return message;
  }

  async dynamicWorkflow({ nodeId }: NodeExecutionId): Promise<Uint8Array | undefined> {
    const found = this.#events(nodeId).findLast(({ taskNodeMetadata }) => taskNodeMetadata?.dynamicWorkflow?.compiledWorkflow != null);
    const compiled = found?.taskNodeMetadata?.dynamicWorkflow?.compiledWorkflow;
    return compiled == null ? undefined : flyteidl.core.CompiledWorkflowClosure.encode(compiled).finish();
  }

  async externalResources({ nodeId }: NodeExecutionId): Promise<readonly flyteidl.event.ExternalResourceInfo.$Properties[]> {
    const last = new Map<string, flyteidl.event.ExternalResourceInfo.$Properties>();
    for (const { event } of this.#admin.seen) {
      if (event.level !== "task" || event.event.parentNodeExecutionId?.nodeId !== nodeId) continue;
      for (const one of event.event.metadata?.externalResources ?? []) last.set(`${one.index ?? 0}/${one.retryAttempt ?? 0}`, one);
    }
    return [...last.values()];
  }
}
