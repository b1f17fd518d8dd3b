import { parseUrn } from "../../idl/urn.ts";
import { oneLine } from "../plain-text.ts";

/** `n0 my.task, attempt 1`: whose log it is, with the log's own name where an attempt has several. */
export function logHeading({ urn, name }: { readonly urn: string; readonly name: string }, several: boolean): string {
  const parsed = parseUrn(urn);
  const own = parsed.kind === "task_execution" ? `${parsed.id.node.nodeId} ${parsed.id.task.name}, attempt ${parsed.id.retryAttempt}` : urn;
  return oneLine(several && name ? `${own}, ${name}` : own);
}
