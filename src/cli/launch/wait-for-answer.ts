import type { AdminClient } from "../../client/admin-client.ts";
import { executionTarget } from "../target.ts";
import type { Answer } from "../answer.ts";
import { executionAnswer, fetchExecution } from "../answers/execution-answer.ts";
import { followExecution } from "../watch/follow-execution.ts";
import { chooseRenderer } from "../watch/renderer.ts";
import { showChanges } from "../watch/show-changes.ts";

/** Waits for an execution's end and answers with its data and nodes; with `watch` each phase change is shown on stderr. */
export async function waitForAnswer(
  admin: AdminClient,
  urn: string,
  { signal, watch }: { readonly signal: AbortSignal; readonly watch: boolean },
): Promise<Answer> {
  const id = executionTarget(urn, { project: "", domain: "" });
  const renderer = chooseRenderer({ json: false, stream: process.stderr }, process.env);
  const view = watch ? await showChanges(renderer, process.stderr) : undefined;
  const tools = { signal, ...(view ? { onChange: view.update.bind(view) } : {}) };
  const { failure } = await followExecution(admin, id, tools).finally(() => view?.stop());
  const answer = executionAnswer(await fetchExecution(admin, id, Date.now()), view === undefined || renderer !== "tree");
  return failure ? { ...answer, failure } : answer;
}
