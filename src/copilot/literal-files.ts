import { mkdir, writeFile } from "node:fs/promises";
import { flyteidl } from "../idl/flyteidl.ts";
import { structJson } from "../idl/json/well-known-json.ts";
import type { Literal, LiteralMap, Scalar } from "../idl/types.ts";
import type { BlobStore } from "../ports/blob-store.ts";
import { readBlob } from "../ports/read-blob.ts";
import { downloadDirectory, downloadFile } from "./download-blob.ts";
import { failedWhile } from "./failed-while.ts";
import { nameWithin } from "./name-within.ts";
import { primitiveValue } from "./primitive-value.ts";
import type { Transfers } from "./transfers.ts";

/** What a literal became on disk: itself with paths instead of addresses, and its value for inputs.json. */
interface Written {
  readonly literal: Literal;
  readonly json: string;
}

export interface LiteralSources {
  readonly blobs: BlobStore;
  readonly signal: AbortSignal;
  /** Bodies of blobs, which go on after a literal was written. */
  readonly transfers: Transfers;
  /** Under which path the task finds what is written to this one. */
  readonly seenAs: (path: string) => string;
}

/** Of a literal that is kept beside its map. */
export const largestLiteral = 64 << 20;

const { MULTIPART, SINGLE } = flyteidl.core.BlobType.BlobDimensionality;

/** One file or directory a literal, in `directory`. Flyte: flytecopilot/data/download.go RecursiveDownload. */
export async function writeLiteralMap(
  sources: LiteralSources,
  map: LiteralMap,
  directory: string,
): Promise<{ readonly map: LiteralMap; readonly json: string }> {
  const literals: Record<string, Literal> = Object.create(null) as Record<string, Literal>;
  const entries: string[] = [];
  for (const [name, given] of Object.entries(map.literals ?? {}).sort(([a], [b]) => (a < b ? -1 : 1))) {
    sources.signal.throwIfAborted();
    const written = await failedWhile(failureOf(name), async () => {
      const literal = await wholeLiteral(sources, given);
      return await writeLiteral(within(sources, name), literal, nameWithin(directory, name));
    });
    literals[name] = written.literal;
    entries.push(`${JSON.stringify(name)}:${written.json}`);
  }
  return { map: { literals }, json: `{${entries.join(",")}}` };
}

const failureOf = (name: string): string => `variable [${name}] download/store failed`;

/** A body that fails later is told of under the same name. */
function within(sources: LiteralSources, name: string): LiteralSources {
  const { transfers } = sources;
  const named = { add: (work: () => Promise<void>) => transfers.add(() => failedWhile(failureOf(name), work)) };
  return { ...sources, transfers: named };
}

async function wholeLiteral({ blobs }: LiteralSources, literal: Literal): Promise<Literal> {
  const uri = literal.offloadedMetadata?.uri;
  if (uri == null) return literal;
  return await failedWhile(`Failed to  read the object at location [${uri}] with error`, async () =>
    flyteidl.core.Literal.decode(await readBlob(blobs, uri, largestLiteral)),
  );
}

async function writeLiteral(sources: LiteralSources, literal: Literal, to: string): Promise<Written> {
  if (literal.scalar != null) {
    const { scalar, json } = await writeScalar(sources, literal.scalar, to);
    return { literal: { scalar }, json };
  }
  if (literal.collection != null) {
    await mkdir(to, { recursive: true });
    const written: Written[] = [];
    for (const [index, item] of (literal.collection.literals ?? []).entries()) {
      sources.signal.throwIfAborted();
      written.push(await writeLiteral(sources, item, nameWithin(to, String(index))));
    }
    return {
      literal: { collection: { literals: written.map((one) => one.literal) } },
      json: `[${written.map((one) => one.json).join(",")}]`,
    };
  }
  if (literal.map != null) {
    await mkdir(to, { recursive: true });
    const { map, json } = await writeLiteralMap(sources, literal.map, to);
    return { literal: { map }, json };
  }
  throw new Error("unsupported literal type [none]");
}

async function writeScalar(sources: LiteralSources, scalar: Scalar, to: string): Promise<{ scalar: Scalar; json: string }> {
  if (scalar.primitive != null) {
    const { text, json } = primitiveValue(scalar.primitive);
    await writeFile(to, text);
    return { scalar, json };
  }
  const seen = sources.seenAs(to);
  if (scalar.blob != null) {
    const { metadata, uri } = scalar.blob;
    const dimensionality = metadata?.type?.dimensionality ?? SINGLE;
    if (dimensionality === MULTIPART) await downloadDirectory(sources, uri ?? "", to);
    else if (dimensionality === SINGLE) sources.transfers.add(() => downloadFile(sources, uri ?? "", to));
    else throw new Error("unexpected Blob type encountered");
    return { scalar: { blob: { metadata: metadata ?? null, uri: seen } }, json: JSON.stringify(seen) };
  }
  if (scalar.schema != null) {
    await downloadDirectory(sources, scalar.schema.uri ?? "", to);
    return { scalar: { schema: { type: scalar.schema.type ?? null, uri: seen } }, json: JSON.stringify(seen) };
  }
  if (scalar.binary != null) {
    const bytes = Buffer.from(scalar.binary.value ?? []);
    await writeFile(to, bytes);
    return { scalar, json: JSON.stringify(bytes.toString("base64")) };
  }
  if (scalar.error != null) {
    const message = scalar.error.message ?? "";
    await writeFile(to, message);
    return { scalar, json: JSON.stringify(message) };
  }
  if (scalar.generic != null) {
    const json = JSON.stringify(structJson(scalar.generic));
    await writeFile(to, json);
    return { scalar, json };
  }
  if (scalar.union != null) {
    const { type, value } = scalar.union;
    const { literal, json } = await writeLiteral(sources, value ?? {}, to);
    return { scalar: { union: { type: type ?? null, value: literal } }, json };
  }
  if (scalar.noneType != null) {
    await writeFile(to, "null");
    return { scalar, json: "null" };
  }
  const kind = Object.entries(scalar).find(([, value]) => value != null)?.[0] ?? "none";
  throw new Error(`unsupported scalar type [${kind}]`);
}
