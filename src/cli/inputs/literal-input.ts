import { flyteidl } from "../../idl/flyteidl.ts";
import type { Literal, LiteralType } from "../../idl/types.ts";
import { FlyteError } from "../../std/errors.ts";
import { inputError } from "./input-error.ts";
import { scalarOfValue } from "../../idl/literals/scalar-of-value.ts";
import { structLiteral } from "../../idl/literals/struct-literal.ts";

/** Sends a local file, or a directory with all in it, and returns its URI; FlyteError when there is no such file. */
export type Upload = (path: string, kind: "file" | "directory") => Promise<string>;

export interface InputContext {
  readonly upload: Upload;
  /** YAML or JSON; rejects on a syntax error. Integers beyond 2^53 as bigint. */
  readonly parseYaml: (text: string) => Promise<unknown>;
}

const simple = flyteidl.core.SimpleType;
const multipart = flyteidl.core.BlobType.BlobDimensionality.MULTIPART;
const isUri = (text: string): boolean => /^[a-z][a-z0-9+.-]*:\/\//i.test(text);
const isObject = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null && !Array.isArray(value);

/**
 * The literal of `type` that a value of a file or, with `isText`, a flag's text means. `at` names it in errors
 * (FlyteError INPUT_INVALID, which shows the expected form). Local paths of files are uploaded.
 */
export async function literalInput(
  at: string,
  value: unknown,
  type: LiteralType | null | undefined,
  isText: boolean,
  context: InputContext,
): Promise<Literal> {
  if (type?.unionType != null) return unionInput(at, value, type, isText, context);
  if (type?.simple === simple.STRUCT) {
    const literal = structLiteral(await parsed(at, value, type, isText, context), type);
    if (!literal) throw inputError(at, value, type);
    return literal;
  }
  if (type?.simple != null) {
    const scalar = scalarOfValue(value, type.simple, isText);
    if (!scalar) throw inputError(at, value, type);
    return { scalar };
  }
  if (type?.enumType != null) {
    if (typeof value !== "string" || !type.enumType.values?.includes(value)) throw inputError(at, value, type);
    return { scalar: { primitive: { stringValue: value } } };
  }
  if (type?.collectionType != null) {
    const items = await parsed(at, value, type, isText, context);
    if (!Array.isArray(items)) throw inputError(at, value, type);
    const literals: Literal[] = [];
    for (const [index, item] of items.entries())
      literals.push(await literalInput(`${at}[${index}]`, item, type.collectionType, false, context));
    return { collection: { literals } };
  }
  if (type?.mapValueType != null) {
    const entries = await parsed(at, value, type, isText, context);
    if (!isObject(entries)) throw inputError(at, value, type);
    const literals: [string, Literal][] = [];
    for (const [key, item] of Object.entries(entries))
      literals.push([key, await literalInput(`${at}.${key}`, item, type.mapValueType, false, context)]);
    // Not by assignment: a key may be __proto__.
    return { map: { literals: Object.fromEntries(literals) } };
  }
  return storedInput(at, value, type, context);
}

/** What lies in the object store and is named by a URI. */
async function storedInput(at: string, value: unknown, type: LiteralType | null | undefined, context: InputContext): Promise<Literal> {
  const text = isObject(value) && typeof value["uri"] === "string" ? value["uri"] : value;
  if (typeof text !== "string" || text === "") throw inputError(at, value, type);
  const kind = type?.blob?.dimensionality === multipart ? "directory" : "file";
  const uri = isUri(text) ? text : await context.upload(text, kind);
  if (type?.blob != null) return { scalar: { blob: { uri, metadata: { type: type.blob } } } };
  if (type?.schema != null) return { scalar: { schema: { uri, type: type.schema } } };
  if (type?.structuredDatasetType != null) {
    const { columns, externalSchemaType, externalSchemaBytes } = type.structuredDatasetType;
    const format = type.structuredDatasetType.format || (/\.([a-z0-9]+)$/i.exec(uri)?.[1]?.toLowerCase() ?? "parquet");
    return {
      scalar: {
        structuredDataset: { uri, metadata: { structuredDatasetType: { columns, format, externalSchemaType, externalSchemaBytes } } },
      },
    };
  }
  throw inputError(at, value, type);
}

/** The first variant that takes the value; for text, strings are asked last, since they take everything. */
async function unionInput(at: string, value: unknown, type: LiteralType, isText: boolean, context: InputContext): Promise<Literal> {
  const variants = [...(type.unionType?.variants ?? [])].sort((a, b) => rank(a, value, isText) - rank(b, value, isText));
  const whyNot: string[] = [];
  for (const variant of variants) {
    try {
      return { scalar: { union: { value: await literalInput(at, value, variant, isText, context), type: variant } } };
    } catch (error) {
      if (!(error instanceof FlyteError)) throw error;
      if (error.code !== "INPUT_INVALID") whyNot.push(error.message);
    }
  }
  throw inputError(at, value, type, whyNot.join("; "));
}

function rank(variant: LiteralType, value: unknown, isText: boolean): number {
  if (variant.simple === simple.NONE) return value === "" && isText ? 8 : 0;
  if (variant.simple === simple.STRING) return isText ? 7 : 1;
  // A flag's text that is no URI may still be a path: after the types with a form of their own.
  return variant.blob != null || variant.structuredDatasetType != null || variant.schema != null ? 6 : 2;
}

async function parsed(at: string, value: unknown, type: LiteralType, isText: boolean, context: InputContext): Promise<unknown> {
  if (!isText) return value;
  let result: unknown;
  try {
    result = await context.parseYaml(String(value));
  } catch {
    throw inputError(at, value, type, "it is neither JSON nor YAML");
  }
  if (typeof result !== "object" || result === null) throw inputError(at, value, type);
  return result;
}
