import { fixedLengthId, generatedName } from "../../idl/names.ts";
import type { PlacedNode } from "./placed-node.ts";
import type { WorkflowExecutionId } from "../../idl/identifiers.ts";

const longest = 50;

/**
 * Unique to an attempt of a node: of what runs it, of its raw output, of who holds its reservation. Of an element a name that is
 * too long is hashed to more bits than Flyte's 32: of a hundred thousand elements two would most likely have one name, and run as one.
 */
export function attemptName(execution: WorkflowExecutionId, { uniqueId, element }: PlacedNode, attempt: number): string {
  return element
    ? fixedLengthId([execution.name, uniqueId, attempt], longest, 128)
    : generatedName(execution.name, uniqueId, attempt, longest);
}
