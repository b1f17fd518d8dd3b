import type { NamedEntityId } from "../../idl/identifiers.ts";
import { hasStatus } from "../../idl/status.ts";
import type { ExecutionLauncher } from "../../ports/execution-launcher.ts";
import type { ScheduleRow, StateStore } from "../../ports/state-store.ts";
import type { Clock } from "../../std/clock.ts";
import { messageOf } from "../../std/errors.ts";
import type { Logger } from "../../std/logger.ts";
import { rowTimeOf } from "../events/row-time.ts";
import type { EngineSettings } from "../settings.ts";
import { HeldSchedule } from "./held-schedule.ts";
import { scheduledRequest } from "./scheduled-request.ts";
import { TokenBucket } from "./token-bucket.ts";

export interface SchedulerDeps {
  readonly state: StateStore;
  readonly executions: ExecutionLauncher;
  readonly clock: Clock;
  readonly settings: Pick<EngineSettings, "scheduler" | "reevaluationInterval">;
  readonly logger: Pick<Logger, "info" | "warn">;
}

export interface Scheduler {
  /** Reads the schedules (again, as long as that fails), begins to catch up with what they have missed, and follows them. */
  start(): Promise<void>;
  /** A launch plan has become active or inactive; undefined when any may have. */
  look(launchPlan: NamedEntityId | undefined): void;
  /** Resolves when what is being created has been answered. */
  stop(): Promise<void>;
}

/** Executions that are being created at a time. */
const atOnce = 16;
const readAgainMs = 1_000;
/** Refused for what it asks: it would be again. Flyte gives up after 30 tries. */
const refusals = ["INVALID_ARGUMENT", "NOT_FOUND", "FAILED_PRECONDITION", "OUT_OF_RANGE", "UNIMPLEMENTED"] as const;

const keyOf = ({ project, domain, name }: NamedEntityId): string => JSON.stringify([project, domain, name]);

/**
 * Launches what is due by the schedules of active launch plans. A tick's execution has a name that follows from plan and time,
 * so that schedulers beside each other, and one that was killed, launch it once; how far a schedule has come is kept, so that
 * what was missed meanwhile is launched, each tick, in order. Admin being away holds a schedule up; a refusal does not.
 */
export function createScheduler(deps: SchedulerDeps): Scheduler {
  return new FollowedSchedules(deps);
}

class FollowedSchedules implements Scheduler {
  readonly #deps: SchedulerDeps;
  readonly #bucket: TokenBucket;
  /** By launch plan: one version of it is active. */
  readonly #held = new Map<string, HeldSchedule>();
  /** Due, in order. */
  readonly #ready: HeldSchedule[] = [];
  readonly #underWay = new Set<Promise<void>>();
  /** Launch plans to be read again; undefined for all. */
  readonly #unread = new Map<string, NamedEntityId | undefined>();
  #reading: Promise<void> | undefined;
  #timer: { readonly at: number; readonly cancel: () => void } | undefined;
  #forgetOthers = (): void => {};
  #cancelReading: (() => void) | undefined;
  #stopped = false;

  constructor(deps: SchedulerDeps) {
    this.#deps = deps;
    this.#bucket = new TokenBucket(deps.settings.scheduler);
  }

  async start(): Promise<void> {
    this.#forgetOthers = this.#deps.state.rescheduledElsewhere((launchPlan) => this.look(launchPlan));
    this.look(undefined);
    await this.#reading;
  }

