import type { NamedEntityId } from "../../idl/identifiers.ts";
import type { Clock } from "../../std/clock.ts";
import type { Random } from "../../std/random.ts";
import type { BlobStore } from "../../ports/blob-store.ts";
import type { StateStore } from "../../ports/state-store.ts";
import type { WorkflowStore } from "../../ports/workflow-store.ts";
import type { KnownRows } from "../events/known-rows.ts";
import type { WatchHub } from "../events/watch-hub.ts";
import type { EngineSettings } from "../settings.ts";

/** What admin's functions are given. */
export interface AdminDeps {
  readonly state: StateStore;
  readonly workflows: WorkflowStore;
  readonly blobs: BlobStore;
  readonly clock: Clock;
  readonly random: Random;
  readonly settings: EngineSettings;
  /** Of the package, as GetVersion tells it. */
  readonly version: string;
  readonly watchHub: WatchHub;
  readonly knownRows: KnownRows;
  /** A launch plan with a schedule has become active or inactive. */
  readonly rescheduled?: (launchPlan: NamedEntityId) => void;
  readonly logger?: { warn(message: string, fields?: Readonly<Record<string, unknown>>): void };
}
