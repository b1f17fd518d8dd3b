import { existsSync, watch } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { StatusError } from "../../idl/status.ts";
import type { ComputeBackend, ComputeSpec, ComputeStatus } from "../../ports/compute-backend.ts";
import type { Clock } from "../../std/clock.ts";
import { FlyteError, messageOf } from "../../std/errors.ts";
import { isSameProcess } from "../../std/process-identity.ts";
import { randomText, type Random } from "../../std/random.ts";
import type { Attempt } from "./attempt.ts";
import type { LocalAttemptFiles, LocalSpec, StartRecord } from "./local-attempt-files.ts";
import { AttemptFiles, type EndRecord } from "../machinery/attempt-files.ts";
import { endedStatus } from "../machinery/ended-status.ts";
import { Capacity } from "../machinery/capacity.ts";
import { Changes } from "../machinery/changes.ts";
import { FairQueue } from "../machinery/fair-queue.ts";
import { parseFastExecute } from "./fast-execute.ts";
import type { Launcher } from "./launcher.ts";
import { prepareLaunch, type LaunchSettings } from "./prepare-launch.ts";
import { killLeftovers } from "./kill-leftovers.ts";
import { parseQuantity } from "../../std/quantity.ts";
import { readLog } from "../machinery/read-log.ts";

/** Where the local backend says what people may want to know. */
export interface LocalComputeLog {
  warn(message: string, details: Readonly<Record<string, unknown>>): void;
}

export interface LocalComputeParts {
  readonly directory: string;
  readonly scratchRoot: string;
  readonly slots: number;
  /** Bytes for all attempts together; undefined does not count memory. */
  readonly memory: number | undefined;
  readonly clock: Clock;
  readonly random: Random;
  readonly launcher: Launcher;
  readonly launch: LaunchSettings;
  readonly log: LocalComputeLog;
}

/** Attempts are also looked at this often (milliseconds): a parent that was killed leaves no event to a restarted daemon. */
const livenessInterval = 5000;

/** What the parent of an attempt may take for its own work, in milliseconds. */
const patience = 3000;

/** Whoever listens hears of a start only then (milliseconds): of a short attempt, start and end are one piece of news. */
const startNews = 50;

/** How a parent ended whose end could not be written down when it came. */
const unrecorded = "unrecorded";

/** Attempts as processes of this machine. Paths are shared; images are not used. */
export class LocalCompute implements ComputeBackend {
  readonly id = "local";
  readonly sharesFiles = true;
  readonly #parts: LocalComputeParts;
  readonly #attempts = new Map<string, Attempt>();
  readonly #queue = new FairQueue<Attempt>();
  /** Of attempts that wait for others, which these must not keep from starting. */
  readonly #waiterQueue = new FairQueue<Attempt>();
  readonly #capacity: Capacity;
  readonly #creating = new Map<string, Promise<void>>();
  readonly #listeners = new Set<(name: string, labels: Readonly<Record<string, string>>) => void>();
  /** Attempts whose parent's end is being dealt with. */
  readonly #leaving = new Set<Attempt>();
  /** Work that close() waits for. */
  readonly #pending = new Set<Promise<unknown>>();
  #cancelLiveness: (() => void) | undefined;
  #cancelWork: (() => void) | undefined;
  #closed = false;

  constructor(parts: LocalComputeParts) {
    this.#parts = parts;
    this.#capacity = new Capacity(parts.slots, parts.memory);
  }

