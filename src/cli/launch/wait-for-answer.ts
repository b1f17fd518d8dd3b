import type { AdminClient } from "../../client/admin-client.ts";
import { executionTarget } from "../target.ts";
import type { Answer } from "../answer.ts";
import { executionAnswer, fetchExecution } from "../answers/execution-answer.ts";
import { followExecution } from "../watch/follow-execution.ts";
import type { PhaseChange } from "../watch/phase-change.ts";
import { phaseChangeText } from "../watch/phase-change.ts";

/** Waits for an execution's end and answers with its data and nodes; `progress` gets a line for each phase change. */
export async function waitForAnswer(
  admin: AdminClient,
  urn: string,
  tools: { readonly signal: AbortSignal; readonly progress?: (line: string) => void },
): Promise<Answer> {
  const id = executionTarget(urn, { project: "", domain: "" });
  const onChange = (change: PhaseChange): void => {
    const line = phaseChangeText(change);
    if (line !== undefined) tools.progress?.(line);
  };
  const { failure } = await followExecution(admin, id, { signal: tools.signal, onChange });
  const answer = executionAnswer(await fetchExecution(admin, id, Date.now()));
  return failure ? { ...answer, failure } : answer;
}
