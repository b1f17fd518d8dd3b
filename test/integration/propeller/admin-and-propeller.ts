import { onTestFinished } from "vitest";
import { createAdminService } from "../../../src/engine/admin/admin-service.ts";
import { createDirectChildExecutions } from "../../../src/engine/admin/executions/direct-child-executions.ts";
import { createDirectEventSink } from "../../../src/engine/events/record-events.ts";
import { createDirectLaunchPlans } from "../../../src/engine/admin/registration/launch-plan-types.ts";
import { createDirectPastExecutions } from "../../../src/engine/admin/executions/direct-past-executions.ts";
import { createDirectSignals } from "../../../src/engine/admin/signals/get-or-create-signal.ts";
import { createPluginRegistry } from "../../../src/plugins/machinery/registry.ts";
import { createPropeller } from "../../../src/engine/propeller/propeller.ts";
import { createScriptedPlugin, ScriptedWorld, type TaskScript } from "../../support/scripted-plugin.ts";
import { emptyCatalog } from "./bench.ts";
import { executionId, integer } from "../admin/fixtures.ts";
import { executionPhaseOf } from "../../../src/idl/phases.ts";
import { openAdmin, type AdminKit } from "../admin/admin-kit.ts";
import { openRemote } from "../datacatalog/open-catalog.ts";
import { toNumber } from "../../../src/idl/time.ts";
import type { flyteidl } from "../../../src/idl/flyteidl.ts";
import type { Propeller } from "../../../src/engine/propeller/propeller.ts";

export const reaches = ["direct", "in one commit", "behind gRPC"] as const;
type Reach = (typeof reaches)[number];

export interface Engine {
  /** Tasks double their input. */
  readonly kit: AdminKit;
  readonly world: ScriptedWorld;
  readonly propeller: Propeller;
  phase(name: string): Promise<string>;
  execution(name: string): Promise<flyteidl.admin.Execution>;
  /** Lets the attempts of an execution go on by a step. */
  step(name: string): Promise<void>;
}

/** Admin and propeller with nothing between them but what `reach` says. Nothing is looked at unless it is woken. */
export async function openEngine(reach: Reach, script: TaskScript = {}): Promise<Engine> {
  const kit = await openAdmin();
  const double = (_node: string, inputs: flyteidl.core.LiteralMap.$Properties) => ({
    literals: { o0: integer(2 * toNumber(inputs.literals?.["x"]?.scalar?.primitive?.integer)) },
  });
  const world = new ScriptedWorld({ outputs: double, ...script });
  const remote = reach === "behind gRPC" ? await openRemote(createAdminService(kit.deps)) : undefined;
  const log = (): void => {};
  const propeller = createPropeller({
    ...kit.deps,
    events: remote?.links.events ?? createDirectEventSink(kit.deps, reach === "direct" ? undefined : kit.deps.joined),
    catalog: emptyCatalog,
    signals: createDirectSignals(kit.deps),
    launchPlans: createDirectLaunchPlans(kit.deps),
    children: remote?.links.children ?? createDirectChildExecutions(kit.deps, "propeller"),
    past: remote?.links.past ?? createDirectPastExecutions(kit.deps),
    plugins: createPluginRegistry([{ ...createScriptedPlugin(world, kit.deps.blobs), isDefault: true }]),
    owner: "test",
    logger: { info: log, warn: log, error: log },
  });
  onTestFinished(async () => {
    await propeller.stop();
    await remote?.close();
  });
  await propeller.start();
  const execution = (name: string) => kit.call("GetExecution", { id: executionId(name) });
  return {
    kit,
    world,
    propeller,
    execution,
    phase: async (name) => executionPhaseOf((await execution(name)).closure?.phase),
    async step(name) {
      for (const attempt of world.unfinished) {
        if (attempt.context.id.node.execution.name === name) attempt.position++;
      }
      propeller.wake(executionId(name));
      await propeller.idle();
    },
  };
}
