import protobuf from "protobufjs/minimal.js";
import { flyteidl } from "../../../../idl/flyteidl.ts";
import { literalsIn } from "./array-inputs.ts";
import { subMessages } from "../../../../idl/wire.ts";
import type { Literal, LiteralMap } from "../../../../idl/types.ts";

/** Where the elements of one list begin in its bytes; each begins with its length. */
interface ListOfBytes {
  readonly bytes: Uint8Array;
  readonly starts: Uint32Array;
}

const literalsField = 1;
const collectionField = 2;

/** The elements of an encoded core.Literal that is a list; undefined for one that is none. */
function listOf(literal: Uint8Array): ListOfBytes | undefined {
  const collections = subMessages(literal, collectionField);
  if (collections.length === 0) return undefined;
  // Of a message that comes in parts the lists are joined, as protobuf has it.
  const bytes = collections.length === 1 && collections[0] ? collections[0] : Buffer.concat(collections);
  let starts = new Uint32Array(64);
  let count = 0;
  const reader = protobuf.Reader.create(bytes);
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    if (tag >>> 3 === literalsField && (tag & 7) === 2) {
      if (count === starts.length) {
        const longer = new Uint32Array(2 * count);
        longer.set(starts);
        starts = longer;
      }
      starts[count++] = reader.pos;
    }
    reader.skipType(tag & 7);
  }
  return { bytes, starts: starts.subarray(0, count) };
}

/** The inputs of an array, element by element: they are not decoded before they are asked for. */
export class ElementInputs {
  readonly #whole: Map<string, Literal> = new Map();
  readonly #lists: Map<string, ListOfBytes> = new Map();

  /** `encoded`: the array's inputs, a LiteralMap. `bound`: names of those that all elements are given whole. */
  constructor(encoded: Uint8Array, bound: readonly string[]) {
    for (const [name, literal] of literalsIn(encoded)) {
      const list = bound.includes(name) ? undefined : listOf(literal);
      if (list) this.#lists.set(name, list);
      else this.#whole.set(name, flyteidl.core.Literal.decode(literal));
    }
  }

  /** What one element is given. RangeError when there is none of that index. */
  of(index: number): LiteralMap {
    const literals: Record<string, Literal> = Object.fromEntries(this.#whole);
    for (const [name, { bytes, starts }] of this.#lists) {
      const start = starts[index];
      if (start === undefined) throw new RangeError(`list [${name}] has no element [${index}]`);
      const reader = protobuf.Reader.create(bytes);
      reader.pos = start;
      literals[name] = flyteidl.core.Literal.decode(reader.bytes());
    }
    return { literals };
  }
}
