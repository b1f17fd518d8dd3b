import type { BlobStore } from "../../ports/blob-store.ts";
import type { Catalog } from "../../ports/catalog.ts";
import type { ChildExecutions } from "../../ports/child-executions.ts";
import type { Clock } from "../../std/clock.ts";
import type { EngineSettings } from "../settings.ts";
import type { EventSink } from "../../ports/event-sink.ts";
import type { LaunchPlans } from "../../ports/launch-plans.ts";
import type { Logger } from "../../std/logger.ts";
import type { PastExecutions } from "../../ports/past-executions.ts";
import type { PluginRegistry } from "../../plugins/machinery/registry.ts";
import type { Random } from "../../std/random.ts";
import type { ResourceManager } from "../../ports/resource-manager.ts";
import type { Signals } from "../../ports/signals.ts";
import type { WorkflowExecutionId } from "../../idl/identifiers.ts";
import type { WorkflowStore } from "../../ports/workflow-store.ts";

export interface PropellerDeps {
  readonly workflows: WorkflowStore;
  readonly events: EventSink;
  readonly signals: Signals;
  readonly children: ChildExecutions;
  /** What an execution that recovers another takes over. */
  readonly past: PastExecutions;
  readonly launchPlans: LaunchPlans;
  readonly catalog: Catalog;
  readonly resources: ResourceManager;
  readonly blobs: BlobStore;
  readonly plugins: PluginRegistry;
  readonly clock: Clock;
  readonly random: Random;
  readonly settings: EngineSettings;
  /** Who claims workflows. The same name after a restart takes up its own at once; another waits for the lease to end. */
  readonly owner: string;
  readonly logger: Logger;
}

/** What rounds are given: also how to have an execution looked at again, for one of its nodes (the id of its attempts). */
export interface RoundDeps extends PropellerDeps {
  readonly wake: (id: WorkflowExecutionId, nodeId: string) => void;
}
