import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { CatalogDeps } from "../../../src/engine/datacatalog/catalog-deps.ts";
import type { CallContext, ServiceHandlers, UnaryHandler } from "../../../src/engine/service.ts";
import { openFileBlobStore } from "../../../src/stores/objects/file-blob-store.ts";
import { openStores } from "../../../src/stores/sql/open-stores.ts";
import { ManualClock } from "../../../src/std/clock.ts";
import { seededRandom } from "../../../src/std/random.ts";

export interface OpenCatalog extends AsyncDisposable {
  readonly deps: CatalogDeps;
  readonly clock: ManualClock;
}

/** The catalog's seams over a database in memory and files in a directory of its own. */
export async function openCatalog(): Promise<OpenCatalog> {
  const directory = await mkdtemp(join(tmpdir(), "flyte-catalog-"));
  const clock = new ManualClock(Date.UTC(2024, 0, 2, 3, 4, 5));
  const random = seededRandom(5);
  const stores = await openStores({ path: ":memory:", clock });
  const blobs = await openFileBlobStore({ directory, clock, random, buckets: ["my-s3-bucket"] });
  return {
    deps: { state: stores.state, blobs, clock, random, settings: { container: "s3://my-s3-bucket" } },
    clock,
    async [Symbol.asyncDispose]() {
      await blobs.close();
      await stores.close();
      await rm(directory, { recursive: true });
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
