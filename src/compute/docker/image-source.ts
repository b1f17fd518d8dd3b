import type Docker from "dockerode";
import type { Clock } from "../../std/clock.ts";
import { formatBytes } from "../../std/quantity.ts";
import { goDuration } from "../../std/go-duration.ts";
import { engineFailure } from "./engine-failure.ts";
import { imageInEngine } from "./image-in-engine.ts";
import { pullImage } from "./pull-image.ts";

export interface ImageSourceOptions {
  readonly docker: Docker;
  readonly clock: Clock;
  /** `linux/amd64`: what the engine runs. */
  readonly platform: string;
  /** Milliseconds for which an image that cannot be pulled is tried again. */
  readonly grace: number;
}

/** Why there will be no image: what pods are told of theirs. */
export class ImageFailure extends Error {
  readonly code: string;
  readonly retryable: boolean;
  readonly hint: string;

  constructor(fields: { readonly code: string; readonly message: string; readonly retryable: boolean; readonly hint: string }) {
    super(fields.message);
    this.code = fields.code;
    this.retryable = fields.retryable;
    this.hint = fields.hint;
  }
}

interface Fetch {
  readonly done: Promise<void>;
  readonly listeners: Set<(reason: string) => void>;
  readonly abort: AbortController;
  /** Ends a pause between two tries. */
  again: (() => void) | undefined;
  reason: string;
}

/** As kubelet does it. */
const firstPause = 10_000;
const longestPause = 300_000;
const enginePause = 5_000;
/** Of a pull, news come at most so often (milliseconds). */
const newsInterval = 2_000;
const notReady = "ContainersNotReady";

/** Images of an engine, each fetched once for all that want it. */
export class ImageSource {
  readonly #options: ImageSourceOptions;
  readonly #present = new Set<string>();
  readonly #fetches = new Map<string, Fetch>();

  constructor(options: ImageSourceOptions) {
    this.#options = options;
  }

  /** Whether it was there when it was last looked for. */
  has(image: string): boolean {
    return this.#present.has(image);
  }

  /** It turned out not to be there. */
  forget(image: string): void {
    this.#present.delete(image);
  }

  /**
   * Resolves when the engine has the image; `tell` hears what is waited for. Rejects with an ImageFailure. When all who wait
   * have aborted, the pull is given up.
   */
  async ensure(image: string, tell: (reason: string) => void, signal: AbortSignal): Promise<void> {
    const fetch = this.#fetches.get(image) ?? this.#begin(image);
    fetch.listeners.add(tell);
    if (fetch.reason !== "") tell(fetch.reason);
    const leave = (): void => {
      fetch.listeners.delete(tell);
      if (fetch.listeners.size === 0) fetch.abort.abort();
    };
    signal.addEventListener("abort", leave);
    try {
      await fetch.done;
    } finally {
      signal.removeEventListener("abort", leave);
    }
  }

