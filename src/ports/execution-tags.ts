import type { ExecutionSpec } from "../idl/types.ts";

/** What an execution is found by. A tag proper has no value. */
export interface ExecutionTag {
  readonly key: string;
  readonly value: string;
}

/** As long as Flyte's columns. */
export const longestTag = 255;

/** The tags and the labels that a request gave an execution, each once; what is too long for a column is left out. */
export function executionTagsOf(spec: ExecutionSpec): readonly ExecutionTag[] {
  const found = new Map<string, ExecutionTag>();
  const pairs = [...Object.entries(spec.labels?.values ?? {}), ...(spec.tags ?? []).map((tag) => [tag, ""] as const)];
  for (const [key, value] of pairs) {
    if (key.length <= longestTag && value.length <= longestTag) found.set(JSON.stringify([key, value]), { key, value });
  }
  return [...found.values()];
}
