import { inject } from "vitest";
import { AdminModel } from "../../support/admin-model.ts";
import { addOne, executionId, inputsUri, madeBy, specOf } from "./workflow-of.ts";
import { catalogOver, createCatalog } from "../../../src/engine/datacatalog/catalog.ts";
import { createReservationWaiters } from "../../../src/engine/datacatalog/reservation-waiters.ts";
import { createDataCatalogService } from "../../../src/engine/datacatalog/data-catalog-service.ts";
import { openRemote } from "../datacatalog/open-catalog.ts";
import { ChildModel } from "../../support/child-model.ts";
import { createPluginRegistry } from "../../../src/plugins/machinery/registry.ts";
import { createPropeller } from "../../../src/engine/propeller/propeller.ts";
import { createScriptedPlugin, ScriptedWorld } from "../../support/scripted-plugin.ts";
import { flyteidl } from "../../../src/idl/flyteidl.ts";
import { PastModel } from "../../support/past-model.ts";
import { ManualClock, systemClock } from "../../../src/std/clock.ts";
import { MemoryBlobStore } from "../../support/memory-blob-store.ts";
import { openStores, type Stores } from "../../../src/stores/sql/open-stores.ts";
import { sandboxSettings } from "../../../src/engine/settings.ts";
import { seededRandom } from "../../../src/std/random.ts";
import type { CatalogDeps } from "../../../src/engine/datacatalog/catalog-deps.ts";
import type { EventSink } from "../../../src/ports/event-sink.ts";
import type { Catalog } from "../../../src/ports/catalog.ts";
import type { EngineSettings } from "../../../src/engine/settings.ts";
import type { LaunchPlanTypes } from "../../../src/ports/launch-plans.ts";
import type { Literal, LiteralMap } from "../../../src/idl/types.ts";
import type { PropellerDeps } from "../../../src/engine/propeller/propeller-deps.ts";
import type { Propeller } from "../../../src/engine/propeller/propeller.ts";
import type { ResourceManager } from "../../../src/ports/resource-manager.ts";
import type { TaskScript } from "../../support/scripted-plugin.ts";
import type { WorkflowOf } from "./workflow-of.ts";
import type { WorkflowStore } from "../../../src/ports/workflow-store.ts";

export const emptyCatalog: Catalog = {
  get: async () => undefined,
  put: async (key) => ({ datasetId: key.task, artifactId: "a", tag: "t" }),
  reserve: async (_key, ownerId) => ({ ownerId, expiresAt: Infinity, heartbeat: 10_000 }),
  release: async () => undefined,
};

/** The engine's settings of tests: nothing is looked at again unless something wakes it. */
export const settings: EngineSettings = {
  ...sandboxSettings,
  container: "s3://bucket",
  rawOutputPrefix: "s3://bucket/raw",
  reevaluationInterval: 0,
};

/**
 * How propeller reaches admin, and "ours" of the catalogs: in this process, there in one commit with what propeller saves, or
 * in another one.
 */
export type Reach = "DIRECT" | "JOINED" | "GRPC";

export interface BenchOptions extends TaskScript {
  readonly settings?: Partial<EngineSettings>;
  /** "ours": over the same tables and objects. */
  readonly catalog?: Catalog | "ours";
  readonly inputs?: LiteralMap;
  /** What is taken over from: it is over, and its files lie where they would had it been called `past`. */
  readonly recovers?: Bench;
  /** Default DIRECT. */
  readonly reach?: Reach;
  /** Puts something between propeller and what it uses. */
  readonly wrap?: (deps: PropellerDeps) => PropellerDeps;
}

const movedToPast = (uri: string): string => uri.replace("/p-d-ex/", "/p-d-past/");
const ofRecovery = {
  mode: flyteidl.admin.ExecutionMetadata.ExecutionMode.RECOVERED,
  referenceExecution: { project: "p", domain: "d", name: "past" },
};

/** One execution with everything around it; what is outside of propeller outlives `restart`. */
export class Bench implements AsyncDisposable {
  readonly clock = new ManualClock(1000);
  readonly blobs = new MemoryBlobStore(() => this.clock.now());
  readonly admin = new AdminModel();
  readonly world: ScriptedWorld;
  readonly workflows: WorkflowStore;
  readonly resources: ResourceManager;
  readonly logged: string[] = [];
  saves = 0;
  propeller: Propeller;
  catalog: Catalog;
  /** Values that were set, by the signal's id. */
  readonly signals = new Map<string, Literal>();
  /** Executions that launch plan nodes have launched. */
  readonly children = new ChildModel();
  past: PastModel = new PastModel(new AdminModel(), (uri) => uri);
  /** Those that admin knows, by name. */
  readonly launchPlans = new Map<string, LaunchPlanTypes>();
  readonly #options: BenchOptions;
  readonly #catalogDeps: CatalogDeps;
  #events: EventSink = this.admin;
  #close: () => Promise<void>;