  /** The engine answers again: whoever waited for that need not any longer. */
  retry(): void {
    for (const { again } of this.#fetches.values()) again?.();
  }

  close(): void {
    for (const { abort } of this.#fetches.values()) abort.abort();
  }

  #begin(image: string): Fetch {
    const listeners = new Set<(reason: string) => void>();
    const abort = new AbortController();
    const begun = Promise.withResolvers<void>();
    const fetch: Fetch = { done: begun.promise, listeners, abort, again: undefined, reason: "" };
    abort.signal.addEventListener("abort", () => {
      if (this.#fetches.get(image) === fetch) this.#fetches.delete(image);
      fetch.again?.();
    });
    this.#fetches.set(image, fetch);
    const work = this.#fetch(image, fetch).finally(() => {
      if (this.#fetches.get(image) === fetch) this.#fetches.delete(image);
    });
    begun.resolve(work);
    // Whoever waited may have gone.
    begun.promise.catch(() => undefined);
    return fetch;
  }

  async #fetch(image: string, fetch: Fetch): Promise<void> {
    const { docker, clock, grace } = this.#options;
    const tell = (reason: string): void => {
      fetch.reason = reason;
      for (const listener of fetch.listeners) listener(reason);
    };
    let failing: number | undefined;
    for (let pause = firstPause; ;) {
      fetch.abort.signal.throwIfAborted();
      try {
        if (await this.#isThere(image)) return;
        tell(`pulling image "${image}"`);
        await pullImage(docker, image, this.#progress(image, tell), fetch.abort.signal);
        if (await this.#isThere(image)) return;
        throw new Error("the pull ended without the image");
      } catch (error) {
        fetch.abort.signal.throwIfAborted();
        const failure = engineFailure(error);
        if (failure.kind === "AWAY" || failure.kind === "FULL") {
          tell(engineTrouble(failure));
          await this.#pause(fetch, enginePause);
          continue;
        }
        this.#throwLasting(image, failure.message);
        failing ??= clock.now();
        const left = failing + grace - clock.now();
        const message = `Back-off pulling image "${image}": ErrImagePull: ${failure.message}`;
        if (left <= 0) {
          throw new ImageFailure({
            code: `${notReady}|ImagePullBackOff`,
            message: `Grace period [${goDuration(grace / 1000)}] exceeded|${message}`,
            retryable: true,
            hint: `see that this works: docker pull ${image}`,
          });
        }
        tell(`[${notReady}|ImagePullBackOff]: ${message}`);
        await this.#pause(fetch, Math.min(pause, left));
        pause = Math.min(pause * 2, longestPause);
      }
    }
  }

  async #isThere(image: string): Promise<boolean> {
    if ((await imageInEngine(this.#options.docker, image)) === undefined) return false;
    this.#present.add(image);
    return true;
  }

  /** What another try cannot mend. */
  #throwLasting(image: string, message: string): void {
    if (/invalid reference format|repository name must be lowercase|invalid tag format|cannot specify 64-byte hexadecimal/i.test(message)) {
      throw new ImageFailure({
        code: `${notReady}|InvalidImageName`,
        message: `Failed to apply default image tag "${image}": couldn't parse image name "${image}": ${message}`,
        retryable: false,
        hint: "correct the image of the task",
      });
    }
    if (/no matching manifest|does not match the specified platform|no match for platform/i.test(message)) {
      throw new ImageFailure({
        code: `${notReady}|ErrImagePull`,
        message: `image "${image}" is not made for ${this.#options.platform}, which this Docker engine runs: ${message}`,
        retryable: false,
        hint: `build it for ${this.#options.platform}: docker build --platform ${this.#options.platform}`,
      });
    }
  }

  #progress(image: string, tell: (reason: string) => void): (done: number, of: number) => void {
    const { clock } = this.#options;
    let toldAt = 0;
    let told = -1;
    return (done, of) => {
      const tenth = Math.floor((done / of) * 10);
      if (tenth === told || clock.now() - toldAt < newsInterval) return;
      told = tenth;
      toldAt = clock.now();
      tell(`pulling image "${image}": ${formatBytes(done)} of ${formatBytes(of)}`);
    };
  }

  #pause(fetch: Fetch, milliseconds: number): Promise<void> {
    const { clock } = this.#options;
    return new Promise((resolve) => {
      const end = (): void => {
        cancel();
        fetch.again = undefined;
        resolve();
      };
      const cancel = clock.at(clock.now() + milliseconds, end);
      fetch.again = end;
      if (fetch.abort.signal.aborted) end();
    });
  }
}

/** What an attempt is told that waits for its engine. */
export function engineTrouble({ kind, message }: { readonly kind: string; readonly message: string }): string {
  return kind === "FULL"
    ? `the Docker engine's disk is full (make room with: docker system prune): ${message}`
    : `the Docker engine does not answer: ${message}`;
}
