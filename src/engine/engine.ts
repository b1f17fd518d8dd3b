import { createPluginRegistry } from "../plugins/machinery/registry.ts";
import type { BlobStore } from "../ports/blob-store.ts";
import type { JoinedStore } from "../ports/joined-store.ts";
import type { StateStore } from "../ports/state-store.ts";
import type { PluginHost, TaskPlugin } from "../ports/task-plugin.ts";
import type { WorkflowStore } from "../ports/workflow-store.ts";
import type { Clock } from "../std/clock.ts";
import type { Logger } from "../std/logger.ts";
import type { Random } from "../std/random.ts";
import { createAdminService } from "./admin/admin-service.ts";
import { createDataProxyService } from "./admin/data-proxy-service.ts";
import { reconcile } from "./admin/executions/reconcile.ts";
import { registerConfiguredProjects } from "./admin/projects/register-project.ts";
import { createWatchService } from "./admin/watch-service.ts";
import { createCacheService } from "./datacatalog/cache-service.ts";
import { createCatalog } from "./datacatalog/catalog.ts";
import { createDataCatalogService } from "./datacatalog/data-catalog-service.ts";
import { createDirectEventSink } from "./events/record-events.ts";
import { createWatchHub } from "./events/watch-hub.ts";
import { createPropeller } from "./propeller/propeller.ts";
import type { ServiceHandlers } from "./service.ts";
import type { EngineSettings } from "./settings.ts";

export interface EngineDeps {
  readonly state: StateStore;
  readonly workflows: WorkflowStore;
  /** When both are in one database: a round's events and its state are then one commit. */
  readonly joined?: JoinedStore;
  readonly blobs: BlobStore;
  /** Made once the engine can be woken. */
  readonly plugins: (host: PluginHost) => readonly TaskPlugin[];
  readonly clock: Clock;
  readonly random: Random;
  readonly settings: EngineSettings;
  /** Shown by GetVersion. */
  readonly version: string;
  /** Who claims workflows; another process on the same store has another. */
  readonly owner: string;
  readonly logger: Logger;
}

export interface Engine {
  /** For a gateway to serve. */
  readonly services: readonly ServiceHandlers[];
  /** Takes up what an earlier process left unfinished. */
  start(): Promise<void>;
  /** Finishes the rounds under way; attempts go on. */
  stop(): Promise<void>;
}

/** Control plane and data plane in one process, speaking directly through the seams that they speak through apart. */
export function createEngine(deps: EngineDeps): Engine {
  const watchHub = createWatchHub();
  const shared = { ...deps, watchHub };
  let wake: PluginHost["wake"] = () => undefined;
  const plugins = createPluginRegistry(deps.plugins({ blobs: deps.blobs, wake: (id, nodeId) => wake(id, nodeId) }));
  const events = createDirectEventSink(shared, deps.joined);
  const propeller = createPropeller({ ...deps, plugins, events, catalog: createCatalog(shared) });
  wake = (id, nodeId) => propeller.wake(id, nodeId);
  return {
    services: [
      createAdminService(shared),
      createDataProxyService(shared),
      createWatchService(shared),
      createDataCatalogService(shared),
      createCacheService(shared),
    ],
    async start() {
      await registerConfiguredProjects(shared);
      await reconcile(shared);
      await propeller.start();
    },
    stop: () => propeller.stop(),
  };
}
