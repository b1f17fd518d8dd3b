import type { BlobStore } from "../../ports/blob-store.ts";
import type { StateStore } from "../../ports/state-store.ts";
import type { Clock } from "../../std/clock.ts";
import type { Logger } from "../../std/logger.ts";
import type { Random } from "../../std/random.ts";
import type { EngineSettings } from "../settings.ts";
import type { ReservationWaiters } from "./reservation-waiters.ts";

/** What the catalog's functions are given. */
export interface CatalogDeps {
  readonly state: StateStore;
  readonly blobs: BlobStore;
  readonly clock: Clock;
  readonly random: Random;
  readonly settings: Pick<EngineSettings, "container" | "maxCacheAge">;
  readonly logger: Pick<Logger, "warn">;
  readonly reservationWaiters: ReservationWaiters;
}
