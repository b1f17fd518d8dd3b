import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { CatalogDeps } from "../../../src/engine/datacatalog/catalog-deps.ts";
import { catalogOver, createCatalog } from "../../../src/engine/datacatalog/catalog.ts";
import { createDataCatalogService } from "../../../src/engine/datacatalog/data-catalog-service.ts";
import { createReservationWaiters } from "../../../src/engine/datacatalog/reservation-waiters.ts";
import { startGateway } from "../../../src/engine/gateway/start-gateway.ts";
import { type Links, openLinks } from "../../../src/links/open-links.ts";
import type { Catalog } from "../../../src/ports/catalog.ts";
import type { CallContext, ServiceHandlers, UnaryHandler } from "../../../src/engine/service.ts";
import { openFileBlobStore } from "../../../src/stores/objects/file-blob-store.ts";
import { openStores } from "../../../src/stores/sql/open-stores.ts";
import { ManualClock, systemClock } from "../../../src/std/clock.ts";
import { seededRandom } from "../../../src/std/random.ts";

export interface OpenCatalog extends AsyncDisposable {
  readonly deps: CatalogDeps;
  readonly catalog: Catalog;
  readonly clock: ManualClock;
  readonly warnings: readonly string[];
}

/** The catalog's seams over a database in memory and files in a directory of its own; reached directly, or through a gateway. */
export async function openCatalog(reach: "direct" | "behind gRPC" = "direct", maxCacheAge = 0): Promise<OpenCatalog> {
  const directory = await mkdtemp(join(tmpdir(), "flyte-catalog-"));
  const clock = new ManualClock(Date.UTC(2024, 0, 2, 3, 4, 5));
  const random = seededRandom(5);
  const stores = await openStores({ path: ":memory:", clock });
  const blobs = await openFileBlobStore({ directory, clock, random, buckets: ["my-s3-bucket"] });
  const warnings: string[] = [];
  const logger = { warn: (message: string) => void warnings.push(message) };
  const deps: CatalogDeps = {
    state: stores.state,
    blobs,
    clock,
    random,
    settings: { container: "s3://my-s3-bucket", maxCacheAge },
    logger,
    reservationWaiters: createReservationWaiters(),
  };
  const remote = reach === "behind gRPC" ? await openRemote(createDataCatalogService(deps)) : undefined;
  return {
    deps,
    catalog: remote ? catalogOver(remote.links.catalogCalls, deps) : createCatalog(deps),
    clock,
    warnings,
    async [Symbol.asyncDispose]() {
      await remote?.close();
      await blobs.close();
      await stores.close();
      await rm(directory, { recursive: true });
    },
  };
}

/** Links to a gateway with nothing but `services`. */
export async function openRemote(...services: readonly ServiceHandlers[]): Promise<{ readonly links: Links; close(): Promise<void> }> {
  const quiet = { info: () => {}, warn: () => {}, error: () => {} };
  const gateway = await startGateway({
    services,
    ports: [0],
    host: "127.0.0.1",
    health: { serving: () => true, onChange: () => () => undefined },
    allowedOrigins: [],
    allowedHosts: [],
    logger: quiet,
    clock: systemClock,
    random: seededRandom(6),
    version: "0",
  });
  const endpoint = `localhost:${gateway.ports[0]}`;
  const links = openLinks({ admin: endpoint, catalog: endpoint, clock: systemClock, random: seededRandom(7) });
  return {
    links,
    async close() {
      await links.close();
      await gateway.close();
    },
  };
}

interface MessageType {
  decode(bytes: Uint8Array): object;
}

/** Calls a method as the gateway does: with the request's bytes and what is decoded of them. */
export async function call(service: ServiceHandlers, method: string, type: MessageType, bytes: Uint8Array): Promise<Uint8Array> {
  const handler = service.unary[method] as UnaryHandler<object> | undefined;
  if (!handler) throw new Error(`${service.service} has no ${method}`);
  const context: CallContext = {
    principal: { subject: "anonymous", anonymous: true },
    method: `${service.service}/${method}`,
    requestBytes: bytes,
    requestId: "r",
    signal: new AbortController().signal,
  };
  return await handler(type.decode(bytes), context);
}
