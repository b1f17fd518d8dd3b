import { closeSync, openSync, readSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { messageOf } from "../../std/errors.ts";
import { isSameProcess } from "../../std/process-identity.ts";
import type { StartRecord } from "./local-attempt-files.ts";
import type { Launcher, LaunchRequest } from "./launcher.ts";
import { sweepScratch } from "./sweep-scratch.ts";
import { WarmInterpreter, type WarmSettings } from "./warm-interpreter.ts";
import { warmPlan, type WarmPlan } from "./warm-plan.ts";
import type { WarmAttempt } from "./warm-server.ts";

/** One for each interpreter and environment it starts in. */
const interpreterLimit = 3;
/** An interpreter that did not come up is left alone this long. */
const failedMs = 60_000;
/** Between looks at an attempt whose interpreter has ended. */
const orphanMs = 250;

/** Forks flytekit's tasks from warm interpreters; starts everything else, and whatever goes wrong here, cold. Linux only. */
export class WarmLauncher implements Launcher {
  readonly #cold: Launcher;
  readonly #settings: WarmSettings;
  readonly #interpreters = new Map<string, WarmInterpreter>();
  readonly #failed = new Map<string, number>();
  readonly #looking = new Set<() => void>();
  #closed = false;

  constructor(cold: Launcher, settings: WarmSettings) {
    this.#cold = cold;
    this.#settings = settings;
    void sweepScratch().catch(() => undefined);
  }

  async launch(request: LaunchRequest, gone: (how: string) => void): Promise<void> {
    if (await this.#launchWarm({ request, gone })) return;
    await this.#cold.launch(request, gone);
  }

  /** Begins to warm what tasks in `env` that are started by `program` with such options need. */
  async warm(program: string, options: readonly string[], env: Readonly<Record<string, string>>): Promise<void> {
    const plan = warmPlan({ program, env, argv: [program, ...options], cwd: "/", privateNames: [] }, firstLine(program));
    if (plan) this.#interpreter(plan);
  }

  /** Ends the warm interpreters; what they started goes on. */
  close(): void {
    this.#closed = true;
    for (const cancel of this.#looking) cancel();
    for (const interpreter of this.#interpreters.values()) interpreter.close();
  }

  async #launchWarm(attempt: WarmAttempt): Promise<boolean> {
    const { request } = attempt;
    if (request.mounts) return false;
    const plan = warmPlan(request, firstLine(request.program));
    const interpreter = plan && this.#interpreter(plan);
    if (!interpreter || !(await interpreter.ready)) return false;
    // What flytekit read when it was imported has to be what it would read now.
    if (interpreter.reads.some((name) => request.env[name] !== plan.startEnv[name])) return false;
    const server = await interpreter.serverFor(plan.code);
    const answer = await server.start(attempt, plan.paths);
    if (answer.state === "refused" && answer.stale) interpreter.retire(server);
    return answer.state === "started";
  }

  #interpreter(plan: WarmPlan): WarmInterpreter | undefined {
    const { clock } = this.#settings;
    const known = this.#interpreters.get(plan.baseKey);
    if (known) return known;
    if (this.#closed || (this.#failed.get(plan.baseKey) ?? 0) > clock.now()) return undefined;
    if (this.#interpreters.size >= interpreterLimit) {
      const oldest = [...this.#interpreters.values()].sort((left, right) => left.base.lastUsed - right.base.lastUsed)[0];
      oldest?.close();
    }
    const made = new WarmInterpreter(plan, this.#settings, (left) => {
      if (made.over) this.#interpreters.delete(plan.baseKey);
      for (const attempt of left) void this.#orphaned(attempt);
    });
    this.#interpreters.set(plan.baseKey, made);
    void this.#noteFailure(plan.baseKey, made);
    return made;
  }

  async #noteFailure(key: string, made: WarmInterpreter): Promise<void> {
    if ((await made.ready) || this.#closed) return;
    if (this.#failed.size > 100) this.#failed.clear();
    this.#failed.set(key, this.#settings.clock.now() + failedMs);
  }

  /**
   * Its interpreter ended. An attempt that has begun has a parent of its own, whose end is looked for from now on; one
   * that has not is started cold, and if it was about to begin after all, only one of the two can claim it.
   */
  async #orphaned({ request, gone }: WarmAttempt): Promise<void> {
    const started = await startRecord(request.directory);
    if (this.#closed) return;
    if (started) {
      this.#awaitEnd(started, gone);
      return;
    }
    try {
      await this.#cold.launch(request, gone);
    } catch (error) {
      gone(messageOf(error));
    }
  }

  #awaitEnd(started: Pick<StartRecord, "shim" | "identity">, gone: (how: string) => void): void {
    if (this.#closed) return;
    if (!isSameProcess(started.shim, started.identity)) {
      gone("after its interpreter had ended");
      return;
    }
    const { clock } = this.#settings;
    const cancel = clock.at(clock.now() + orphanMs, () => {
      this.#looking.delete(cancel);
      this.#awaitEnd(started, gone);
    });
    this.#looking.add(cancel);
  }
}

async function startRecord(directory: string): Promise<Pick<StartRecord, "shim" | "identity"> | undefined> {
  try {
    return JSON.parse(await readFile(join(directory, "started.json"), "utf8")) as StartRecord;
  } catch {
    return undefined;
  }
}

/** Read at every attempt, for the program may have been installed anew; blank when it cannot be. */
function firstLine(program: string): string {
  const start = Buffer.alloc(256);
  try {
    const file = openSync(program, "r");
    try {
      return start.toString("utf8", 0, readSync(file, start)).split("\n", 1)[0] ?? "";
    } finally {
      closeSync(file);
    }
  } catch {
    return "";
  }
}
