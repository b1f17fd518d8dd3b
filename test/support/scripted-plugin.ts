import { flyteidl } from "../../src/idl/flyteidl.ts";
import type { BlobStore } from "../../src/ports/blob-store.ts";
import type { ResourcePool } from "../../src/ports/resource-manager.ts";
import type { LiteralMap } from "../../src/idl/types.ts";
import type { PluginPhase, PluginTransition, TaskContext, TaskPlugin } from "../../src/ports/task-plugin.ts";

/** One answer of the plugin; a phase alone for the usual one. */
export type Step =
  | PluginPhase
  | (Partial<PluginTransition> & { readonly phase: PluginPhase; readonly throws?: string; readonly leaves?: "NOTHING" });

export interface Attempt {
  readonly name: string;
  readonly context: TaskContext;
  readonly steps: readonly Step[];
  position: number;
  starts: number;
  aborted: string[];
  finalized: number;
  removed: boolean;
}

/** What the tasks of a test do: the outside world, which no crash of the engine touches. */
export interface TaskScript {
  /** By node id: the steps of each attempt; the last entry serves all further attempts. */
  readonly steps?: Readonly<Record<string, readonly (readonly Step[])[]>>;
  /** What a successful attempt leaves; undefined for no file. */
  readonly outputs?: (nodeId: string, inputs: LiteralMap) => LiteralMap | undefined;
  /** `futures.pb` of a successful attempt; undefined for none. */
  readonly futures?: (context: TaskContext) => Uint8Array | undefined;
  /** No attempt may begin before all that began earlier are finalized. */
  readonly oneAtATime?: boolean;
  /** What attempts require: no more of them may be between their beginning and their finalization than it has tokens. */
  readonly pool?: ResourcePool;
}

const isFinal = (step: Step): boolean => {
  const phase = typeof step === "string" ? step : step.phase;
  return phase === "SUCCESS" || phase === "PERMANENT_FAILURE" || phase === "RETRYABLE_FAILURE" || phase === "ABORTED";
};

const isAttemptBefore = (id: TaskContext["id"], next: TaskContext["id"]): boolean =>
  id.node.nodeId === next.node.nodeId && id.node.execution.name === next.node.execution.name && id.retryAttempt < next.retryAttempt;

/** Attempts and where they are, kept outside of any plugin. */
export class ScriptedWorld {
  readonly attempts: Map<string, Attempt> = new Map();
  /** Attempts that were under way at a time. */
  most = 0;
  /** What should never happen. */
  readonly violations: string[] = [];
  readonly #script: TaskScript;

  constructor(script: TaskScript) {
    this.#script = script;
  }

  start(context: TaskContext): Attempt {
    const name = context.generatedName;
    const known = this.attempts.get(name);
    if (known) {
      if (known.removed) this.violations.push(`${name} is asked for after its removal`);
      return known;
    }
    const before = [...this.attempts.values()].find(({ context: { id }, removed }) => !removed && isAttemptBefore(id, context.id));
    if (before) this.violations.push(`${name} begins while ${before.name} is there`);
    const other = this.#script.oneAtATime && [...this.attempts.values()].find((each) => !each.removed);
    if (other) this.violations.push(`${name} begins while ${other.name} runs`);
    const underWay = [...this.attempts.values()].filter((each) => !each.removed).length;
    const { quota = Infinity } = this.#script.pool ?? {};
    if (underWay >= quota) this.violations.push(`${name} begins while ${underWay} of ${quota} run`);
    this.most = Math.max(this.most, underWay + 1);
    const scripts = this.#script.steps?.[context.id.node.nodeId] ?? [["QUEUED", "RUNNING", "SUCCESS"]];
    const steps = scripts[Math.min(context.id.retryAttempt, scripts.length - 1)] ?? ["SUCCESS"];
    const attempt: Attempt = { name, context, steps, position: 0, starts: 1, aborted: [], finalized: 0, removed: false };
    this.attempts.set(name, attempt);
    return attempt;
  }

  get pool(): ResourcePool | undefined {
    return this.#script.pool;
  }

  /** Attempts that have a step before them. */
  get unfinished(): Attempt[] {
    return [...this.attempts.values()].filter((attempt) => !attempt.removed && attempt.position < attempt.steps.length - 1);
  }

  async leaveOutputs(attempt: Attempt, blobs: BlobStore): Promise<void> {
    const { context } = attempt;
    // As a task does it: from the file, whatever has become of the engine.
    const futures = this.#script.futures?.(context);
    if (futures) {
      await blobs.put(`${context.outputPrefix}/futures.pb`, futures);
      return;
    }
    const parts: Uint8Array[] = [];
    for await (const part of (await blobs.get(context.inputUri)).body) parts.push(part);
    const outputs = this.#script.outputs?.(context.id.node.nodeId, flyteidl.core.LiteralMap.decode(Buffer.concat(parts)));
    if (outputs) await blobs.put(`${context.outputPrefix}/outputs.pb`, flyteidl.core.LiteralMap.encode(outputs).finish());
  }

  step(attempt: Attempt): Step {
    return attempt.steps[attempt.position] ?? "SUCCESS";
  }
}

/** A plugin that tells of the attempts of a world. */
export function createScriptedPlugin(world: ScriptedWorld, blobs: BlobStore): TaskPlugin {
  return {
    id: "scripted",
    taskTypes: ["scripted"],
    requires: () => world.pool,
    async handle(context) {
      const attempt = world.start(context);
      const step = world.step(attempt);
      if (typeof step !== "string" && step.throws !== undefined) throw new Error(step.throws);
      const phase = typeof step === "string" ? step : step.phase;
      if (phase === "SUCCESS" && (typeof step === "string" || step.leaves === undefined)) await world.leaveOutputs(attempt, blobs);
      const failed = phase === "RETRYABLE_FAILURE" || phase === "PERMANENT_FAILURE";
      return {
        phaseVersion: 0,
        ...(failed && { error: { code: "Boom", message: "it broke", kind: "USER" as const } }),
        ...(typeof step === "string" ? { phase } : step),
      };
    },
    async abort(context, reason) {
      world.attempts.get(context.generatedName)?.aborted.push(reason);
    },
    async finalize(context) {
      const attempt = world.attempts.get(context.generatedName);
      if (!attempt) return;
      if (!isFinal(world.step(attempt)) && attempt.aborted.length === 0)
        world.violations.push(`${attempt.name} is finalized while it runs`);
      attempt.finalized++;
      attempt.removed = true;
    },
  };
}
