import type { Field, Type } from "protobufjs";
import { namesOf } from "../../idl/json/from-json-value.ts";
import { reflectedType, reflectionRoot } from "../../idl/reflection.ts";
import type { ServiceMethod } from "./service-methods.ts";

/** A field reached from a request through nested messages. */
export interface FieldPath {
  /** As written in the annotation, e.g. `id.project`. */
  readonly text: string;
  readonly fields: readonly Field[];
}

type Segment = { readonly literal: string } | { readonly variable: FieldPath };

/** One HTTP method and path template of an RPC (a google.api.http rule or one of its additional bindings). */
export interface HttpBinding {
  readonly method: ServiceMethod;
  readonly verb: string;
  readonly segments: readonly Segment[];
  /** `*` for the whole request, a field for that one, undefined for none. */
  readonly body: "*" | Field | undefined;
}

export interface RouteMatch {
  readonly binding: HttpBinding;
  readonly variables: readonly { readonly path: FieldPath; readonly value: string }[];
}

export type RouteResult = RouteMatch | "no such path" | { readonly allowed: readonly string[] };

const verbs = ["get", "put", "post", "delete", "patch"] as const;

/** The field a dotted path of proto or JSON names leads to from `type`; undefined where it leads nowhere. */
export function fieldPath(type: Type, text: string): FieldPath | undefined {
  const fields: Field[] = [];
  let current: Type | undefined = type;
  for (const name of text.split(".")) {
    const field: Field | undefined = current && namesOf(current).get(name);
    if (!field) return undefined;
    fields.push(field);
    current =
      field.resolvedType !== null && "fields" in field.resolvedType && !field.repeated && !field.map ? field.resolvedType : undefined;
  }
  return { text, fields };
}

/** The values of one option of a method, e.g. `(google.api.http)`. */
export function methodOptions(method: ServiceMethod, name: string): readonly Readonly<Record<string, unknown>>[] {
  const options = (reflectionRoot().lookupService(method.service).methods[method.name]?.parsedOptions ??
    []) as unknown as readonly Readonly<Record<string, unknown>>[];
  return options.flatMap((option) => option[name] ?? []) as Readonly<Record<string, unknown>>[];
}

/** All HTTP bindings of the methods, from their options; a template this table cannot hold throws. */
export function httpBindings(methods: readonly ServiceMethod[]): HttpBinding[] {
  return methods
    .filter((method) => !method.requestStream && !method.responseStream)
    .flatMap((method) => {
      return methodOptions(method, "(google.api.http)")
        .flatMap((rule) => [rule, ...[rule["additional_bindings"] ?? []].flat()] as Readonly<Record<string, unknown>>[])
        .map((rule) => binding(method, rule));
    });
}

function binding(method: ServiceMethod, rule: Readonly<Record<string, unknown>>): HttpBinding {
  const verb = verbs.find((name) => typeof rule[name] === "string");
  const template = verb === undefined ? undefined : rule[verb];
  if (verb === undefined || typeof template !== "string") throw new Error(`${method.fullName} has an HTTP rule without a method`);
  const requestType = reflectedType(method.requestName);
  const segments = template
    .split("/")
    .slice(1)
    .map((part): Segment => {
      if (!part.startsWith("{")) return { literal: part };
      const path = /^\{[\w.]+\}$/.test(part) ? fieldPath(requestType, part.slice(1, -1)) : undefined;
      if (!path) throw new Error(`${method.fullName}: path template ${template} is not supported`);
      return { variable: path };
    });
  const body = rule["body"] === undefined || rule["body"] === "*" ? rule["body"] : fieldPath(requestType, String(rule["body"]))?.fields[0];
  return { method, verb: verb.toUpperCase(), segments, body };
}

/** Finds the binding of a request; literal segments win over variables, from the left. `path` is undecoded, without the query. */
export function createRouteTable(bindings: readonly HttpBinding[]): (verb: string, path: string) => RouteResult {
  const rank = (binding: HttpBinding): string => binding.segments.map((segment) => ("literal" in segment ? "0" : "1")).join("");
  const byLength = Map.groupBy(
    bindings.toSorted((a, b) => (rank(a) < rank(b) ? -1 : rank(a) > rank(b) ? 1 : 0)),
    (candidate) => candidate.segments.length,
  );
  return (verb, path) => {
    const parts = path.split("/").slice(1);
    const matching = (byLength.get(parts.length) ?? []).filter((candidate) =>
      candidate.segments.every((segment, index) => ("literal" in segment ? segment.literal === parts[index] : parts[index] !== "")),
    );
    if (matching.length === 0) return "no such path";
    const found = matching.find((candidate) => candidate.verb === verb);
    if (!found) return { allowed: [...new Set(matching.map((candidate) => candidate.verb))] };
    const variables = found.segments.flatMap((segment, index) =>
      "variable" in segment ? [{ path: segment.variable, value: decodeURIComponent(parts[index] ?? "") }] : [],
    );
    return { binding: found, variables };
  };
}
