import type { EngineSettings } from "../../../settings.ts";
import type { Failure } from "../../state.ts";
import type { flyteidl } from "../../../../idl/flyteidl.ts";

type ArrayNode = flyteidl.core.ArrayNode.$Properties;

/** Beyond it an array does not begin. */
export const mostElements = 5_000_000;
/** Elements of one array at work at a time, whatever it allows: what has begun is kept one by one. */
const mostAtWork = 5_000;

/**
 * How many elements an array has: as many as each of its lists. Bound inputs are given whole, and so is what is no list.
 * Flyte: nodes/array/handler.go, ArrayNodePhaseNone.
 */
export function arraySizeOf(array: ArrayNode, lengths: ReadonlyMap<string, number | undefined>): number | Failure {
  const invalid = (message: string): Failure => ({ code: "InvalidArrayLength", message, kind: "USER" });
  const bound = new Set(array.boundInputs ?? []);
  let size: number | undefined;
  for (const [name, length] of lengths) {
    if (bound.has(name) || length === undefined) continue;
    size ??= length;
    if (size !== length) return invalid(`input arrays have different lengths: expecting '${size}' found '${length}'`);
  }
  if (size === undefined) return bound.size === lengths.size ? 1 : invalid("no input array provided");
  return size > mostElements ? invalid(`an array has [${size}] elements, more than the limit of [${mostElements}]`) : size;
}

/** How many must succeed. The ratio has 32 bits: 0.6 of 10 needs 7. Flyte: nodes/array/handler.go. */
export function minSuccessesOf(array: ArrayNode, size: number): number {
  if (array.minSuccesses != null) return array.minSuccesses;
  return array.minSuccessRatio == null ? size : Math.ceil(Math.fround(array.minSuccessRatio) * size);
}

export interface ElementCounts {
  /** SKIPPED counts as succeeded. */
  readonly succeeded: number;
  /** Those cleaned up after. None is aborted before the array is lost. */
  readonly failed: number;
  /** Not begun ones included. */
  readonly running: number;
}

/** Whether an array is lost, complete, or goes on: it waits for all that run. Flyte: nodes/array/handler.go, ArrayNodePhaseExecuting. */
export function verdictOf(
  array: ArrayNode,
  size: number,
  { succeeded, failed, running }: ElementCounts,
): "FAILING" | "SUCCEEDING" | "EXECUTING" {
  const least = minSuccessesOf(array, size);
  const isLost = size - failed < least;
  if (isLost && !(array.runAllSubNodes && running > 0)) return "FAILING";
  return !isLost && succeeded >= least && running === 0 ? "SUCCEEDING" : "EXECUTING";
}

/** Whether elements take part in the execution's own limit instead of having one of their array's. Flyte: nodes/array/utils.go inferParallelism. */
export function sharesParallelism(array: ArrayNode, behavior: EngineSettings["arrayParallelism"]): boolean {
  if ((array.parallelism ?? 0) > 0) return false;
  return behavior === "workflow" || (behavior === "hybrid" && array.parallelism == null);
}

/** How many elements may be at work at a time. `room`: in the execution, besides those that are. */
export function elementsAtATime(array: ArrayNode, behavior: EngineSettings["arrayParallelism"], atWork: number, room: number): number {
  const own = (array.parallelism ?? 0) > 0 ? (array.parallelism ?? 0) : sharesParallelism(array, behavior) ? atWork + room : Infinity;
  return Math.min(own, mostAtWork);
}
