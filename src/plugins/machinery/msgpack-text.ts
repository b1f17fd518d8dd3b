/** A number that was encoded as floating point: Go prints a million as `1e+06` then. */
interface Float {
  readonly float: number;
}
type Value = null | boolean | bigint | string | Float | Uint8Array | readonly Value[] | ReadonlyMap<Value, Value>;

/**
 * MessagePack bytes as Go's %v prints the decoded value: `map[a:1 b:[2 3]]`, keys sorted, nil as `<nil>`.
 * Throws RangeError for bytes that are not one whole value, and for extension types.
 */
export function msgpackText(bytes: Uint8Array): string {
  const reader = new Reader(bytes);
  const value = reader.value(0);
  if (reader.left !== 0) throw new RangeError("bytes are left after the MessagePack value");
  return text(value);
}

function text(value: Value): string {
  if (value === null) return "<nil>";
  if (value instanceof Uint8Array) return `[${[...value].join(" ")}]`;
  if (Array.isArray(value)) return `[${value.map(text).join(" ")}]`;
  if (value instanceof Map) {
    const entries = [...(value as ReadonlyMap<Value, Value>)].map(([key, item]) => [text(key), text(item)] as const);
    entries.sort(([left], [right]) => Buffer.compare(Buffer.from(left), Buffer.from(right)));
    return `map[${entries.map(([key, item]) => `${key}:${item}`).join(" ")}]`;
  }
  if (typeof value === "object") return goFloat((value as Float).float);
  return String(value);
}

/** Go's %v of a float64: the shortest decimal, with an exponent below 1e-4 and from 1e6 on. */
export function goFloat(value: number): string {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "+Inf" : "-Inf";
  if (Object.is(value, -0)) return "-0";
  const scientific = value.toExponential();
  const exponent = Number(scientific.slice(scientific.indexOf("e") + 1));
  return exponent < -4 || exponent >= 6 ? scientific.replace(/e([+-])(\d)$/, "e$10$2") : String(value);
}

class Reader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get left(): number {
    return this.#bytes.length - this.#at;
  }

  value(depth: number): Value {
    if (depth > 100) throw new RangeError("MessagePack value is nested too deep");
    const tag = this.#uint(1);
    if (tag < 0x80) return BigInt(tag);
    if (tag < 0x90) return this.#map(tag & 0x0f, depth);
    if (tag < 0xa0) return this.#list(tag & 0x0f, depth);
    if (tag < 0xc0) return this.#text(tag & 0x1f);
    if (tag >= 0xe0) return BigInt(tag - 0x100);
    switch (tag) {
      case 0xc0:
        return null;
      case 0xc2:
        return false;
      case 0xc3:
        return true;
      case 0xc4:
      case 0xc5:
      case 0xc6:
        return this.#take(this.#uint(1 << (tag - 0xc4)));
      case 0xca:
        return { float: Math.fround(this.#view.getFloat32(this.#skip(4))) };
      case 0xcb:
        return { float: this.#view.getFloat64(this.#skip(8)) };
      case 0xcc:
      case 0xcd:
      case 0xce:
        return BigInt(this.#uint(1 << (tag - 0xcc)));
      case 0xcf:
        return this.#view.getBigUint64(this.#skip(8));
      case 0xd0:
        return BigInt(this.#view.getInt8(this.#skip(1)));
      case 0xd1:
        return BigInt(this.#view.getInt16(this.#skip(2)));
      case 0xd2:
        return BigInt(this.#view.getInt32(this.#skip(4)));
      case 0xd3:
        return this.#view.getBigInt64(this.#skip(8));
      case 0xd9:
      case 0xda:
      case 0xdb:
        return this.#text(this.#uint(1 << (tag - 0xd9)));
      case 0xdc:
      case 0xdd:
        return this.#list(this.#uint(tag === 0xdc ? 2 : 4), depth);
      case 0xde:
      case 0xdf:
        return this.#map(this.#uint(tag === 0xde ? 2 : 4), depth);
      default:
        throw new RangeError(`MessagePack type 0x${tag.toString(16)} is not supported`);
    }
  }

  #skip(length: number): number {
    if (length > this.left) throw new RangeError("MessagePack value ends early");
    const at = this.#at;
    this.#at += length;
    return at;
  }

  #uint(length: number): number {
    const at = this.#skip(length);
    return length === 1 ? this.#view.getUint8(at) : length === 2 ? this.#view.getUint16(at) : this.#view.getUint32(at);
  }

  #take(length: number): Uint8Array {
    const at = this.#skip(length);
    return this.#bytes.subarray(at, at + length);
  }

  #text(length: number): string {
    return Buffer.from(this.#take(length)).toString("utf8");
  }

  #list(length: number, depth: number): readonly Value[] {
    const items: Value[] = [];
    for (let at = 0; at < length; at++) items.push(this.value(depth + 1));
    return items;
  }

  #map(length: number, depth: number): ReadonlyMap<Value, Value> {
    const items = new Map<Value, Value>();
    for (let at = 0; at < length; at++) items.set(this.value(depth + 1), this.value(depth + 1));
    return items;
  }
}
