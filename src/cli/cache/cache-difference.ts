import { cacheTag } from "../../idl/cache-key.ts";
import { protoText } from "../../idl/type-text.ts";
import type { Literal, LiteralMap, TypedInterface, VariableMap } from "../../idl/types.ts";
import { typeName } from "../inputs/type-name.ts";
import { literalValue } from "../../idl/literals/literal-value.ts";

/** One thing that tells a cached result from a run that did not find it. */
export interface CacheDifference {
  readonly what: "project" | "domain" | "cache version" | "input" | "input type" | "output type";
  /** Of the input or output. */
  readonly name: string | null;
  /** Of the cached result; null where it has none. */
  readonly cached: unknown;
  /** Of the run. */
  readonly current: unknown;
}

/** A dataset's version taken apart: the cache version itself may hold hyphens, and so may the signatures. */
export function datasetVersionParts(version: string): { readonly cacheVersion: string; readonly inputs: string; readonly outputs: string } {
  const match = /^(.*)-([\w-]{8})-([\w-]{8})$/.exec(version);
  return { cacheVersion: match?.[1] ?? version, inputs: match?.[2] ?? "", outputs: match?.[3] ?? "" };
}

/** The inputs that differ in what the cache key is made of; `ignored` ones never do. */
export function inputDifferences(cached: LiteralMap, current: LiteralMap, ignored: readonly string[]): CacheDifference[] {
  const tag = (literal: Literal | undefined): string => (literal === undefined ? "" : cacheTag({ literals: { literal } }, []));
  return names(cached.literals, current.literals)
    .filter((name) => !ignored.includes(name) && tag(own(cached.literals, name)) !== tag(own(current.literals, name)))
    .map((name) => ({
      what: "input",
      name,
      cached: keyedValue(own(cached.literals, name)),
      current: keyedValue(own(current.literals, name)),
    }));
}

/** The inputs and outputs that were added, removed, or declared otherwise (which their descriptions count to). */
export function interfaceDifferences(
  cached: TypedInterface | null | undefined,
  current: TypedInterface | null | undefined,
): CacheDifference[] {
  return [
    ...variableDifferences("input type", cached?.inputs, current?.inputs),
    ...variableDifferences("output type", cached?.outputs, current?.outputs),
  ];
}

function variableDifferences(
  what: CacheDifference["what"],
  cached: VariableMap | null | undefined,
  current: VariableMap | null | undefined,
): CacheDifference[] {
  return names(cached?.variables, current?.variables).flatMap((name) => {
    const [old, now] = [own(cached?.variables, name), own(current?.variables, name)];
    // From the plainest to the fullest text, the first in which they differ.
    const texts = [old, now].map((variable) =>
      variable == null
        ? [null, null, null]
        : [typeName(variable.type), JSON.stringify(variable.description ?? ""), protoText(variable.type ?? {})],
    );
    const level = [0, 1, 2].find((index) => texts[0]?.[index] !== texts[1]?.[index]);
    return level === undefined ? [] : [{ what, name, cached: texts[0]?.[level] ?? null, current: texts[1]?.[level] ?? null }];
  });
}

/** What counts of a literal: its own hash where it has one, else its value. */
function keyedValue(literal: Literal | undefined): unknown {
  if (literal === undefined) return null;
  return literal.hash ? `hash ${literal.hash}` : literalValue(literal);
}

/** Whether a value is a place rather than content: files and tables are cached by their URI unless they carry a hash. */
export function countsByPlace(literal: Literal | undefined): boolean {
  if (literal === undefined || literal.hash) return false;
  const scalar = literal.scalar;
  return scalar?.blob != null || scalar?.schema != null || scalar?.structuredDataset != null;
}

function names(...maps: readonly (Readonly<Record<string, unknown>> | null | undefined)[]): string[] {
  return [...new Set(maps.flatMap((map) => Object.keys(map ?? {})))].sort();
}

function own<T>(map: Readonly<Record<string, T>> | null | undefined, name: string): T | undefined {
  return map != null && Object.hasOwn(map, name) ? map[name] : undefined;
}
