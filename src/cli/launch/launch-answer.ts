import type { AdminClient } from "../../client/admin-client.ts";
import type { Answer } from "../answer.ts";

/** An execution that has been started and is not waited for. */
function launchAnswer(urn: string): Answer {
  return { data: { urn }, urns: [urn], text: () => `${urn}\n` };
}

interface Waiting {
  readonly wait: boolean;
  readonly watch: boolean;
  readonly quiet?: boolean;
  readonly signal: AbortSignal;
  progress(line: string): void;
}

/** An execution that has been started, or its end where that is waited for. */
export async function startedAnswer(admin: AdminClient, urn: string, waiting: Waiting): Promise<Answer> {
  if (!waiting.wait && !waiting.watch) return launchAnswer(urn);
  waiting.progress(urn);
  const { waitForAnswer } = await import("./wait-for-answer.ts");
  const { signal, progress } = waiting;
  return waitForAnswer(admin, urn, { signal, watch: waiting.watch && !waiting.quiet, progress });
}