  look(launchPlan: NamedEntityId | undefined): void {
    if (this.#stopped) return;
    this.#unread.set(launchPlan === undefined ? "" : keyOf(launchPlan), launchPlan);
    this.#readSoon();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#forgetOthers();
    this.#timer?.cancel();
    this.#cancelReading?.();
    await Promise.all([this.#reading, ...this.#underWay]);
  }

  #readSoon(): void {
    this.#reading ??= this.#read().finally(() => {
      this.#reading = undefined;
      if (this.#unread.size > 0 && !this.#stopped) this.#readSoon();
    });
  }

  async #read(): Promise<void> {
    for (const [key, launchPlan] of this.#unread) {
      if (this.#stopped) return;
      this.#unread.delete(key);
      try {
        await (launchPlan ? this.#readOne(key, launchPlan) : this.#readAll());
      } catch (thrown) {
        this.#deps.logger.warn("the schedules could not be read; they are again", { error: messageOf(thrown) });
        this.#readAgain();
      }
    }
    this.#advance();
  }

  #readAgain(): void {
    const { clock } = this.#deps;
    this.#cancelReading ??= clock.at(clock.now() + readAgainMs, () => {
      this.#cancelReading = undefined;
      this.look(undefined);
    });
  }

  async #readOne(key: string, launchPlan: NamedEntityId): Promise<void> {
    this.#hold(key, await this.#deps.state.read.schedules.getActive(launchPlan));
  }

  async #readAll(): Promise<void> {
    const rows = new Map((await this.#deps.state.read.schedules.listActive()).map((row) => [keyOf(row), row]));
    for (const key of [...this.#held.keys(), ...rows.keys()]) this.#hold(key, rows.get(key));
  }

  #hold(key: string, row: ScheduleRow | undefined): void {
    if (row && this.#held.get(key)?.isOf(row)) return;
    this.#held.delete(key);
    if (!row) return;
    try {
      this.#held.set(key, new HeldSchedule(row, this.#deps.settings.scheduler.timeZone));
    } catch (thrown) {
      this.#deps.logger.warn("a schedule cannot be followed", { ...planOf(row), error: messageOf(thrown) });
    }
  }

  /** Does what is due, and sees to it that this is called again when something will be. */
  #advance(): void {
    if (this.#stopped) return;
    const now = this.#deps.clock.now();
    let next = Infinity;
    for (const held of this.#held.values()) {
      if (held.dueAt <= now) {
        held.busy = true;
        this.#ready.push(held);
      } else next = Math.min(next, held.dueAt);
    }
    while (this.#ready.length > 0 && this.#underWay.size < atOnce) {
      const token = this.#bucket.take(now);
      if (!token.taken) {
        next = Math.min(next, token.at);
        break;
      }
      const held = this.#ready.shift();
      if (held) this.#begin(held);
    }
    // The time of a machine that slept, or whose clock was set, does not pass as its timers think.
    const { reevaluationInterval } = this.#deps.settings;
    if (next < Infinity && reevaluationInterval > 0) next = Math.min(next, now + reevaluationInterval);
    this.#wakeAt(next);
  }

  #wakeAt(at: number): void {
    if (this.#timer?.at === at) return;
    this.#timer?.cancel();
    this.#timer = undefined;
    if (at === Infinity) return;
    const cancel = this.#deps.clock.at(at, () => {
      this.#timer = undefined;
      this.#advance();
    });
    this.#timer = { at, cancel };
  }

  #begin(held: HeldSchedule): void {
    const done = this.#launch(held).finally(() => {
      this.#underWay.delete(done);
      held.busy = false;
      this.#advance();
    });
    this.#underWay.add(done);
  }

  /** Sees to the tick of a schedule. Never rejects. */
  async #launch(held: HeldSchedule): Promise<void> {
    const { row, tick } = held;
    const { state, executions, clock, logger } = this.#deps;
    // Deactivated while it waited for its turn.
    if (tick === undefined || this.#held.get(keyOf(row)) !== held) return;
    const tickText = rowTimeOf(tick);
    try {
      await executions.create(scheduledRequest(row, tick));
    } catch (thrown) {
      const about = { ...planOf(row), tick: tickText, error: messageOf(thrown) };
      if (hasStatus(thrown, ...refusals)) logger.warn("a scheduled execution was refused; its tick is passed over", about);
      else if (!hasStatus(thrown, "ALREADY_EXISTS")) {
        logger.warn("a scheduled execution could not be created; it is tried again", about);
        held.postpone(clock.now());
        return;
      }
    }
    held.advance();
    try {
      await state.write((writer) => writer.schedules.setLastTick(row, tickText));
    } catch (thrown) {
      // It is tried once more after a restart, and is there already.
      logger.warn("how far a schedule has come could not be kept", { ...planOf(row), tick: tickText, error: messageOf(thrown) });
    }
  }
}

const planOf = ({ project, domain, name, version }: ScheduleRow): { readonly launchPlan: string } => ({
  launchPlan: `${project}:${domain}:${name}:${version}`,
});
