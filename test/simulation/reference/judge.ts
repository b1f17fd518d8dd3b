import { isDeepStrictEqual } from "node:util";
import { flyteidl } from "../../../src/idl/flyteidl.ts";
import type { LiteralMap } from "../../../src/idl/types.ts";
import type { Failure, Story, Verdict } from "./story.ts";

export interface SeenNode {
  /** The last phase. */
  readonly end: string;
  readonly failure: Pick<Failure, "code" | "message"> | undefined;
  /** The last phase of each attempt of its task. */
  readonly attempts: readonly string[];
}

/** What was seen of an execution that is over. */
export interface Seen {
  readonly phase: string;
  readonly failure: Pick<Failure, "code" | "message"> | undefined;
  readonly outputs: LiteralMap | undefined;
  /** By unique id; elements as `<array>[<index>]`, child executions as `child <name>`. */
  readonly nodes: ReadonlyMap<string, SeenNode>;
}

const isSame = (failure: Failure, seen: Seen["failure"]): boolean =>
  failure.code === seen?.code && (failure.message === undefined || failure.message === seen.message);

const show = (node: Pick<SeenNode, "end" | "attempts">): string => `${node.end} [${node.attempts.join(", ")}]`;

/** Whether a node has come as far as its story, or was stopped on its way when that is allowed. */
function complaintAbout(story: Story, seen: SeenNode | undefined): string | undefined {
  if (!seen) return story.isCut || story.end === "NEVER" ? undefined : `${story.id} was not seen, but ends ${show(story)}`;
  const isWhole = seen.end === story.end && isDeepStrictEqual(seen.attempts, story.attempts);
  if (isWhole) return undefined;
  if (story.mayHit && seen.end === "SUCCEEDED" && story.end === "SUCCEEDED" && seen.attempts.length < story.attempts.length)
    return undefined;
  // An element is only known by its attempts.
  const isElement = story.id.endsWith("]");
  if (story.isCut && (seen.end === "ABORTED" || (isElement && seen.end === "FAILED") || (story.mayHit && seen.end === "SUCCEEDED"))) {
    const before = seen.attempts.slice(0, -1);
    const last = seen.attempts.at(-1);
    const isSoFar = isDeepStrictEqual(before, story.attempts.slice(0, before.length)) && seen.attempts.length <= story.attempts.length;
    if (isSoFar && (last === undefined || last === "ABORTED" || last === story.attempts[before.length])) return undefined;
  }
  return `${story.id} is ${show(seen)}, but ends ${show(story)}${story.isCut ? " or is stopped before" : ""}`;
}

/** The same for the same outputs. */
export function textOf(outputs: LiteralMap | undefined): string {
  if (outputs === undefined) return "none";
  const { literals } = flyteidl.core.LiteralMap.decode(flyteidl.core.LiteralMap.encode(outputs).finish());
  return JSON.stringify(Object.entries(literals ?? {}).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** What was seen that must not be; empty when all is as the reference has it. */
export function judge(verdict: Verdict, seen: Seen): string[] {
  const wrong: string[] = [];
  if (seen.phase !== verdict.phase) wrong.push(`the execution is ${seen.phase}, not ${verdict.phase}`);
  if (verdict.phase === "SUCCEEDED" && textOf(seen.outputs) !== textOf(verdict.outputs))
    wrong.push(`the outputs are ${textOf(seen.outputs)}, not ${textOf(verdict.outputs)}`);
  if (verdict.phase === "FAILED") {
    const found = verdict.failures.some((failure) => isSame(failure, seen.failure));
    if (!found) wrong.push(`it failed with ${JSON.stringify(seen.failure)}, not with any of ${JSON.stringify(verdict.failures)}`);
    const ended = verdict.failing.some((id) => ["FAILED", "TIMED_OUT"].includes(seen.nodes.get(id)?.end ?? ""));
    if (verdict.failing.length > 0 && !ended) wrong.push(`none of ${verdict.failing.join(", ")} has failed`);
  }
  for (const story of verdict.stories.values()) {
    const complaint = complaintAbout(story, seen.nodes.get(story.id));
    if (complaint !== undefined) wrong.push(complaint);
  }
  for (const [id, node] of seen.nodes) if (!verdict.stories.has(id)) wrong.push(`${id} should not have begun, but is ${show(node)}`);
  return wrong;
}
