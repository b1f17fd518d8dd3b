import protobuf from "protobufjs/minimal.js";

// Messages are stored and served as the bytes received (any re-encoding may reorder map keys), so replies that hold
// stored messages are put together from bytes. Protobuf allows it: a message is the concatenation of its fields.

/** Length-delimited field `number` holding already encoded `bytes`. */
export function bytesField(number: number, bytes: Uint8Array): Uint8Array {
  return protobuf.Writer.create()
    .uint32((number << 3) | 2)
    .bytes(bytes)
    .finish();
}

/** Varint field `number`: an enum, a bool, or an integer of up to 32 bits. */
export function varintField(number: number, value: number): Uint8Array {
  return protobuf.Writer.create()
    .uint32(number << 3)
    .int32(value)
    .finish();
}

/** The last of varint field `number` as an int32; undefined when there is none. */
export function int32Of(bytes: Uint8Array, number: number): number | undefined {
  const reader = protobuf.Reader.create(bytes);
  let found: number | undefined;
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    if (tag >>> 3 === number && (tag & 7) === 0) found = reader.int32();
    else reader.skipType(tag & 7);
  }
  return found;
}

/** The encoded sub-message at a path of field numbers, or undefined; of a repeated field, the last one as protobuf has it. */
export function subMessage(bytes: Uint8Array, path: readonly number[]): Uint8Array | undefined {
  let current: Uint8Array | undefined = bytes;
  for (const number of path) {
    if (current === undefined) return undefined;
    current = subMessages(current, number).at(-1);
  }
  return current;
}

/** All occurrences of length-delimited field `number`, in order, as views on `bytes`. */
export function subMessages(bytes: Uint8Array, number: number): Uint8Array[] {
  const reader = protobuf.Reader.create(bytes);
  const found: Uint8Array[] = [];
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    if (tag >>> 3 === number && (tag & 7) === 2) found.push(reader.bytes());
    else reader.skipType(tag & 7);
  }
  return found;
}

/** How many times length-delimited field `number` occurs. */
export function countMessages(bytes: Uint8Array, number: number): number {
  const reader = protobuf.Reader.create(bytes);
  let count = 0;
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    if (tag >>> 3 === number && (tag & 7) === 2) count++;
    reader.skipType(tag & 7);
  }
  return count;
}

/** A message without the fields at a path of field numbers. */
export function withoutField(bytes: Uint8Array, [number, ...within]: readonly number[]): Uint8Array {
  const reader = protobuf.Reader.create(bytes);
  const kept: Uint8Array[] = [];
  while (reader.pos < reader.len) {
    const start = reader.pos;
    const tag = reader.uint32();
    if (number === undefined || tag >>> 3 !== number) {
      reader.skipType(tag & 7);
      kept.push(bytes.subarray(start, reader.pos));
    } else if (within.length > 0 && (tag & 7) === 2) {
      kept.push(bytesField(number, withoutField(reader.bytes(), within)));
    } else {
      reader.skipType(tag & 7);
    }
  }
  return concatBytes(...kept);
}

export function concatBytes(...parts: readonly Uint8Array[]): Uint8Array {
  return parts.length === 1 && parts[0] ? parts[0] : Buffer.concat(parts);
}

/** Whether two byte strings are equal. */
export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && Buffer.compare(a, b) === 0;
}
