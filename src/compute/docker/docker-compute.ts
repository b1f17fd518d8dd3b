import { existsSync } from "node:fs";
import { open } from "node:fs/promises";
import { StatusError } from "../../idl/status.ts";
import type { ComputeBackend, ComputeSpec, ComputeStatus } from "../../ports/compute-backend.ts";
import type { Clock } from "../../std/clock.ts";
import { FlyteError, messageOf } from "../../std/errors.ts";
import { parseQuantity } from "../../std/quantity.ts";
import { AttemptFiles, type AcceptedSpec, type EndRecord } from "../machinery/attempt-files.ts";
import { Capacity } from "../machinery/capacity.ts";
import { Changes } from "../machinery/changes.ts";
import { endedStatus } from "../machinery/ended-status.ts";
import { FairQueue } from "../machinery/fair-queue.ts";
import { readLog } from "../machinery/read-log.ts";
import { resolveSecrets } from "../machinery/secrets-file.ts";
import type { Containers } from "./containers.ts";
import { exitRecord, hasEnded } from "./container-end.ts";
import type { DockerAttempt, DockerAttemptFiles, StartedContainer } from "./docker-attempt.ts";
import { engineFailure } from "./engine-failure.ts";
import { engineTrouble, ImageFailure, type ImageSource } from "./image-source.ts";
import { initRefusal, refusedStart } from "./refused-start.ts";

export interface DockerComputeLog {
  warn(message: string, details: Readonly<Record<string, unknown>>): void;
}

export interface DockerComputeParts {
  readonly directory: string;
  readonly slots: number;
  /** Bytes for all attempts together; undefined does not count memory. */
  readonly memory: number | undefined;
  readonly clock: Clock;
  readonly containers: Containers;
  readonly images: ImageSource;
  /** `linux/arm64`, of an image that the engine has. */
  readonly platformOf: (image: string) => Promise<string | undefined>;
  readonly enginePlatform: string;
  readonly secretsFile: string | undefined;
  readonly graceSeconds: number;
  /** Bytes of a log that are kept. */
  readonly logLimit: number;
  readonly log: DockerComputeLog;
}

/** Where containers find their secrets that are files. */
const secretsDirectory = "/etc/flyte/secrets";
/** Launches that failed for no reason that says it would again. */
const mostFailures = 5;
const retryPause = 1_000;
/** From a look that failed to the next. */
const lookAgain = 5_000;
const longestRetryPause = 30_000;
/** Docker's word for the end of a process that it lost sight of. */
const unknownExit = 255;
/** Of a log, what says why its program could not begin. */
const firstWords = 4096;

/** Attempts as containers of a Docker engine. Whoever runs them reads its events, and tells `changed`, `engineUp` and `engineDown`. */
export class DockerCompute implements ComputeBackend {
  readonly id = "docker";
  readonly sharesFiles = false;
  readonly #parts: DockerComputeParts;
  readonly #attempts = new Map<string, DockerAttempt>();
  readonly #queue = new FairQueue<DockerAttempt>();
  /** Of attempts that wait for others, which these must not keep from starting. */
  readonly #waiterQueue = new FairQueue<DockerAttempt>();
  readonly #capacity: Capacity;
  readonly #creating = new Map<string, Promise<void>>();
  readonly #listeners = new Set<(name: string, labels: Readonly<Record<string, string>>) => void>();
  readonly #pending = new Set<Promise<unknown>>();
  #cancelWork: (() => void) | undefined;
  /** Why nothing can be started just now. */
  #away: string | undefined;
  #closed = false;

  constructor(parts: DockerComputeParts) {
    this.#parts = parts;
    this.#capacity = new Capacity(parts.slots, parts.memory);
  }

