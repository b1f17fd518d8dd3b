import type { PluginTransition, TaskContext, TaskPlugin } from "../../../../ports/task-plugin.ts";
import type { PropellerDeps } from "../../propeller-deps.ts";
import type { ResourcePool, TokenHolder } from "../../../../ports/resource-manager.ts";
import type { AttemptState } from "../../state.ts";

/** What comes of asking for the token that an attempt needs. */
export interface Allocation {
  /** The pool that it comes from; undefined where the plugin requires none. */
  readonly pool: ResourcePool | undefined;
  /** What is told of the attempt while it has no token; it is woken once it has. */
  readonly waiting?: PluginTransition;
}

const holderOf = ({ id, generatedName }: TaskContext): TokenHolder => ({
  execution: id.node.execution,
  nodeId: id.node.nodeId,
  token: generatedName,
});

/** Asks for an attempt's token until it has it. Flyte: pluginmachinery/internal/webapi/allocation_token.go. */
export async function allocate(deps: PropellerDeps, plugin: TaskPlugin, context: TaskContext, state: AttemptState): Promise<Allocation> {
  const pool = plugin.requires?.(context);
  if (!pool || state.allocated || (await deps.resources.allocate(pool, holderOf(context)))) return { pool };
  const reason = "Quota for task has exceeded. Waiting for the resource.";
  return { pool, waiting: { phase: "WAITING_FOR_RESOURCES", phaseVersion: 0, reason } };
}

export async function giveBack(deps: PropellerDeps, plugin: TaskPlugin, context: TaskContext): Promise<void> {
  const pool = plugin.requires?.(context);
  if (pool) await deps.resources.release(pool, holderOf(context));
}
