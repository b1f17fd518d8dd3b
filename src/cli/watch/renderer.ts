import type { WriteStream } from "node:tty";

/** How a watch is shown: an object a line, a line a change, or a tree that is drawn anew in its place. */
export type Renderer = "json" | "lines" | "tree";

/** The tree needs a terminal that can move its cursor, and a person: not a build's log. */
export function chooseRenderer(
  asked: { readonly json: boolean; readonly stream: Pick<WriteStream, "isTTY"> },
  environment: Readonly<Record<string, string | undefined>>,
): Renderer {
  if (asked.json) return "json";
  const ci = environment["CI"];
  const inBuild = ci !== undefined && ci !== "" && ci !== "0" && ci !== "false";
  return asked.stream.isTTY && !inBuild && environment["TERM"] !== "dumb" ? "tree" : "lines";
}