  /**
   * Takes up what an earlier process left: ended, running, or accepted and never started. Call it once, first. Without
   * `start`, only what runs already is followed.
   */
  async adopt(names: readonly string[], start: boolean): Promise<void> {
    const found: DockerAttempt[] = [];
    for (const name of names) {
      const files = this.#files(name);
      const accepted = await files.spec();
      // What another kind of backend accepted is run anew, where whoever asked for it wants that.
      if (accepted?.compute !== "docker") await files.clear();
      else found.push(this.#newAttempt(files, accepted));
    }
    found.sort((left, right) => left.accepted.createdAt - right.accepted.createdAt || (left.name < right.name ? -1 : 1));
    const containers = new Map((await this.#parts.containers.list()).map((one) => [one.attempt, one]));
    for (const attempt of found) {
      this.#attempts.set(attempt.name, attempt);
      attempt.ended = await attempt.files.ended();
      const container = containers.get(attempt.name);
      if (attempt.ended) {
        attempt.stage = "ENDED";
        continue;
      }
      const started = await attempt.files.started();
      if (container && container.status !== "created") {
        this.#capacity.take(attempt);
        attempt.stage = "ACTIVE";
        attempt.container = container.id;
        attempt.unattended = container.status !== "running";
        await this.#look(attempt);
      } else if (started && !container) {
        await this.#end(attempt, { lost: "its container was gone when flyte came back" });
      } else if (start) this.#fetch(attempt);
      else if (container) await this.#discard(container.id);
    }
    // Otherwise the engine's first sign of life brings that about.
    if (!start) await this.#removeOrphans();
  }

  async create(spec: ComputeSpec): Promise<void> {
    if (!/^[a-z0-9](?:[-a-z0-9.]{0,200}[a-z0-9])?$/.test(spec.name)) {
      throw new StatusError("INVALID_ARGUMENT", `attempt name ${JSON.stringify(spec.name)} is not a DNS-1123 name`);
    }
    if (this.#closed) throw new StatusError("UNAVAILABLE", "the Docker backend is closed");
    const removal = this.#attempts.get(spec.name)?.removal;
    if (removal) await removal;
    if (this.#attempts.has(spec.name)) return;
    const known = this.#creating.get(spec.name);
    if (known) return known;
    const work = this.#accept(spec).finally(() => this.#creating.delete(spec.name));
    this.#creating.set(spec.name, work);
    return work;
  }

  async #accept(spec: ComputeSpec): Promise<void> {
    const accepted: AcceptedSpec = { spec, createdAt: this.#parts.clock.now(), compute: "docker" };
    const files = this.#files(spec.name);
    await files.accept(accepted);
    const attempt = this.#newAttempt(files, accepted);
    this.#attempts.set(spec.name, attempt);
    this.#fetch(attempt);
  }

  async status(name: string): Promise<ComputeStatus | undefined> {
    const attempt = this.#attempts.get(name);
    if (!attempt) return undefined;
    if (attempt.ended) return endedStatus(attempt.ended);
    if (attempt.startedAt !== undefined) return { state: "RUNNING", startedAt: attempt.startedAt };
    const waiting = attempt.stage === "QUEUED" ? (this.#away ?? this.#capacity.shortage(attempt) ?? "waiting for its turn") : attempt.doing;
    return { state: "WAITING", reason: waiting, ...(attempt.initializing ? { initializing: true } : {}) };
  }

  async list(labels: Readonly<Record<string, string>>): Promise<readonly string[]> {
    const wanted = Object.entries(labels);
    return [...this.#attempts.values()]
      .filter((attempt) => wanted.every(([key, value]) => attempt.accepted.spec.labels[key] === value))
      .map(({ name }) => name);
  }

  async *logs(name: string, options?: { readonly follow?: boolean; readonly signal?: AbortSignal }): AsyncGenerator<Uint8Array> {
    if (!/^[-a-z0-9.]+$/.test(name)) return;
    const attempt = this.#attempts.get(name);
    const file = this.#files(name).log;
    const signal = options?.signal;
    const isOver = (): boolean => attempt === undefined || attempt.stage === "ENDED" || this.#attempts.get(name) !== attempt;
    let position = 0;
    while (!isOver()) {
      if (!attempt) break;
      if (signal?.aborted || this.#closed) return;
      const change = attempt.changes.next(this.#parts.clock, undefined, signal);
      if (attempt.container !== undefined && attempt.startedAt !== undefined) {
        for await (const piece of this.#containerLog(attempt.container, options?.follow ?? false, signal, position)) {
          position += piece.length;
          yield piece;
          if (signal?.aborted) return;
        }
      }
      if (!options?.follow) return;
      if (!isOver()) await change;
    }
    yield* readLog(file, undefined, position);
  }

  /** What the container has written beyond `from`; no more when it or its engine goes away. */
  async *#containerLog(id: string, follow: boolean, signal: AbortSignal | undefined, from: number): AsyncGenerator<Uint8Array> {
    let skip = from;
    try {
      for await (const piece of this.#parts.containers.log(id, follow, signal)) {
        if (piece.length > skip) yield piece.subarray(skip);
        skip = Math.max(0, skip - piece.length);
      }
    } catch (error) {
      if (!signal?.aborted) this.#parts.log.warn("a container's log broke off", { container: id, error: messageOf(error) });
    }
  }

  remove(name: string): Promise<void> {
    const attempt = this.#attempts.get(name);
    if (!attempt) return this.#creating.get(name)?.then(() => this.remove(name)) ?? Promise.resolve();
    attempt.removal ??= this.#track(this.#remove(attempt)).catch((error: unknown) => {
      // Not for ever: whoever asks again has it tried again.
      attempt.removal = undefined;
      throw error;
    });
    return attempt.removal;
  }

  /** False when the attempt is forgotten and its log is no longer kept, or when there never was one. */
  hasLog(name: string): boolean {
    return this.knows(name) || existsSync(this.#files(name).log);
  }

  /** Whether an attempt of that name is there or about to be. */
  knows(name: string): boolean {
    return this.#attempts.has(name) || this.#creating.has(name);
  }

  subscribe(listener: (name: string, labels: Readonly<Record<string, string>>) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Something happened to a container. */
  changed(name: string, container: string): void {
    const attempt = this.#attempts.get(name);
    if (attempt?.container === container) void this.#look(attempt);
  }

  /** The engine answers, for the first time or again: what happened meanwhile is looked for once. */
  engineUp(): void {
    this.#away = undefined;
    this.#parts.images.retry();
    for (const attempt of this.#attempts.values()) {
      if (attempt.stage === "ACTIVE" && attempt.container !== undefined && !attempt.launching) void this.#look(attempt);
    }
    void this.#track(this.#removeOrphans()).catch(() => undefined);
    this.#pump();
  }

  engineDown(why: string): void {
    this.#away = `the Docker engine does not answer: ${why}`;
    this.#parts.log.warn("the Docker engine does not answer; containers are looked at when it does again", { error: why });
    for (const attempt of this.#attempts.values()) {
      if (attempt.container !== undefined && attempt.stage === "ACTIVE") attempt.sawEngineGo = true;
      if (attempt.stage === "QUEUED") this.#changed(attempt);
    }
  }

  /** Ends what runs and starts nothing more; resolves with how many were ended. Their results stay: ended by a signal. */
  async endAll(): Promise<number> {
    this.#closed = true;
    const active = [...this.#attempts.values()].filter(({ stage }) => stage === "ACTIVE");
    await Promise.all(
      active.map(async (attempt) => {
        await attempt.launching;
        if (attempt.container !== undefined) await this.#stop(attempt, attempt.container);
      }),
    );
    return active.length;
  }

  /** Does `work` after `first` milliseconds, and again every `interval` after it is done, as long as this is open. */
  whenever(first: number, interval: number, work: () => Promise<void>): void {
    this.#cancelWork = this.#parts.clock.at(this.#parts.clock.now() + first, () => {
      const again = (): void => {
        if (!this.#closed) this.whenever(interval, interval, work);
      };
      this.#track(work()).then(again, again);
    });
  }

  /** Lets go of everything; what runs goes on and is adopted by the next one. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#cancelWork?.();
    for (const attempt of this.#attempts.values()) {
      attempt.unwanted.abort();
      attempt.cancelTimeout?.();
      attempt.cancelRetry?.();
    }
    this.#parts.images.close();
    await Promise.allSettled(this.#creating.values());
    while (this.#pending.size > 0) await Promise.allSettled(this.#pending);
    for (const attempt of this.#attempts.values()) attempt.changes.wake();
    this.#listeners.clear();
  }

  #files(name: string): DockerAttemptFiles {
    return new AttemptFiles<AcceptedSpec, StartedContainer>(this.#parts.directory, name);
  }

  #newAttempt(files: DockerAttemptFiles, accepted: AcceptedSpec): DockerAttempt {
    const { spec } = accepted;
    return {
      name: spec.name,
      project: spec.labels["project"] ?? "",
      execution: `${spec.labels["domain"] ?? ""}:${spec.labels["execution"] ?? ""}`,
      files,
      accepted,
      waitsForOthers: spec.waitsForOthers ?? false,
      memory: parseQuantity(spec.resources.memory ?? "") ?? 0,
      stage: "FETCHING",
      doing: "",
      initializing: false,
      container: undefined,
      startedAt: undefined,
      ended: undefined,
      looking: Promise.resolve(),
      launching: undefined,
      removal: undefined,
      wasTimedOut: false,
      sawEngineGo: false,
      unattended: false,
      failures: 0,
      cancelTimeout: undefined,
      cancelRetry: undefined,
      unwanted: new AbortController(),
      changes: new Changes(),
    };
  }

  /** Sees that its image is there, which takes no slot, and has it wait for one. */
  #fetch(attempt: DockerAttempt): void {
    const { image } = attempt.accepted.spec;
    if (this.#parts.images.has(image)) return this.#enqueue(attempt);
    attempt.stage = "FETCHING";
    attempt.doing = `looking for image "${image}"`;
    const tell = (reason: string): void => {
      attempt.doing = reason;
      attempt.initializing = true;
      if (attempt.stage === "FETCHING") this.#changed(attempt);
    };
    const fetched = this.#parts.images.ensure(image, tell, attempt.unwanted.signal).then(
      () => this.#enqueue(attempt),
      (error: unknown) => this.#fetchFailed(attempt, error),
    );
    void this.#track(fetched);
  }

  async #fetchFailed(attempt: DockerAttempt, error: unknown): Promise<void> {
    if (attempt.unwanted.signal.aborted || this.#closed) return;
    if (!(error instanceof ImageFailure)) throw error;
    const { code, message, retryable, hint } = error;
    await this.#end(attempt, { refused: message, code, hint, ...(retryable ? { retryable } : {}) });
  }

  #enqueue(attempt: DockerAttempt): void {
    if (attempt.stage === "ENDED" || attempt.removal || this.#closed) return;
    attempt.stage = "QUEUED";
    this.#queueOf(attempt).add(attempt);
    this.#pump();
    if (attempt.stage === "QUEUED" && attempt.initializing) this.#changed(attempt);
  }

  #queueOf({ waitsForOthers }: DockerAttempt): FairQueue<DockerAttempt> {
    return waitsForOthers ? this.#waiterQueue : this.#queue;
  }

  /** Starts what can start. The next in turn is never overtaken by one that needs less, or it would wait forever. */
  #pump(): void {
    for (const queue of [this.#waiterQueue, this.#queue]) {
      while (!this.#closed && this.#away === undefined) {
        const next = queue.peek();
        if (!next || this.#capacity.shortage(next) !== undefined) break;
        queue.take(next);
        next.stage = "ACTIVE";
        next.doing = "starting its container";
        this.#capacity.take(next);
        next.launching = this.#track(this.#launch(next)).catch(() => undefined);
      }
    }
  }

  async #launch(attempt: DockerAttempt): Promise<void> {
    const { containers, secretsFile } = this.#parts;
    const { spec } = attempt.accepted;
    try {
      const secrets = await resolveSecrets(spec.secrets, secretsFile, secretsDirectory);
      if (attempt.removal || this.#closed) return;
      attempt.container = await containers.run(spec, secrets, (id) => {
        attempt.container = id;
        attempt.files.start({ container: id });
      });
    } catch (error) {
      attempt.launching = undefined;
      await this.#launchFailed(attempt, error);
      return;
    }
    attempt.launching = undefined;
    if (!attempt.removal) await this.#look(attempt);
  }

  async #launchFailed(attempt: DockerAttempt, error: unknown): Promise<void> {
    if (attempt.removal || this.#closed) return;
    const { images } = this.#parts;
    const { image } = attempt.accepted.spec;
    if (error instanceof FlyteError) return this.#end(attempt, { refused: error.message, hint: error.hint });
    const failure = engineFailure(error);
    if (failure.kind === "AWAY" || failure.kind === "FULL") return this.#launchLater(attempt, engineTrouble(failure));
    if (attempt.container === undefined && failure.kind === "ABSENT") {
      // The image went away meanwhile.
      images.forget(image);
      this.#capacity.release(attempt);
      return this.#fetch(attempt);
    }
    const wasMade = attempt.container !== undefined;
    if (attempt.container !== undefined) await this.#discard(attempt.container);
    attempt.container = undefined;
    const wording = /OCI runtime|executable file not found|exec format error|could not select device driver/i;
    if (failure.kind === "REFUSED" || (wasMade && failure.kind === "ABSENT") || wording.test(failure.message)) {
      return this.#end(attempt, await this.#refusal(attempt, failure.message));
    }
    attempt.failures++;
    if (attempt.failures < mostFailures) return this.#launchLater(attempt, `its container could not be started: ${failure.message}`);
    return this.#end(attempt, { lost: `its container could not be started: ${failure.message}` });
  }

  async #refusal(attempt: DockerAttempt, said: string): Promise<EndRecord> {
    const { image, command } = attempt.accepted.spec;
    const imagePlatform = await this.#parts.platformOf(image).catch(() => undefined);
    return refusedStart(said, { image, program: command[0] ?? "", imagePlatform, enginePlatform: this.#parts.enginePlatform });
  }

  /** Gives its slot back, and tries again after a while. Whatever was made of its container is found by its name. */
  #launchLater(attempt: DockerAttempt, why: string): void {
    this.#capacity.release(attempt);
    attempt.stage = "FETCHING";
    attempt.doing = why;
    attempt.initializing = true;
    this.#changed(attempt);
    const { clock } = this.#parts;
    const pause = Math.min(retryPause * 2 ** attempt.failures, longestRetryPause);
    attempt.cancelRetry = clock.at(clock.now() + pause, () => {
      attempt.cancelRetry = undefined;
      this.#fetch(attempt);
    });
    this.#pump();
  }

  /** Looks at its container; one look after the other. */
  #look(attempt: DockerAttempt): Promise<void> {
    attempt.looking = this.#track(attempt.looking.then(() => this.#lookOnce(attempt))).catch(() => {
      // Logged. Without its engine it is looked at when that answers; with it, this machine's disk may be full.
      if (this.#closed || attempt.removal || this.#away !== undefined) return;
      attempt.cancelRetry = this.#parts.clock.at(this.#parts.clock.now() + lookAgain, () => void this.#look(attempt));
    });
    return attempt.looking;
  }

  async #lookOnce(attempt: DockerAttempt): Promise<void> {
    const { containers, clock } = this.#parts;
    if (attempt.stage !== "ACTIVE" || attempt.container === undefined || attempt.launching) return;
    const state = await containers.state(attempt.container);
    if (!state) {
      if (attempt.removal === undefined) await this.#end(attempt, { lost: "its container was removed by somebody else" });
      return;
    }
    if (state.startedAt !== undefined && attempt.startedAt === undefined) {
      attempt.startedAt = state.startedAt;
      this.#armTimeout(attempt, state.startedAt);
      if (!hasEnded(state)) this.#changed(attempt);
    }
    if (!hasEnded(state)) return;
    await this.#keepLog(attempt);
    if (!attempt.removal) await this.#bringOutputs(attempt, attempt.container);
    const record = exitRecord(state, clock.now(), {
      timeoutSeconds: attempt.accepted.spec.timeoutSeconds,
      wasTimedOut: attempt.wasTimedOut,
      unattended: attempt.unattended,
    });
    const refusal = initRefusal(state.exitCode, await this.#firstWords(attempt));
    if (refusal !== undefined) await this.#end(attempt, await this.#refusal(attempt, refusal));
    else if (state.exitCode === unknownExit && attempt.sawEngineGo) {
      await this.#end(attempt, { lost: "the Docker engine went away while its container ran, and lost sight of it" });
    } else await this.#end(attempt, record);
  }

  #armTimeout(attempt: DockerAttempt, startedAt: number): void {
    const { timeoutSeconds } = attempt.accepted.spec;
    if (timeoutSeconds === undefined) return;
    attempt.cancelTimeout = this.#parts.clock.at(startedAt + timeoutSeconds * 1000, () => {
      const { container } = attempt;
      if (container === undefined || attempt.stage !== "ACTIVE") return;
      attempt.wasTimedOut = true;
      void this.#track(this.#parts.containers.stop(container, this.#parts.graceSeconds)).catch(() => undefined);
    });
  }

  /** Brings what the container wrote to the attempt's own file, where it stays. */
  async #keepLog(attempt: DockerAttempt): Promise<void> {
    if (attempt.container === undefined) return;
    const file = await open(attempt.files.log, "w", 0o600);
    try {
      let left = this.#parts.logLimit;
      for await (const piece of this.#parts.containers.log(attempt.container, true)) {
        await file.writeFile(piece.subarray(0, left));
        left -= piece.length;
        if (left <= 0) break;
      }
    } finally {
      await file.close();
    }
  }

  async #bringOutputs({ accepted }: DockerAttempt, container: string): Promise<void> {
    for (const one of accepted.spec.directories ?? []) if (one.isOutput) await this.#parts.containers.bring(container, one);
  }

