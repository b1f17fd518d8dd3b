import { setImmediate as turn } from "node:timers/promises";
import { onTestFinished } from "vitest";
import { createDirectChildExecutions } from "../../../src/engine/admin/executions/direct-child-executions.ts";
import { createScheduler, type Scheduler } from "../../../src/engine/scheduler/scheduler.ts";
import { sandboxSettings } from "../../../src/engine/settings.ts";
import { flyteidl } from "../../../src/idl/flyteidl.ts";
import { fromTimestamp } from "../../../src/idl/time.ts";
import type { ExecutionLauncher } from "../../../src/ports/execution-launcher.ts";
import type { StateStore } from "../../../src/ports/state-store.ts";
import { type AdminKit, openAdmin } from "../admin/admin-kit.ts";
import { identifier, integer, registerAll, scope, text, workflowTemplate } from "../admin/fixtures.ts";

const { admin, core } = flyteidl;
const { ACTIVE, INACTIVE } = admin.LaunchPlanState;

/** An execution that was asked for: when, and for which tick. */
export interface Launched {
  readonly at: number;
  readonly name: string;
  readonly plan: string;
  readonly tick: number;
  /** The value of the input `when`. */
  readonly kickoff: number | undefined;
}

/** Admin with workflows (versions v1 and v2) whose inputs plans fix but for `when`, schedulers on its tables, and a clock that moves when told to. */
export class SchedulerKit {
  readonly admin: AdminKit;
  readonly warnings: string[] = [];
  /** What was asked for, in order, and whether it was done. */
  readonly launched: Launched[] = [];
  /** Who launches; tests put others in its place. */
  launcher: ExecutionLauncher;
  readonly #schedulers: Set<Scheduler>;
  #underWay = 0;

  private constructor(opened: AdminKit, schedulers: Set<Scheduler>) {
    this.admin = opened;
    this.#schedulers = schedulers;
    this.launcher = createDirectChildExecutions(opened.deps, "scheduler");
  }

  static async open(): Promise<SchedulerKit> {
    const schedulers = new Set<Scheduler>();
    const opened = await openAdmin({}, { rescheduled: (id) => schedulers.forEach((one) => one.look(id)) });
    const kit = new SchedulerKit(opened, schedulers);
    onTestFinished(() => kit.endAll());
    for (const version of ["v1", "v2"]) {
      await registerAll(opened, version);
      const template = workflowTemplate("timed", ["double"], version);
      const variables = template.interface?.inputs?.variables ?? {};
      variables["when"] = { type: { simple: core.SimpleType.DATETIME } };
      await opened.call("CreateWorkflow", { id: identifier("WORKFLOW", "timed", version), spec: { template } });
    }
    return kit;
  }

  /** A plan of that schedule, active: of the workflow with `when` if the schedule names it, else of the one without. */
  async plan(
    name: string,
    schedule: flyteidl.admin.Schedule.$Properties,
    { version = "v1", fallback }: { readonly version?: string; readonly fallback?: number } = {},
  ): Promise<void> {
    const timed = schedule.kickoffTimeInputArg === "when";
    const when = {
      var: { type: { simple: core.SimpleType.DATETIME } },
      default: { scalar: { primitive: { datetime: { seconds: fallback ?? 0 } } } },
    };
    const spec = {
      workflowId: identifier("WORKFLOW", timed ? "timed" : "wf", version),
      fixedInputs: { literals: { x: integer(1), greeting: text("hi") } },
      entityMetadata: { schedule },
      ...(fallback !== undefined && { defaultInputs: { parameters: { when } } }),
    };
    await this.admin.call("CreateLaunchPlan", { id: identifier("LAUNCH_PLAN", name, version), spec: spec as never });
    await this.set(name, "ACTIVE", version);
  }

  async set(name: string, state: "ACTIVE" | "INACTIVE", version = "v1"): Promise<void> {
    await this.admin.call("UpdateLaunchPlan", {
      id: identifier("LAUNCH_PLAN", name, version),
      state: state === "ACTIVE" ? ACTIVE : INACTIVE,
    });
    await this.settle();
  }

  async begin(settings: Partial<typeof sandboxSettings.scheduler> = {}): Promise<Scheduler> {
    const { clock, state } = this.admin.deps;
    const counted = <T>(work: () => Promise<T>): Promise<T> => {
      this.#underWay++;
      return work().finally(() => this.#underWay--);
    };
    const scheduler = createScheduler({
      state: { ...state, write: (work, kind) => counted(() => state.write(work, kind)) } satisfies StateStore,
      executions: {
        create: (request) => {
          this.launched.push(launchedOf(request, clock.now()));
          return counted(() => this.launcher.create(request));
        },
      },
      clock,
      settings: { scheduler: { ...sandboxSettings.scheduler, ...settings }, reevaluationInterval: 0 },
      logger: { info: () => undefined, warn: (message) => void this.warnings.push(message) },
    });
    this.#schedulers.add(scheduler);
    await scheduler.start();
    await this.settle();
    return scheduler;
  }

  async end(scheduler: Scheduler): Promise<void> {
    this.#schedulers.delete(scheduler);
    await scheduler.stop();
  }

  async endAll(): Promise<void> {
    for (const scheduler of this.#schedulers) await this.end(scheduler);
  }

  /** Lets time pass, everything that is due on the way being done at its time. */
  async until(end: number): Promise<void> {
    const { clock } = this.admin.deps;
    for (;;) {
      const next = clock.nextTimer();
      if (next === undefined || next > end) break;
      clock.advance(Math.max(0, next - clock.now()));
      await this.settle();
    }
    clock.advance(end - clock.now());
  }

  async settle(): Promise<void> {
    do await turn();
    while (this.#underWay > 0);
    await turn();
  }

  /** Rows of executions that admin has, as `[name, time it was scheduled at, mode]` by that time. */
  async executions(): Promise<{ name: string; tick: number | undefined; mode: number | null | undefined }[]> {
    const found = [];
    for (let token = ""; ;) {
      const page = await this.admin.call("ListExecutions", { id: scope, limit: 100, token, sortBy: { key: "created_at", direction: 1 } });
      for (const { id, spec } of page.executions ?? [])
        found.push({ name: id?.name ?? "", tick: fromTimestamp(spec?.metadata?.scheduledAt), mode: spec?.metadata?.mode });
      token = page.token ?? "";
      if (token === "") return found.toSorted((a, b) => (a.tick ?? 0) - (b.tick ?? 0));
    }
  }
}

function launchedOf(request: Uint8Array, at: number): Launched {
  const { name, spec, inputs } = admin.ExecutionCreateRequest.decode(request);
  return {
    at,
    name: name ?? "",
    plan: `${spec?.launchPlan?.name}:${spec?.launchPlan?.version}`,
    tick: fromTimestamp(spec?.metadata?.scheduledAt) ?? Number.NaN,
    kickoff: fromTimestamp(inputs?.literals?.["when"]?.scalar?.primitive?.datetime),
  };
}
