import { createPluginRegistry, type PluginChoice } from "../plugins/machinery/registry.ts";
import type { Catalog } from "../ports/catalog.ts";
import type { ChildExecutions } from "../ports/child-executions.ts";
import type { ExecutionLauncher } from "../ports/execution-launcher.ts";
import type { EventSink } from "../ports/event-sink.ts";
import type { BlobStore } from "../ports/blob-store.ts";
import type { JoinedStore } from "../ports/joined-store.ts";
import type { LaunchPlans } from "../ports/launch-plans.ts";
import type { PastExecutions } from "../ports/past-executions.ts";
import type { ResourceManager } from "../ports/resource-manager.ts";
import type { Signals } from "../ports/signals.ts";
import type { StateStore } from "../ports/state-store.ts";
import type { PluginHost, TaskPlugin } from "../ports/task-plugin.ts";
import type { WorkflowStore } from "../ports/workflow-store.ts";
import type { Clock } from "../std/clock.ts";
import type { Logger } from "../std/logger.ts";
import type { Random } from "../std/random.ts";
import type { NamedEntityId } from "../idl/identifiers.ts";
import type { AdminDeps } from "./admin/admin-deps.ts";
import { createAdminService } from "./admin/admin-service.ts";
import { createDataProxyService } from "./admin/data-proxy-service.ts";
import { createDirectChildExecutions } from "./admin/executions/direct-child-executions.ts";
import { createDirectPastExecutions } from "./admin/executions/direct-past-executions.ts";
import { reconcile } from "./admin/executions/reconcile.ts";
import { registerConfiguredProjects } from "./admin/projects/register-project.ts";
import { createDirectLaunchPlans } from "./admin/registration/launch-plan-types.ts";
import { createSignalService } from "./admin/signal-service.ts";
import { createDirectSignals } from "./admin/signals/get-or-create-signal.ts";
import { createWatchService } from "./admin/watch-service.ts";
import { createCacheService } from "./datacatalog/cache-service.ts";
import { createCatalog } from "./datacatalog/catalog.ts";
import { createDataCatalogService } from "./datacatalog/data-catalog-service.ts";
import { createReservationWaiters, type ReservationWaiters } from "./datacatalog/reservation-waiters.ts";
import { createDirectEventSink } from "./events/record-events.ts";
import { KnownRows } from "./events/known-rows.ts";
import type { EventDeps } from "./events/record-events.ts";
import { createWatchHub } from "./events/watch-hub.ts";
import { createPropeller, type Propeller } from "./propeller/propeller.ts";
import { createScheduler } from "./scheduler/scheduler.ts";
import type { ServiceHandlers } from "./service.ts";
import type { EngineSettings } from "./settings.ts";

export interface EngineDeps {
  readonly state: StateStore;
  readonly workflows: WorkflowStore;
  /** When both are in one database: a round's events and its state are then one commit. */
  readonly joined?: JoinedStore;
  readonly resources: ResourceManager;
  readonly blobs: BlobStore;
  /** Made once the engine can be woken. */
  readonly plugins: (host: PluginHost) => readonly TaskPlugin[];
  /** Which of them run, and which types where several claim one. */
  readonly pluginChoice?: PluginChoice;
  readonly clock: Clock;
  readonly random: Random;
  readonly settings: EngineSettings;
  /** Shown by GetVersion. */
  readonly version: string;
  /** Who claims workflows; another process on the same store has another. */
  readonly owner: string;
  readonly logger: Logger;
  /** Which of the engine's parts run here; default all. Those that run speak directly. */
  readonly roles?: readonly Role[];
  /** Ways to the parts that do not run here: propeller's to all of them, the scheduler's to executions. */
  readonly links?: {
    readonly executions?: ExecutionLauncher;
    readonly events?: EventSink;
    readonly signals?: Signals;
    readonly children?: ChildExecutions;
    readonly past?: PastExecutions;
    readonly launchPlans?: LaunchPlans;
    readonly catalog?: Catalog;
  };
}