  async #firstWords(attempt: DockerAttempt): Promise<string> {
    for await (const piece of readLog(attempt.files.log, undefined)) return Buffer.from(piece.subarray(0, firstWords)).toString("utf8");
    return "";
  }

  async #end(attempt: DockerAttempt, record: EndRecord): Promise<void> {
    if (attempt.stage === "ENDED") return;
    const ended = await attempt.files.end(record);
    const { container } = attempt;
    this.#queueOf(attempt).delete(attempt.name);
    this.#capacity.release(attempt);
    this.#forgetTimers(attempt);
    attempt.ended = ended;
    attempt.stage = "ENDED";
    this.#changed(attempt);
    this.#pump();
    if (container !== undefined) await this.#discard(container);
  }

  /** What cannot be removed now is removed as an orphan when the engine answers again. */
  async #discard(container: string): Promise<void> {
    await this.#parts.containers
      .remove(container)
      .catch((error: unknown) => this.#parts.log.warn("a container could not be removed yet", { container, error: messageOf(error) }));
  }

  async #remove(attempt: DockerAttempt): Promise<void> {
    this.#queueOf(attempt).delete(attempt.name);
    attempt.unwanted.abort();
    this.#forgetTimers(attempt);
    await attempt.launching;
    await attempt.files.forgetSpec();
    if (attempt.stage !== "ENDED" && attempt.container !== undefined) {
      // When its engine is away, nothing is known of it any longer, and it goes as an orphan.
      await this.#stop(attempt, attempt.container);
    }
    await attempt.files.clear();
    this.#attempts.delete(attempt.name);
    this.#capacity.release(attempt);
    attempt.stage = "ENDED";
    this.#changed(attempt);
    this.#pump();
  }

  /** Gently, then not; its log is kept, and its end is recorded. */
  async #stop(attempt: DockerAttempt, container: string): Promise<void> {
    try {
      await this.#parts.containers.stop(container, this.#parts.graceSeconds);
    } catch (error) {
      this.#parts.log.warn("a container could not be ended yet", { container, error: messageOf(error) });
    }
    await this.#look(attempt);
  }

  #forgetTimers(attempt: DockerAttempt): void {
    attempt.cancelTimeout?.();
    attempt.cancelRetry?.();
    attempt.cancelRetry = undefined;
  }

  /** Containers of ours that belong to no attempt that could still want them. */
  async #removeOrphans(): Promise<void> {
    for (const { id, attempt: name, status } of await this.#parts.containers.list()) {
      const attempt = this.#attempts.get(name);
      const isWanted = attempt !== undefined && attempt.stage !== "ENDED" && (attempt.container === undefined || attempt.container === id);
      if (isWanted || this.#creating.has(name) || attempt?.removal) continue;
      this.#parts.log.warn("removing a container that belongs to no attempt", { container: id, attempt: name, status });
      if (status === "running") await this.#parts.containers.stop(id, this.#parts.graceSeconds);
      await this.#parts.containers.remove(id);
    }
  }

  #changed(attempt: DockerAttempt): void {
    attempt.changes.wake();
    for (const listener of this.#listeners) listener(attempt.name, attempt.accepted.spec.labels);
  }

  #track<T>(work: Promise<T>): Promise<T> {
    this.#pending.add(work);
    work.then(
      () => this.#pending.delete(work),
      (error: unknown) => {
        this.#pending.delete(work);
        this.#parts.log.warn("Docker backend", { error: messageOf(error) });
      },
    );
    return work;
  }
}