  private constructor(
    options: BenchOptions,
    made: ReadonlyMap<string, Uint8Array>,
    { state, workflows, resources }: Stores,
    close: () => Promise<void>,
  ) {
    this.#options = options;
    this.resources = resources;
    const { blobs, clock } = this;
    const logger = { warn: (message: string) => void this.logged.push(message) };
    this.#catalogDeps = { state, blobs, clock, random: seededRandom(2), settings, logger, reservationWaiters: createReservationWaiters() };
    this.catalog = options.catalog === "ours" ? createCatalog(this.#catalogDeps) : (options.catalog ?? emptyCatalog);
    this.#close = close;
    const { recovers } = options;
    if (recovers) {
      for (const [uri, object] of recovers.blobs.objects) {
        blobs.objects.set(movedToPast(uri), object);
        const info = recovers.blobs.infos.get(uri);
        if (info) blobs.infos.set(movedToPast(uri), info);
      }
      this.past = new PastModel(recovers.admin, movedToPast);
      this.children.past = recovers.children.children;
    }
    this.children.knows = (nodeId) => this.admin.last(nodeId) !== undefined;
    this.world = new ScriptedWorld({ outputs: addOne, futures: ({ template }) => made.get(template.id?.name ?? ""), ...options });
    this.workflows = {
      create: (spec) => workflows.create(spec),
      listActive: () => workflows.listActive(),
      claim: (...each) => workflows.claim(...each),
      extendLeases: (...each) => workflows.extendLeases(...each),
      terminate: (...each) => workflows.terminate(...each),
      wake: (...each) => workflows.wake(...each),
      subscribe: (listener) => workflows.subscribe(listener),
      save: (...each) => {
        this.saves++;
        return workflows.save(...each);
      },
    };
    if (options.reach === "JOINED") {
      this.#events = {
        record: (events) => this.admin.record(events),
        recordAndSave: (events, follow) =>
          this.admin.recordWith(events, (outcomes) => {
            const { id, expected, delta } = follow(outcomes);
            return this.workflows.save(id, expected, delta);
          }),
      };
    }
    this.propeller = this.#make();
  }

  /** Puts admin and the catalog behind a port. */
  async #separate(): Promise<void> {
    const { links, close } = await openRemote(this.admin.service, createDataCatalogService(this.#catalogDeps));
    const closeTables = this.#close;
    this.#close = () => close().then(closeTables);
    this.#events = links.events;
    if (this.#options.catalog === "ours") this.catalog = catalogOver(links.catalogCalls, this.#catalogDeps);
    this.propeller = this.#make();
  }

  static async open(workflow: WorkflowOf, options: BenchOptions = {}): Promise<Bench> {
    const { stores, close } = await openTables();
    const bench = new Bench(options, madeBy(workflow), stores, close);
    if (options.reach === "GRPC") await bench.#separate();
    await bench.blobs.put(inputsUri, flyteidl.core.LiteralMap.encode(options.inputs ?? { literals: {} }).finish());
    await stores.workflows.create(specOf(options.recovers ? { ...workflow, spec: { ...workflow.spec, metadata: ofRecovery } } : workflow));
    return bench;
  }

  #make(): Propeller {
    const log = (message: string, fields?: object): void => void this.logged.push(`${message} ${JSON.stringify(fields)}`);
    const wrap = this.#options.wrap ?? ((deps) => deps);
    return createPropeller(
      wrap({
        workflows: this.workflows,
        events: this.#events,
        catalog: this.catalog,
        children: this.children,
        past: this.past,
        signals: { getOrCreate: async (_, id) => this.signals.get(id) },
        launchPlans: { typesOf: async ({ name }) => this.launchPlans.get(name) },
        resources: this.resources,
        blobs: this.blobs,
        plugins: createPluginRegistry([createScriptedPlugin(this.world, this.blobs)]),
        clock: this.clock,
        random: seededRandom(1),
        settings: { ...settings, ...this.#options.settings },
        owner: "test",
        logger: { info: log, warn: log, error: log },
      }),
    );
  }

  /** A new process on the same stores, not started yet, after a power cut; the one before must be dead or stopped. */
  replacePropeller(): void {
    this.blobs.cutPower();
    this.propeller = this.#make();
  }

  /** Lets each running attempt take its next step, and propeller hear of it. */
  async step(...names: string[]): Promise<boolean> {
    const attempts = this.world.unfinished.filter((attempt) => names.length === 0 || names.includes(attempt.context.id.node.nodeId));
    for (const attempt of attempts) attempt.position++;
    this.propeller.wake(executionId);
    await this.propeller.idle();
    return attempts.length > 0;
  }

  async advance(milliseconds: number): Promise<void> {
    this.clock.advance(milliseconds);
    await this.propeller.idle();
  }

  get isOver(): Promise<boolean> {
    return this.workflows.listActive().then((active) => active.length === 0);
  }

  /** Steps, and time where only time helps, until the execution is over. */
  async finish(): Promise<void> {
    await this.propeller.idle();
    for (let turn = 0; turn < 500; turn++) {
      if (await this.isOver) return;
      this.clock.advance(1000);
      await this.propeller.idle();
      if (await this.step()) continue;
      const next = this.clock.nextTimer();
      if (next !== undefined) await this.advance(next - this.clock.now());
    }
    throw new Error(`the execution does not end: ${this.admin.order.join(", ")}; ${this.logged.join("; ")}`);
  }

  literals(uri: string): LiteralMap["literals"] | undefined {
    const object = this.blobs.objects.get(uri);
    return object && flyteidl.core.LiteralMap.decode(object).literals;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.propeller.stop();
    await this.#close();
  }
}

/** In memory; in Postgres where the project has one (test/postgres runs these scenarios too). */
async function openTables(): Promise<{ readonly stores: Stores; close(): Promise<void> }> {
  if (inject("postgresUrl") === undefined) {
    const stores = await openStores({ path: ":memory:", clock: systemClock });
    return { stores, close: () => stores.close() };
  }
  const { freshSchema } = await import("../../support/postgres-schema.ts");
  const { url, drop } = await freshSchema();
  const stores = await openStores({ postgres: url, clock: systemClock });
  return { stores, close: () => stores.close().then(drop) };
}

/** Runs a workflow to its end. */
export async function runToEnd(workflow: WorkflowOf, options: BenchOptions = {}): Promise<Bench> {
  const bench = await Bench.open(workflow, options);
  await bench.propeller.start();
  await bench.finish();
  return bench;
}
