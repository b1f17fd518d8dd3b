import Long from "long";
import type { AdminClient } from "../../src/client/admin-client.ts";
import { flyteidl } from "../../src/idl/flyteidl.ts";
import { toDuration } from "../../src/idl/time.ts";
import type { LiteralMap, TaskTemplate } from "../../src/idl/types.ts";

const { core } = flyteidl;
const version = "v1";
const of = (resourceType: number, name: string) => ({ resourceType, project: "flytesnacks", domain: "development", name, version });
const integer = { type: { simple: core.SimpleType.INTEGER } };
const seven: LiteralMap = { literals: { o: { scalar: { primitive: { integer: Long.fromNumber(7) } } } } };

/** A task that tells the file at `judge` when each attempt begins and ends; one with an output leaves 7. */
function judged(name: string, judge: string, seconds: number, cached: boolean): TaskTemplate {
  const tell = (what: string): string =>
    `printf '%s\\n' "${what} $FLYTE_INTERNAL_EXECUTION_ID $FLYTE_INTERNAL_TASK_NAME $FLYTE_ATTEMPT_NUMBER" >> '${judge}'`;
  const hex = Buffer.from(core.LiteralMap.encode(seven).finish()).toString("hex");
  const leave = `mkdir -p "$0"; python3 -c "import sys; open(sys.argv[1] + '/outputs.pb', 'wb').write(bytes.fromhex('${hex}'))" "$0"`;
  return {
    id: of(core.ResourceType.TASK, name),
    type: "raw-container",
    interface: { inputs: { variables: {} }, outputs: { variables: cached ? { o: integer } : {} } },
    metadata: { retries: { retries: 0 }, timeout: toDuration(0), ...(cached ? { discoverable: true, discoveryVersion: "1" } : {}) },
    container: {
      image: "none",
      command: ["sh", "-c", [tell("begin"), `sleep ${seconds}`, ...(cached ? [leave] : []), tell("end")].join("; "), "{{.outputPrefix}}"],
    },
  };
}

export const chained = ["first", "second", "third"];

/** Registers `chain` (three tasks one after another) and `cached` (one task whose outputs are cached). */
export async function registerJudged(admin: AdminClient, judge: string, seconds: number): Promise<void> {
  const register = async (workflow: string, names: readonly string[], cached: boolean): Promise<void> => {
    for (const name of names) {
      const template = judged(`${workflow}.${name}`, judge, seconds, cached);
      await admin.createTask({ id: template.id, spec: { template } });
    }
    const id = of(core.ResourceType.WORKFLOW, workflow);
    const nodes = names.map((name, index) => ({
      id: `n${index}`,
      metadata: { name },
      upstreamNodeIds: index === 0 ? [] : [`n${index - 1}`],
      taskNode: { referenceId: of(core.ResourceType.TASK, `${workflow}.${name}`) },
    }));
    const template = {
      id,
      interface: { inputs: { variables: {} }, outputs: { variables: {} } },
      nodes,
      metadata: {},
      metadataDefaults: {},
    };
    await admin.createWorkflow({ id, spec: { template } });
    const spec = { workflowId: id, defaultInputs: { parameters: {} }, fixedInputs: { literals: {} } };
    await admin.createLaunchPlan({ id: of(core.ResourceType.LAUNCH_PLAN, workflow), spec });
  };
  await register("chain", chained, false);
  await register("cached", ["only"], true);
}

/** Asks for an execution of `workflow`. */
export async function launchJudged(admin: AdminClient, workflow: string, name: string): Promise<void> {
  const spec = {
    launchPlan: of(core.ResourceType.LAUNCH_PLAN, workflow),
    metadata: { mode: flyteidl.admin.ExecutionMetadata.ExecutionMode.MANUAL },
  };
  await admin.createExecution({ project: "flytesnacks", domain: "development", name, spec, inputs: { literals: {} } });
}
