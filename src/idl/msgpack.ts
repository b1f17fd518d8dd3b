import { readMsgpack } from "./msgpack-parts.ts";

const deepest = 100;

/**
 * MessagePack as plain values: maps as objects (keys as text), binaries as bytes, integers beyond 2^53 as bigint,
 * extensions as their bytes. RangeError for bytes that are not MessagePack, or nested more than 100 deep.
 */
export function decodeMsgpack(bytes: Uint8Array, depth = 0): unknown {
  if (depth > deepest) throw new RangeError(`the MessagePack is nested more than ${deepest} deep`);
  const value = readMsgpack(bytes);
  switch (value.kind) {
    case "nil":
      return null;
    case "integer":
      return value.value >= BigInt(Number.MIN_SAFE_INTEGER) && value.value <= BigInt(Number.MAX_SAFE_INTEGER)
        ? Number(value.value)
        : value.value;
    case "array":
      return value.items.map((item) => decodeMsgpack(item, depth + 1));
    case "map":
      return Object.fromEntries(
        value.entries.map(([key, item]) => [String(decodeMsgpack(key, depth + 1)), decodeMsgpack(item, depth + 1)]),
      );
    default:
      return value.value;
  }
}

function head(
  small: { base: number; below: number } | undefined,
  tags: readonly [number | undefined, number, number],
  size: number,
): Buffer {
  if (small && size < small.below) return Buffer.from([small.base | size]);
  if (tags[0] !== undefined && size <= 0xff) return Buffer.from([tags[0], size]);
  const wide = size > 0xffff;
  const bytes = Buffer.alloc(wide ? 5 : 3);
  bytes[0] = wide ? tags[2] : tags[1];
  if (wide) bytes.writeUInt32BE(size, 1);
  else bytes.writeUInt16BE(size, 1);
  return bytes;
}

function encodedInteger(value: bigint): Buffer {
  if (value >= 0n && value < 128n) return Buffer.from([Number(value)]);
  if (value < 0n && value >= -32n) return Buffer.from([Number(value) + 0x100]);
  const bytes = Buffer.alloc(9);
  bytes[0] = value < 0n ? 0xd3 : 0xcf;
  if (value < 0n) bytes.writeBigInt64BE(value, 1);
  else bytes.writeBigUInt64BE(value, 1);
  return bytes;
}

/**
 * A plain value as MessagePack: whole numbers and bigints as integers, other numbers as 64-bit floats. RangeError for
 * integers beyond 64 bits and nesting beyond 100, TypeError for what MessagePack has no form of.
 */
export function encodeMsgpack(value: unknown, depth = 0): Uint8Array {
  if (depth > deepest) throw new RangeError(`the value is nested more than ${deepest} deep`);
  if (value === null || value === undefined) return Buffer.from([0xc0]);
  if (typeof value === "boolean") return Buffer.from([value ? 0xc3 : 0xc2]);
  if (typeof value === "bigint") return encodedInteger(value);
  if (typeof value === "number") {
    if (Number.isSafeInteger(value) && !Object.is(value, -0)) return encodedInteger(BigInt(value));
    const bytes = Buffer.alloc(9, 0xcb);
    bytes.writeDoubleBE(value, 1);
    return bytes;
  }
  if (typeof value === "string") {
    const text = Buffer.from(value);
    return Buffer.concat([head({ base: 0xa0, below: 32 }, [0xd9, 0xda, 0xdb], text.length), text]);
  }
  if (value instanceof Uint8Array) return Buffer.concat([head(undefined, [0xc4, 0xc5, 0xc6], value.length), value]);
  if (Array.isArray(value)) {
    const items = value.map((item) => encodeMsgpack(item, depth + 1));
    return Buffer.concat([head({ base: 0x90, below: 16 }, [undefined, 0xdc, 0xdd], items.length), ...items]);
  }
  if (typeof value === "object") {
    const entries = Object.entries(value).filter(([, item]) => item !== undefined);
    const parts = entries.flatMap(([key, item]) => [encodeMsgpack(key), encodeMsgpack(item, depth + 1)]);
    return Buffer.concat([head({ base: 0x80, below: 16 }, [undefined, 0xde, 0xdf], entries.length), ...parts]);
  }
  throw new TypeError(`MessagePack has no form of a ${typeof value}`);
}
