import type { NodeExecutionId } from "../../../idl/identifiers.ts";
import { invalidArgument } from "../refusals.ts";

/** What a `flyte://` URL names: inputs, outputs or deck of a node, or of one attempt of its task; possibly one variable. */
export interface FlyteUrl {
  readonly node: NodeExecutionId;
  readonly attempt: number | undefined;
  readonly part: "inputs" | "outputs" | "deck";
  readonly variable: string | undefined;
}

const form = /^flyte:\/\/v1\/([\w-]+)\/([\w-]+)\/([\w-]+)\/([\w-]+)(?:\/(\d{1,9}))?\/([iod])(?:\/([\w-]+))?$/;
const parts = { i: "inputs", o: "outputs", d: "deck" } as const;

/** Reads `flyte://v1/<project>/<domain>/<execution>/<node>[/<attempt>]/<i|o|d>[/<variable>]`; INVALID_ARGUMENT for anything else. */
export function parseFlyteUrl(url: string): FlyteUrl {
  const match = form.exec(url);
  if (!match)
    throw invalidArgument(
      `unable to parse flyte url [${url}]: expected flyte://v1/<project>/<domain>/<execution>/<node>[/<attempt>]/<i|o|d>[/<name>]`,
    );
  const [, project = "", domain = "", name = "", nodeId = "", attempt, letter = "", variable] = match;
  const part = parts[letter as keyof typeof parts];
  if (part === "deck" && attempt !== undefined) throw invalidArgument(`decks belong to nodes, not to attempts: [${url}]`);
  if (part === "deck" && variable !== undefined) throw invalidArgument(`a deck has no variables: [${url}]`);
  return {
    node: { execution: { project, domain, name }, nodeId },
    attempt: attempt === undefined ? undefined : Number(attempt),
    part,
    variable,
  };
}
