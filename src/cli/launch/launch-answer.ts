import type { Answer } from "../answer.ts";

/** An execution that has been started and is not waited for. */
export function launchAnswer(urn: string): Answer {
  return { data: { urn }, urns: [urn], text: () => `${urn}\n` };
}
