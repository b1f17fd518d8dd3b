import type { AdminClient } from "../../client/admin-client.ts";
import { executionTarget } from "../target.ts";
import type { Answer } from "../answer.ts";
import { executionAnswer, fetchExecution } from "../answers/execution-answer.ts";
import { followExecution } from "../watch/follow-execution.ts";
import { lostText } from "../watch/lost-text.ts";
import { chooseRenderer } from "../watch/renderer.ts";
import { showChanges } from "../watch/show-changes.ts";

/** Waits for an execution's end and answers with its data and nodes; with `watch` each phase change is shown on stderr. */
export async function waitForAnswer(
  admin: AdminClient,
  urn: string,
  { signal, watch, progress }: { readonly signal: AbortSignal; readonly watch: boolean; readonly progress: (line: string) => void },
): Promise<Answer> {
  const id = executionTarget(urn, { project: "", domain: "" });
  const renderer = chooseRenderer({ json: false, stream: process.stderr }, process.env);
  const view = watch ? await showChanges(renderer, process.stderr) : undefined;
  const onLost = (why: string | undefined): void => {
    if (view?.notice) view.notice(why === undefined ? undefined : lostText(why));
    else progress(lostText(why));
  };
  const tools = { signal, onLost, ...(view ? { onChange: view.update.bind(view) } : {}) };
  const { failure } = await followExecution(admin, id, tools).finally(() => view?.stop());
  const answer = executionAnswer(await fetchExecution(admin, id, Date.now()), view === undefined || renderer !== "tree");
  return failure ? { ...answer, failure } : answer;
}
