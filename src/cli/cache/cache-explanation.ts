import type { EntityId } from "../../idl/identifiers.ts";
import { renderFields, renderTable } from "../table.ts";
import { secondsText } from "../views/time-view.ts";
import type { CacheDifference } from "./cache-difference.ts";
import type { NearestArtifact } from "./nearest-artifact.ts";

/** The answer of `cache explain`. */
export interface CacheExplanation {
  readonly urn: string;
  readonly name: string | null;
  readonly task: string | null;
  /** `CACHE_HIT`, `CACHE_POPULATED`, …: what the deployment recorded; null for a node that runs no task. */
  readonly status: string | null;
  readonly outcome: "hit" | "miss" | "skipped" | "disabled" | "put failed" | "lookup failed";
  readonly reason: string;
  readonly hint: string | null;
  readonly key: { readonly dataset: EntityId; readonly tag: string } | null;
  readonly ignoredInputs: readonly string[];
  /** Of a hit: whose outputs were taken. */
  readonly source: { readonly urn: string | null; readonly createdAt: string | null; readonly artifactId: string } | null;
  /** Of a miss: the cached result it came nearest to. */
  readonly nearest: NearestArtifact | null;
}

/** `cache version and input seed differ from the nearest cached run`. */
export function differencesSentence({ differences, inputsKnown, source }: NearestArtifact): string {
  if (!inputsKnown && differences.length === 0)
    return `the inputs differ from the nearest cached run, but ${source ?? "its source"} cannot be read any more to tell which`;
  if (differences.length === 0)
    return `nothing that counts differs from ${source ?? "the nearest cached run"}, whose outputs were being cached at the same time, or have no key of their own`;
  const things = [...new Set(differences.map(({ what, name }) => (name === null ? what : `${what.replace(/ type$/, "'s type")} ${name}`)))];
  const named = things.map((thing) => thing.replace(/^(input|output)'s type (.*)$/, "the type of $1 $2"));
  const listed = named.length === 1 ? named[0] : `${named.slice(0, -1).join(", ")} and ${named.at(-1)}`;
  return `${listed} ${named.length === 1 ? "differs" : "differ"} from the nearest cached run`;
}

export function explanationText(explanation: CacheExplanation, width: number | undefined): string {
  const { urn, name, task, outcome, status, reason, hint, key, ignoredInputs, source, nearest } = explanation;
  const optional = (label: string, value: string | null | undefined): (readonly [string, string])[] => (value ? [[label, value]] : []);
  const fields = renderFields([
    ["node", name === null ? urn : `${urn} (${name})`],
    ...optional("task", task),
    ["cache", status === null ? outcome : `${outcome} (${status})`],
    ["why", reason],
    ...optional("hint", hint),
    ...optional("key", key && `${key.dataset.version} ${key.tag}`),
    ...optional("ignored", ignoredInputs.join(", ")),
    ...optional(
      "from",
      source && `${source.urn ?? "unknown"}${source.createdAt === null ? "" : `, cached ${secondsText(source.createdAt)}`}`,
    ),
    ...optional("nearest", nearest && `${nearest.source ?? nearest.artifactId}, cached ${secondsText(nearest.createdAt)}`),
  ]);
  if (!nearest || nearest.differences.length === 0) return fields;
  const rows = nearest.differences.map((difference) => [
    difference.what,
    difference.name ?? "",
    shown(difference, difference.cached),
    shown(difference, difference.current),
  ]);
  return `${fields}\n${renderTable({ columns: ["differs", "name", "cached", "this run"], rows }, width)}`;
}

function shown({ what }: CacheDifference, value: unknown): string {
  if (value === null || value === undefined) return "none";
  return what === "input" ? JSON.stringify(value) : String(value);
}
