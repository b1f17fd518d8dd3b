import { randomText } from "../std/random.ts";
import type { Random } from "../std/random.ts";
import { fnv1, fnv1a } from "./fnv.ts";
import type { EntityId } from "./identifiers.ts";

// Names that Flyte derives: everything that is looked up by them later (CRDs, pods, child executions) relies on them.

// Not RFC 4648: Flyte's own, so that names begin and go on with what DNS allows.
const alphabet = "abcdefghijklmnopqrstuvwxyz123456";

/** What stands for a text that is too long: `f` and 7, 13 or 26 characters of its FNV-1a digest. */
export function hashedId(text: string, bits: 32 | 64 | 128 = 32): string {
  let encoded = "f";
  const characters = Math.ceil(bits / 5);
  const digest = fnv1a(text, bits) << BigInt(characters * 5 - bits);
  for (let index = characters - 1; index >= 0; index--) encoded += alphabet[Number((digest >> BigInt(index * 5)) & 31n)];
  return encoded;
}

/** Parts joined by `-` (leading empty parts vanish), or hashed when longer than `max`; RangeError when even that is too long. */
export function fixedLengthId(parts: readonly (string | number)[], max: number, bits: 32 | 64 | 128 = 32): string {
  let text = "";
  for (const part of parts) text += text === "" ? String(part) : `-${part}`;
  const byteLength = Buffer.byteLength(text);
  const id = byteLength <= max ? text : hashedId(text, bits);
  if (id.length > max && byteLength > max) throw new RangeError(`no id of at most ${max} characters can be made of [${text}]`);
  return id;
}

/** A node's id within its execution: its own at the top level, else with the unique id and attempt of its parent; at most 20 characters. */
export function uniqueNodeId(nodeId: string, parent?: { readonly uniqueId: string; readonly attempt: number }): string {
  return parent ? fixedLengthId([parent.uniqueId, parent.attempt, nodeId], 20) : fixedLengthId([nodeId], 20);
}

/**
 * The id of an array's element within its execution: as of any node within another, but one that is too long keeps its index.
 * Hashed whole, as Flyte does it, two of ten thousand would be the same one time in a hundred, and run as one.
 */
export function uniqueElementId(array: { readonly uniqueId: string; readonly attempt: number }, index: number): string {
  const id = `${array.uniqueId}-${array.attempt}-n${index}`;
  return Buffer.byteLength(id) <= 20 ? id : `${hashedId(`${array.uniqueId}-${array.attempt}`)}-n${index}`;
}

/** Unique to an attempt: of its raw output, and (cleaned by kubernetesName) of what runs it. At most `max` characters. */
export function generatedName(execution: string, uniqueId: string, attempt: number, max = 50): string {
  return fixedLengthId([execution, uniqueId, attempt], max);
}

/** The name of the execution that a launch plan node starts. Version 0 of the workflow's definition used 32 bits. */
export function childExecutionName(parent: string, uniqueId: string, attempt: number, definitionVersion = 1): string {
  return fixedLengthId([parent, uniqueId, attempt], 20, definitionVersion === 0 ? 32 : 64);
}

/**
 * The name of the execution that a launch plan's schedule starts at a time (epoch milliseconds): the same to everybody, so that
 * a tick is launched once. `f` and the beginning of a UUID of which Flyte fills the first half.
 */
export function scheduledExecutionName({ project, domain, name, version }: EntityId, tick: number): string {
  const digest = Buffer.alloc(8);
  digest.writeBigUInt64LE(fnv1(`${project}:${domain}:${name}:${version}:${Math.floor(tick / 1000)}`));
  return `f${digest.toString("hex")}000`;
}

const subdomain = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const longestSubdomain = 253;

/** A name as Kubernetes takes it (a DNS-1123 subdomain), kept as it is when it is one. */
export function kubernetesName(name: string): string {
  if (name.length <= longestSubdomain && subdomain.test(name)) return name;
  const cleaned = name
    .replace(/([a-z0-9])([A-Z])/g, "$1-$2")
    .toLowerCase()
    .replace(/[^-.a-z0-9]/g, "")
    .replace(/^[.-]+|[.-]+$/g, "");
  return cleaned.length <= longestSubdomain ? cleaned : `${cleaned.slice(0, longestSubdomain - 21)}-${hashedId(cleaned)}`;
}

const base36 = "abcdefghijklmnopqrstuvwxyz0123456789";

/** The two characters that spread raw outputs over an object store's partitions. */
export function rawOutputShard(name: string): string {
  const bucket = Number(fnv1a(name, 32) % 1296n);
  return `${base36[Math.floor(bucket / 36)]}${base36[bucket % 36]}`;
}

/** `a` and 19 characters without vowels: the name of an execution nobody named. */
export function randomExecutionName(random: Random): string {
  return `a${randomText(random, 19)}`;
}

/** Name of the workflow and launch plan made for running a single task. */
export function singleTaskWorkflowName(taskName: string): string {
  return `.flytegen.${taskName}`;
}

/** Id of the only node of such a workflow. */
export function singleTaskNodeId(taskName: string): string {
  return taskName.slice(-63).replace(/[^a-zA-Z0-9-]/g, "");
}

/** A text in the alphabet of hashed names, without padding: names of volumes, for example. */
export function base32(text: string): string {
  const bytes = Buffer.from(text);
  let encoded = "";
  let bits = 0;
  let value = 0;
  for (const byte of bytes) {
    value = (value << 8) | byte;
    for (bits += 8; bits >= 5; bits -= 5) encoded += alphabet[(value >> (bits - 5)) & 31];
    value &= (1 << bits) - 1;
  }
  return bits > 0 ? encoded + alphabet[(value << (5 - bits)) & 31] : encoded;
}