export const roles = ["admin", "propeller", "datacatalog", "scheduler"] as const;
/** A part of the engine that may run in a process of its own. */
export type Role = (typeof roles)[number];

export interface Engine {
  /** For a gateway to serve. */
  readonly services: readonly ServiceHandlers[];
  /** The same, whose signed URLs are those of another view of the object store: for whoever reaches it at another address. */
  servicesOver(blobs: BlobStore): readonly ServiceHandlers[];
  /** Takes up what an earlier process left unfinished. */
  start(): Promise<void>;
  /** Finishes the rounds under way; attempts go on. */
  stop(): Promise<void>;
}

/** Control plane and data plane, or the parts of them that run in this process: through the seams that they speak through apart. */
export function createEngine(deps: EngineDeps): Engine {
  const watchHub = createWatchHub();
  const shared = {
    ...deps,
    watchHub,
    knownRows: new KnownRows(),
    reservationWaiters: createReservationWaiters(),
    rescheduled: (launchPlan: NamedEntityId): void => scheduler?.look(launchPlan),
  };
  const runs = (role: Role): boolean => (deps.roles ?? roles).includes(role);
  let forgetOthers = (): void => {};
  const propeller = runs("propeller") ? createOwnPropeller(deps, runs, shared) : undefined;
  const scheduler = runs("scheduler") ? createScheduler({ ...deps, executions: launcherOf(deps, runs, shared) }) : undefined;
  const servicesOver = (blobs: BlobStore): readonly ServiceHandlers[] => {
    const over = { ...shared, blobs };
    return [
      ...(runs("admin")
        ? [createAdminService(over), createSignalService(over), createDataProxyService(over), createWatchService(over)]
        : []),
      ...(runs("datacatalog") ? [createDataCatalogService(over), createCacheService(over)] : []),
    ];
  };
  return {
    services: servicesOver(deps.blobs),
    servicesOver,
    async start() {
      if (runs("admin")) {
        forgetOthers = deps.state.watchedElsewhere((execution) => watchHub.publish(execution));
        await registerConfiguredProjects(shared);
        await reconcile(shared);
      }
      await propeller?.start();
      await scheduler?.start();
    },
    async stop() {
      forgetOthers();
      await scheduler?.stop();
      await propeller?.stop();
    },
  };
}

function launcherOf({ links }: EngineDeps, runs: (role: Role) => boolean, shared: AdminDeps): ExecutionLauncher {
  if (runs("admin")) return createDirectChildExecutions(shared, "scheduler");
  if (!links?.executions) throw new Error("a scheduler apart from admin needs a link to it");
  return links.executions;
}

function createOwnPropeller(
  deps: EngineDeps,
  runs: (role: Role) => boolean,
  shared: EngineDeps & Pick<EventDeps, "watchHub" | "knownRows"> & { readonly reservationWaiters: ReservationWaiters },
): Propeller {
  const events = runs("admin") ? createDirectEventSink(shared, deps.joined) : deps.links?.events;
  const signals = runs("admin") ? createDirectSignals(deps) : deps.links?.signals;
  const children = runs("admin") ? createDirectChildExecutions(shared, "propeller") : deps.links?.children;
  const past = runs("admin") ? createDirectPastExecutions(shared) : deps.links?.past;
  const launchPlans = runs("admin") ? createDirectLaunchPlans(deps) : deps.links?.launchPlans;
  const catalog = runs("datacatalog") ? createCatalog(shared) : deps.links?.catalog;
  if (!events || !signals || !children || !past || !launchPlans || !catalog)
    throw new Error("propeller apart from admin or the datacatalog needs links to them");
  let wake: PluginHost["wake"] = () => undefined;
  const plugins = createPluginRegistry(deps.plugins({ blobs: deps.blobs, wake: (id, nodeId) => wake(id, nodeId) }), deps.pluginChoice);
  const propeller = createPropeller({ ...deps, plugins, events, signals, children, past, launchPlans, catalog });
  wake = (id, nodeId) => propeller.wake(id, nodeId);
  return propeller;
}