  /** Takes up what an earlier process left: ended, running, or accepted and never started. Call it once, first. */
  async adopt(names: readonly string[]): Promise<void> {
    const found: Attempt[] = [];
    for (const name of names) {
      const files = new AttemptFiles<LocalSpec, StartRecord>(this.#parts.directory, name);
      const accepted = await files.spec();
      // What another kind of backend accepted is run anew, where whoever asked for it wants that.
      if (!accepted || accepted.compute !== undefined) {
        await files.clear();
        continue;
      }
      const attempt = this.#newAttempt(files, accepted);
      attempt.ended = await files.ended();
      attempt.started = await files.started();
      found.push(attempt);
    }
    found.sort((left, right) => left.accepted.createdAt - right.accepted.createdAt || (left.name < right.name ? -1 : 1));
    for (const attempt of found) {
      this.#attempts.set(attempt.name, attempt);
      if (attempt.ended) {
        attempt.stage = "ENDED";
        await this.#cleanUp(attempt);
      } else if (attempt.started) {
        attempt.stage = "ACTIVE";
        this.#capacity.take(attempt);
        this.#watch(attempt);
        await this.#refresh(attempt);
        if (attempt.stage === "ACTIVE" && !this.#shimAlive(attempt)) await this.#parentGone(attempt, "it was gone when flyte came back");
      } else {
        // Started by nobody: whoever links started.json first runs it, so queueing it again is safe even if an earlier
        // daemon's launch is still under way.
        this.#queueOf(attempt).add(attempt);
      }
    }
    this.#checkLiveness();
    this.#pump();
  }

  async create(spec: ComputeSpec): Promise<void> {
    if (!/^[a-z0-9](?:[-a-z0-9.]{0,200}[a-z0-9])?$/.test(spec.name)) {
      throw new StatusError("INVALID_ARGUMENT", `attempt name ${JSON.stringify(spec.name)} is not a DNS-1123 name`);
    }
    if (this.#closed) throw new StatusError("UNAVAILABLE", "the local backend is closed");
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
    const marker = randomText(this.#parts.random, 20);
    const accepted: LocalSpec = {
      spec,
      createdAt: this.#parts.clock.now(),
      marker,
      scratch: join(this.#parts.scratchRoot, `flyte-${marker.slice(0, 12)}`),
    };
    const files = new AttemptFiles<LocalSpec, StartRecord>(this.#parts.directory, spec.name);
    await files.accept(accepted);
    const attempt = this.#newAttempt(files, accepted);
    this.#attempts.set(spec.name, attempt);
    this.#queueOf(attempt).add(attempt);
    this.#pump();
  }

  async status(name: string): Promise<ComputeStatus | undefined> {
    const attempt = this.#attempts.get(name);
    if (!attempt) return undefined;
    // Its files may say more than the notices of their change that have come so far.
    if (attempt.stage === "ACTIVE" && !attempt.started) await this.#refresh(attempt);
    if (attempt.ended) return endedStatus(attempt.ended);
    if (attempt.started) return { state: "RUNNING", startedAt: attempt.started.startedAt };
    return {
      state: "WAITING",
      reason: attempt.stage === "ACTIVE" ? attempt.doing : (this.#capacity.shortage(attempt) ?? "waiting for its turn"),
    };
  }

  async list(labels: Readonly<Record<string, string>>): Promise<readonly string[]> {
    const wanted = Object.entries(labels);
    return [...this.#attempts.values()]
      .filter((attempt) => wanted.every(([key, value]) => attempt.accepted.spec.labels[key] === value))
      .map((attempt) => attempt.name);
  }

  logs(name: string, options?: { readonly follow?: boolean; readonly signal?: AbortSignal }): AsyncIterable<Uint8Array> {
    const attempt = this.#attempts.get(name);
    const files =
      attempt?.files ?? (/^[-a-z0-9.]+$/.test(name) ? new AttemptFiles<LocalSpec, StartRecord>(this.#parts.directory, name) : undefined);
    if (!files) return readLog(join(this.#parts.directory, "none"), undefined);
    if (!options?.follow || !attempt) return readLog(files.log, undefined);
    const { signal } = options;
    return readLog(files.log, {
      ended: () => attempt.stage === "ENDED" || this.#attempts.get(name) !== attempt || this.#closed || signal?.aborted === true,
      change: () => attempt.changes.next(this.#parts.clock, undefined, signal),
    });
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
    return this.knows(name) || existsSync(new AttemptFiles<LocalSpec, StartRecord>(this.#parts.directory, name).log);
  }

  /** Whether an attempt of that name is there or about to be. */
  knows(name: string): boolean {
    return this.#attempts.has(name) || this.#creating.has(name);
  }

  /** URIs of the code that attempts run, or are still to run. */
  codeInUse(): ReadonlySet<string> {
    const uris = new Set<string>();
    for (const { stage, accepted } of this.#attempts.values()) {
      const uri = stage === "ENDED" ? undefined : parseFastExecute(accepted.spec.command)?.distribution;
      if (uri !== undefined) uris.add(uri);
    }
    return uris;
  }

  subscribe(listener: (name: string, labels: Readonly<Record<string, string>>) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Ends what runs and starts nothing more; resolves with how many were ended. Their results stay: ended by a signal. */
  async endAll(): Promise<number> {
    this.#closed = true;
    const active = [...this.#attempts.values()].filter((attempt) => attempt.stage === "ACTIVE");
    await Promise.all(active.map((attempt) => this.#end(attempt)));
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
    this.#parts.launcher.close?.();
    this.#cancelLiveness?.();
    this.#cancelWork?.();
    await Promise.allSettled(this.#creating.values());
    while (this.#pending.size > 0) await Promise.allSettled(this.#pending);
    for (const attempt of this.#attempts.values()) {
      attempt.watcher?.close();
      attempt.watcher = undefined;
      attempt.cancelNews?.();
      attempt.changes.wake();
    }
    this.#listeners.clear();
  }

  #newAttempt(files: LocalAttemptFiles, accepted: LocalSpec): Attempt {
    const { spec } = accepted;
    return {
      name: spec.name,
      project: spec.labels["project"] ?? "",
      execution: `${spec.labels["domain"] ?? ""}:${spec.labels["execution"] ?? ""}`,
      files,
      accepted,
      waitsForOthers: spec.waitsForOthers ?? false,
      memory: parseQuantity(spec.resources.memory ?? "") ?? 0,
      stage: "QUEUED",
      doing: "",
      started: undefined,
      ended: undefined,
      watcher: undefined,
      cancelNews: undefined,
      removal: undefined,
      launching: undefined,
      parentRuns: false,
      changes: new Changes(),
    };
  }

  /** Starts what can start. The next in turn is never overtaken by one that needs less, or it would wait forever. */
  #pump(): void {
    for (const queue of [this.#waiterQueue, this.#queue]) this.#startFrom(queue);
  }

  #queueOf({ waitsForOthers }: Attempt): FairQueue<Attempt> {
    return waitsForOthers ? this.#waiterQueue : this.#queue;
  }

  #startFrom(queue: FairQueue<Attempt>): void {
    while (!this.#closed) {
      const next = queue.peek();
      if (!next || this.#capacity.shortage(next) !== undefined) return;
      queue.take(next);
      next.stage = "ACTIVE";
      this.#capacity.take(next);
      next.doing = "starting";
      next.launching = this.#track(this.#launch(next))
        // Logged; when even its end could not be written down, the liveness check does that later.
        .catch(() => undefined)
        .finally(() => {
          next.launching = undefined;
        });
    }
  }

  async #launch(attempt: Attempt): Promise<void> {
    try {
      const request = await prepareLaunch(attempt.accepted, attempt.files, this.#parts.launch);
      if (attempt.removal || this.#closed) return;
      this.#watch(attempt);
      attempt.parentRuns = true;
      await this.#parts.launcher.launch(request, (how) => {
        attempt.parentRuns = false;
        this.#left(attempt, how);
      });
    } catch (error) {
      attempt.parentRuns = false;
      const record: EndRecord =
        error instanceof FlyteError
          ? { refused: error.message, hint: error.hint }
          : { lost: `it could not be started: ${messageOf(error)}` };
      await this.#finish(attempt, await attempt.files.end(record));
    }
  }

  /** Follows the attempt's files. Without a watch (limits of the system) the liveness check still does. */
  #watch(attempt: Attempt): void {
    const failed = (error: unknown): void => {
      attempt.watcher?.close();
      attempt.watcher = undefined;
      this.#parts.log.warn("attempt cannot be watched; it is looked at every few seconds", {
        attempt: attempt.name,
        error: messageOf(error),
      });
    };
    try {
      attempt.watcher = watch(attempt.files.directory, { persistent: false }, (_event, file) => {
        if (file === "log") attempt.changes.wake();
        else if (file === "started.json" || file === "exit.json" || file === null) void this.#track(this.#refresh(attempt));
      });
      attempt.watcher.on("error", failed);
    } catch (error) {
      failed(error);
    }
  }

  /** Reads what has been recorded since. */
  async #refresh(attempt: Attempt): Promise<void> {
    const started = attempt.started ?? (await attempt.files.started());
    const ended = attempt.ended ?? (await attempt.files.ended());
    if (attempt.stage !== "ACTIVE") return;
    if (started && !attempt.started) {
      attempt.started = started;
      attempt.changes.wake();
      const { clock } = this.#parts;
      attempt.cancelNews = clock.at(clock.now() + startNews, () => this.#changed(attempt));
    }
    if (ended) await this.#finish(attempt, ended);
  }

  #shimAlive(attempt: Attempt): boolean {
    return attempt.started !== undefined && isSameProcess(attempt.started.shim, attempt.started.identity);
  }

  #left(attempt: Attempt, how: string): void {
    this.#leaving.add(attempt);
    this.#track(this.#parentGone(attempt, how)).then(
      () => this.#leaving.delete(attempt),
      () => this.#leaving.delete(attempt),
    );
  }

  /** The attempt's parent has ended: it has left a result, or it was killed, or it never came to begin. */
  async #parentGone(attempt: Attempt, how: string): Promise<void> {
    if (this.#closed) return;
    await this.#refresh(attempt);
    attempt.changes.wake();
    if (attempt.stage !== "ACTIVE" || attempt.removal) return;
    if (attempt.started) {
      // Another parent may have claimed it: then this one's end means nothing.
      if (this.#shimAlive(attempt)) return;
      await this.#refresh(attempt);
      if (attempt.stage !== "ACTIVE") return;
      await killLeftovers(attempt.started, attempt.accepted.marker);
      if (this.#attempts.get(attempt.name) !== attempt) return;
      await this.#finish(attempt, await attempt.files.end({ lost: `the parent process of the task ended without a result (${how})` }));
      return;
    }
    if (how === unrecorded) {
      await this.#finish(attempt, await attempt.files.end({ lost: "it was not started, and its directory could not be written to" }));
      return;
    }
    const killed = how.startsWith("SIG");
    const text = (await this.#logText(attempt)).trim();
    const record: EndRecord = killed
      ? { lost: `it was not started: its parent process ended by ${how}` }
      : {
          refused: `the interpreter could not start the task (${how})${text === "" ? "" : `: ${text.slice(-1000)}`}`,
          hint: "name another Python with --python (3.8 or later)",
        };
    await this.#finish(attempt, await attempt.files.end(record));
  }

  async #logText(attempt: Attempt): Promise<string> {
    const parts: Uint8Array[] = [];
    for await (const part of readLog(attempt.files.log, undefined)) parts.push(part);
    return Buffer.concat(parts).toString("utf8");
  }

  async #finish(attempt: Attempt, ended: EndRecord): Promise<void> {
    if (attempt.stage === "ENDED") return;
    this.#queueOf(attempt).delete(attempt.name);
    this.#capacity.release(attempt);
    attempt.ended = ended;
    attempt.stage = "ENDED";
    attempt.watcher?.close();
    attempt.watcher = undefined;
    this.#changed(attempt);
    this.#pump();
    if (!attempt.parentRuns) await this.#cleanUp(attempt);
  }

  /** What the attempt's parent does as its last, unless it was killed. */
  async #cleanUp(attempt: Attempt): Promise<void> {
    for (const path of [attempt.accepted.scratch, attempt.files.secrets])
      if (existsSync(path)) await rm(path, { recursive: true, force: true }).catch(() => undefined);
  }

  async #remove(attempt: Attempt): Promise<void> {
    this.#queueOf(attempt).delete(attempt.name);
    await attempt.launching;
    // From here on no parent that still comes up will run it.
    if (attempt.stage !== "ENDED") await attempt.files.forgetSpec();
    await this.#whileFor(attempt, patience, () => attempt.parentRuns && !attempt.started && attempt.stage !== "ENDED");
    attempt.started ??= attempt.stage === "ENDED" ? undefined : await attempt.files.started();
    if (attempt.stage !== "ENDED" && attempt.started) await this.#stop(attempt);
    // It still tidies up after its last record.
    await this.#whileFor(attempt, patience, () => attempt.parentRuns);
    await attempt.files.forgetSpec().catch(() => undefined);
    attempt.watcher?.close();
    attempt.watcher = undefined;
    await attempt.files.clear();
    await this.#cleanUp(attempt);
    this.#attempts.delete(attempt.name);
    this.#capacity.release(attempt);
    attempt.stage = "ENDED";
    this.#changed(attempt);
    this.#pump();
  }

  async #end(attempt: Attempt): Promise<void> {
    await attempt.launching;
    await this.#whileFor(attempt, patience, () => attempt.parentRuns && !attempt.started && attempt.stage !== "ENDED");
    if (attempt.stage !== "ENDED") await this.#stop(attempt);
    await this.#refresh(attempt);
  }

  /** The parent ends its task when told to: gently, then not. A parent that does not is ended too. */
  async #stop(attempt: Attempt): Promise<void> {
    const { started } = attempt;
    if (!started) return;
    if (this.#shimAlive(attempt)) {
      process.kill(started.shim, "SIGTERM");
      const grace = this.#parts.launch.graceSeconds * 1000 + patience;
      const active = (): boolean => attempt.stage !== "ENDED" && this.#shimAlive(attempt);
      await this.#whileFor(attempt, grace, active);
      if (active()) process.kill(started.shim, "SIGKILL");
    }
    await killLeftovers(started, attempt.accepted.marker);
  }

  /** Waits for changes as long as the condition holds, but no longer than `milliseconds`. */
  async #whileFor(attempt: Attempt, milliseconds: number, condition: () => boolean): Promise<void> {
    const deadline = this.#parts.clock.now() + milliseconds;
    await this.#refresh(attempt);
    while (condition() && this.#parts.clock.now() < deadline) {
      await attempt.changes.next(this.#parts.clock, Math.min(deadline, this.#parts.clock.now() + 250));
      await this.#refresh(attempt);
    }
  }

  #changed(attempt: Attempt): void {
    attempt.cancelNews?.();
    attempt.cancelNews = undefined;
    attempt.changes.wake();
    for (const listener of this.#listeners) listener(attempt.name, attempt.accepted.spec.labels);
  }

  #checkLiveness(): void {
    this.#cancelLiveness = this.#parts.clock.at(this.#parts.clock.now() + livenessInterval, () => {
      if (this.#closed) return;
      for (const attempt of this.#attempts.values()) {
        if (attempt.stage !== "ACTIVE" || attempt.launching || attempt.removal || this.#leaving.has(attempt)) continue;
        // Without a parent and never begun: its end could not be written down when it came.
        if (!attempt.started && !attempt.parentRuns) this.#left(attempt, unrecorded);
        else void this.#track(this.#checkParent(attempt));
      }
      this.#checkLiveness();
    });
  }

  async #checkParent(attempt: Attempt): Promise<void> {
    await this.#refresh(attempt);
    if (attempt.started && attempt.stage === "ACTIVE" && !this.#shimAlive(attempt)) await this.#parentGone(attempt, "found gone");
  }

  #track<T>(work: Promise<T>): Promise<T> {
    this.#pending.add(work);
    work.then(
      () => this.#pending.delete(work),
      (error: unknown) => {
        this.#pending.delete(work);
        this.#parts.log.warn("local backend", { error: messageOf(error) });
      },
    );
    return work;
  }
}
