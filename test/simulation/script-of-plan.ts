import { addOne, madeBy } from "../integration/propeller/workflow-of.ts";
import { flyteidl } from "../../src/idl/flyteidl.ts";
import type { Act, Failure, Script } from "./reference/story.ts";
import type { Plan } from "./plan.ts";
import type { Step } from "../support/scripted-plugin.ts";

const boom: Failure = { code: "Boom", message: "it broke", kind: "USER" };
const kindOf = (kind: number | null | undefined): Failure["kind"] =>
  kind === flyteidl.core.ExecutionError.ErrorKind.USER
    ? "USER"
    : kind === flyteidl.core.ExecutionError.ErrorKind.SYSTEM
      ? "SYSTEM"
      : "UNKNOWN";

function actOf(step: Step | undefined): Act {
  const { phase, error, leaves }: Exclude<Step, string> = typeof step === "string" ? { phase: step } : (step ?? { phase: "SUCCESS" });
  switch (phase) {
    case "SUCCESS":
      return leaves === "NOTHING" ? { does: "LEAVE_NOTHING" } : { does: "SUCCEED" };
    case "PERMANENT_FAILURE":
    case "RETRYABLE_FAILURE":
      return { does: "FAIL", retryable: phase === "RETRYABLE_FAILURE", failure: error ?? boom };
    default:
      return { does: "HANG" };
  }
}

/** What the reference is told of a plan's world. */
export function scriptOf({ workflow, steps, children, signals }: Plan): Script {
  const made = madeBy(workflow);
  return {
    act(nodeId, attempt) {
      const scripts = steps[nodeId] ?? [["SUCCESS"]];
      return actOf(scripts[Math.min(attempt, scripts.length - 1)]?.at(-1));
    },
    outputs: (inputs) => addOne("", inputs),
    futures: (taskName) => made.get(taskName),
    child(name) {
      const child = children[name];
      if (child?.phase !== "FAILED") return { end: child?.phase ?? "HANGS" };
      const { code, message, kind } = child.error ?? { code: "LaunchPlanExecutionFailed", message: "Unknown Error" };
      return { end: "FAILED", failure: { code: code ?? "", message: message ?? "", kind: kindOf(kind) } };
    },
    outputsOfLaunchPlan: () => ["o"],
    signal: (id) => (signals[id] === undefined ? undefined : { scalar: { primitive: { boolean: signals[id] } } }),
  };
}
