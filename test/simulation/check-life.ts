import { Ambiguous, interpret } from "./reference/interpret.ts";
import { executionId, specOf } from "../integration/propeller/workflow-of.ts";
import { judge } from "./reference/judge.ts";
import { scriptOf } from "./script-of-plan.ts";
import type { Life } from "./live.ts";
import type { Plan } from "./plan.ts";
import type { Past, Verdict } from "./reference/story.ts";

/** What the reference says of a plan; undefined when it cannot tell, as it depends on the moment whether something goes on. */
export function verdictOf(plan: Plan, past?: Past): Verdict | undefined {
  try {
    return interpret(specOf(plan.workflow).closure, { literals: {} }, scriptOf(plan), executionId.name, past);
  } catch (thrown) {
    if (thrown instanceof Ambiguous) return undefined;
    throw thrown;
  }
}

/** An execution that is terminated may have come as far as it would have, or less. */
function whenTerminated(verdict: Verdict): Verdict {
  const stories = [...verdict.stories].map(([id, story]) => [id, { ...story, isCut: true }] as const);
  return { ...verdict, stories: new Map(stories) };
}

/** All that is wrong with how a plan was lived. */
export function complaintsOf(verdict: Verdict, life: Life, isTerminated = false): string[] {
  const complaints = [...life.violations, ...(life.unended === undefined ? [] : [life.unended])];
  if (!isTerminated) return [...complaints, ...judge(verdict, life.seen)];
  const cut = whenTerminated(verdict);
  return [
    ...complaints,
    ...judge(life.seen.phase === "ABORTED" ? { ...cut, phase: "HANGS" } : cut, life.seen).filter(
      (each) => each !== "the execution is ABORTED, not HANGS",
    ),
  ];
}
