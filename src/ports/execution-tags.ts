import type { ExecutionSpec } from "../idl/types.ts";

/** What an execution is found by. A tag proper has no value. */
export interface ExecutionTag {
  readonly key: string;
  readonly value: string;
}

/** As long as Flyte's columns. */
const longestTag = 255;

/** Whether a column can hold it: of no more than Flyte's length, and without the character NUL, which Postgres does not keep. */
export const fitsTagColumn = (text: string): boolean => text.length <= longestTag && !text.includes("\0");

/** The tags and the labels that a request gave an execution, each once; what does not fit a column is left out. */
export function executionTagsOf(spec: ExecutionSpec): readonly ExecutionTag[] {
  const found = new Map<string, ExecutionTag>();
  const pairs = [...Object.entries(spec.labels?.values ?? {}), ...(spec.tags ?? []).map((tag) => [tag, ""] as const)];
  for (const [key, value] of pairs) {
    if (fitsTagColumn(key) && fitsTagColumn(value)) found.set(JSON.stringify([key, value]), { key, value });
  }
  return [...found.values()];
}
