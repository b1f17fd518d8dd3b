import { KubernetesError } from "../../ports/kubernetes-api.ts";
import type { KubernetesObject } from "../../ports/kubernetes-objects.ts";
import type { Clock } from "../../std/clock.ts";
import { messageOf } from "../../std/errors.ts";
import type { Logger } from "../../std/logger.ts";
import type { Random } from "../../std/random.ts";
import type { KubernetesClient } from "./kubernetes-client.ts";
import { watchEvents } from "./watch-events.ts";

export interface InformerOptions {
  readonly client: KubernetesClient;
  /** Of the collection, e.g. `/api/v1/pods`. */
  readonly path: string;
  readonly labelSelector?: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

interface Page<T> {
  readonly metadata: { readonly resourceVersion?: string; readonly continue?: string };
  readonly items?: readonly T[];
}

const pageSize = "500";
/** How long the server lets a watch last, and how much longer we hold on to one that has gone silent. */
const watchSeconds = 120;
const patienceMs = 15_000;
const backoff = { firstMs: 200, longestMs: 5_000 };

/**
 * A copy of one collection, kept by one list and then one watch: a dropped watch goes on where it was, and only when the server
 * has forgotten that place (410) the collection is listed again. What happened meanwhile is told as changes.
 */
export class Informer<T extends KubernetesObject> {
  readonly #options: InformerOptions;
  readonly #objects = new Map<string, T>();
  readonly #listeners = new Set<(object: T) => void>();
  readonly #ending = new AbortController();
  #version: string | undefined;
  #synced = false;
  #loop: Promise<void> | undefined;
  /** Lists and watches begun. */
  readonly counts: { lists: number; watches: number } = { lists: 0, watches: 0 };

  constructor(options: InformerOptions) {
    this.#options = options;
  }

  /** Begins to follow the collection, until `stop`. */
  start(): void {
    this.#loop ??= this.#follow();
  }

  async stop(): Promise<void> {
    this.#ending.abort();
    await this.#loop;
  }

  /** Undefined also before the first list is done. */
  get(namespace: string, name: string): T | undefined {
    return this.#synced ? this.#objects.get(`${namespace}/${name}`) : undefined;
  }

  subscribe(listener: (object: T) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async #follow(): Promise<void> {
    const { clock, logger, path } = this.#options;
    const { signal } = this.#ending;
    let failures = 0;
    let forgotten = false;
    while (!signal.aborted) {
      const begun = clock.now();
      try {
        if (this.#version === undefined) await this.#list();
        const events = await this.#watch();
        // One that ends at once, again and again, is as good as none.
        forgotten = false;
        failures = events > 0 || clock.now() - begun > 1000 ? 0 : failures + 1;
      } catch (error) {
        if (signal.aborted) break;
        if (error instanceof KubernetesError && error.status === 410) {
          this.#version = undefined;
          // The server is there: it is listed at once, however long it was away. Unless it forgets again what it has just told.
          failures = forgotten ? failures + 1 : 0;
          forgotten = true;
        } else {
          failures = Math.max(1, clock.now() - begun > backoff.longestMs ? 1 : failures + 1);
          logger.warn("lost sight of Kubernetes objects; trying again", { path, error: messageOf(error), failures });
        }
      }
      // The first time at once: connections are closed in the normal course of things.
      if (failures > 1) await this.#pause(failures - 1);
    }
  }

  async #list(): Promise<void> {
    const { client, path, labelSelector } = this.#options;
    this.counts.lists++;
    const found = new Map<string, T>();
    let page: Page<T> | undefined;
    do {
      const after: string | undefined = page?.metadata.continue;
      const query = { limit: pageSize, ...(labelSelector !== undefined && { labelSelector }), ...(after && { continue: after }) };
      page = (await client.call("GET", path, { query, signal: this.#ending.signal })) as Page<T>;
      for (const item of page.items ?? []) found.set(keyOf(item), lean(item));
    } while (page.metadata.continue);
    this.#version = page.metadata.resourceVersion;
    const gone = [...this.#objects].filter(([key]) => !found.has(key)).map(([, object]) => object);
    const changed = [...found].filter(([key, one]) => this.#objects.get(key)?.metadata.resourceVersion !== one.metadata.resourceVersion);
    this.#objects.clear();
    for (const [key, object] of found) this.#objects.set(key, object);
    this.#synced = true;
    for (const object of [...gone, ...changed.map(([, one]) => one)]) this.#tell(object);
  }

  /** Until the watch ends; how many events it brought. */
  async #watch(): Promise<number> {
    const { client, path, labelSelector } = this.#options;
    this.counts.watches++;
    const query = {
      watch: "true",
      allowWatchBookmarks: "true",
      resourceVersion: this.#version ?? "",
      timeoutSeconds: String(watchSeconds),
      ...(labelSelector !== undefined && { labelSelector }),
    };
    let events = 0;
    const stream = await client.stream(path, query, watchSeconds * 1000 + patienceMs, this.#ending.signal);
    for await (const { type, object } of watchEvents<T>(stream)) {
      events++;
      this.#version = object.metadata.resourceVersion ?? this.#version;
      if (type === "BOOKMARK") continue;
      if (type === "DELETED") this.#objects.delete(keyOf(object));
      else this.#objects.set(keyOf(object), lean(object));
      this.#tell(object);
    }
    return events;
  }

  #tell(object: T): void {
    for (const listener of this.#listeners) listener(object);
  }

  #pause(failures: number): Promise<void> {
    const { clock, random } = this.#options;
    const longest = Math.min(backoff.longestMs, backoff.firstMs * 2 ** Math.min(failures, 20));
    const share = 0.5 + (random.bytes(1)[0] ?? 0) / 512;
    const { signal } = this.#ending;
    return new Promise((resolve) => {
      const done = (): void => {
        cancel();
        signal.removeEventListener("abort", done);
        resolve();
      };
      const cancel = clock.at(clock.now() + longest * share, done);
      signal.addEventListener("abort", done);
      if (signal.aborted) done();
    });
  }
}

function keyOf({ metadata }: KubernetesObject): string {
  return `${metadata.namespace ?? ""}/${metadata.name ?? ""}`;
}

/** Who set which field is half of an object's size, and nobody's concern here. */
function lean<T extends KubernetesObject>(object: T): T {
  const { managedFields: _, ...metadata } = object.metadata;
  return { ...object, metadata };
}
