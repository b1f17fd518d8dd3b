// MessagePack as far as Flyte needs it: finding a value inside another and reading scalars. Parts are handed out as the
// bytes they were, so whatever a client wrote (extensions, number widths) survives.

export type MsgpackValue =
  | { readonly kind: "nil" }
  | { readonly kind: "boolean"; readonly value: boolean }
  /** Any integer of 64 bits, signed or not. */
  | { readonly kind: "integer"; readonly value: bigint }
  | { readonly kind: "float"; readonly value: number }
  | { readonly kind: "string"; readonly value: string }
  | { readonly kind: "binary"; readonly value: Uint8Array }
  | { readonly kind: "extension"; readonly type: number; readonly value: Uint8Array }
  /** Each item whole, as views on the bytes. */
  | { readonly kind: "array"; readonly items: readonly Uint8Array[] }
  | { readonly kind: "map"; readonly entries: readonly (readonly [key: Uint8Array, value: Uint8Array])[] };

interface Head {
  readonly kind: "nil" | "boolean" | "integer" | "float" | "string" | "binary" | "extension" | "array" | "map";
  /** Where the content begins. */
  readonly at: number;
  /** Bytes of content, 0 for arrays and maps. */
  readonly size: number;
  /** Values inside an array or map (a map's keys included). */
  readonly children: number;
}

const malformed = (): RangeError => new RangeError("the bytes are not MessagePack");

function headOf(view: DataView, offset: number): Head {
  if (offset >= view.byteLength) throw malformed();
  const tag = view.getUint8(offset);
  const content = offset + 1;
  const sized = (kind: Head["kind"], width: 1 | 2 | 4, unit: "bytes" | "items" | "pairs", extra = 0): Head => {
    if (content + width > view.byteLength) throw malformed();
    const size = width === 1 ? view.getUint8(content) : width === 2 ? view.getUint16(content) : view.getUint32(content);
    const at = content + width;
    return unit === "bytes"
      ? { kind, at, size: size + extra, children: 0 }
      : { kind, at, size: 0, children: unit === "items" ? size : 2 * size };
  };
  const fixed = (kind: Head["kind"], size: number): Head => ({ kind, at: content, size, children: 0 });
  if (tag <= 0x7f || tag >= 0xe0) return { kind: "integer", at: content, size: 0, children: 0 };
  if (tag <= 0x8f) return { kind: "map", at: content, size: 0, children: 2 * (tag & 0x0f) };
  if (tag <= 0x9f) return { kind: "array", at: content, size: 0, children: tag & 0x0f };
  if (tag <= 0xbf) return fixed("string", tag & 0x1f);
  switch (tag) {
    case 0xc0:
      return fixed("nil", 0);
    case 0xc2:
    case 0xc3:
      return fixed("boolean", 0);
    case 0xc4:
      return sized("binary", 1, "bytes");
    case 0xc5:
      return sized("binary", 2, "bytes");
    case 0xc6:
      return sized("binary", 4, "bytes");
    case 0xc7:
      return sized("extension", 1, "bytes", 1);
    case 0xc8:
      return sized("extension", 2, "bytes", 1);
    case 0xc9:
      return sized("extension", 4, "bytes", 1);
    case 0xca:
      return fixed("float", 4);
    case 0xcb:
      return fixed("float", 8);
    case 0xcc:
    case 0xd0:
      return fixed("integer", 1);
    case 0xcd:
    case 0xd1:
      return fixed("integer", 2);
    case 0xce:
    case 0xd2:
      return fixed("integer", 4);
    case 0xcf:
    case 0xd3:
      return fixed("integer", 8);
    case 0xd4:
    case 0xd5:
    case 0xd6:
    case 0xd7:
    case 0xd8:
      return fixed("extension", 1 + 2 ** (tag - 0xd4));
    case 0xd9:
      return sized("string", 1, "bytes");
    case 0xda:
      return sized("string", 2, "bytes");
    case 0xdb:
      return sized("string", 4, "bytes");
    case 0xdc:
      return sized("array", 2, "items");
    case 0xdd:
      return sized("array", 4, "items");
    case 0xde:
      return sized("map", 2, "pairs");
    case 0xdf:
      return sized("map", 4, "pairs");
    default:
      throw malformed();
  }
}

/** Where the value at `offset` ends. Not recursive: nesting costs no stack. */
function endOf(view: DataView, offset: number): number {
  let at = offset;
  for (let left = 1; left > 0; left--) {
    const head = headOf(view, at);
    at = head.at + head.size;
    left += head.children;
    // A child has a byte at least: a count beyond what is there is a lie.
    if (at > view.byteLength || left - 1 > view.byteLength - at) throw malformed();
  }
  return at;
}

function integerAt(view: DataView, tag: number, at: number): bigint {
  switch (tag) {
    case 0xcc:
      return BigInt(view.getUint8(at));
    case 0xcd:
      return BigInt(view.getUint16(at));
    case 0xce:
      return BigInt(view.getUint32(at));
    case 0xcf:
      return view.getBigUint64(at);
    case 0xd0:
      return BigInt(view.getInt8(at));
    case 0xd1:
      return BigInt(view.getInt16(at));
    case 0xd2:
      return BigInt(view.getInt32(at));
    case 0xd3:
      return view.getBigInt64(at);
    default:
      return BigInt(tag <= 0x7f ? tag : tag - 0x100);
  }
}

/** The one value that `bytes` hold, one level deep. RangeError when they hold none, or more. */
export function readMsgpack(bytes: Uint8Array): MsgpackValue {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const head = headOf(view, 0);
  if (endOf(view, 0) !== bytes.length) throw malformed();
  const tag = view.getUint8(0);
  const content = bytes.subarray(head.at, head.at + head.size);
  switch (head.kind) {
    case "nil":
      return { kind: "nil" };
    case "boolean":
      return { kind: "boolean", value: tag === 0xc3 };
    case "integer":
      return { kind: "integer", value: integerAt(view, tag, head.at) };
    case "float":
      return { kind: "float", value: head.size === 4 ? view.getFloat32(head.at) : view.getFloat64(head.at) };
    case "string":
      return { kind: "string", value: new TextDecoder().decode(content) };
    case "binary":
      return { kind: "binary", value: content };
    case "extension":
      return { kind: "extension", type: view.getInt8(head.at), value: content.subarray(1) };
    case "array":
    case "map": {
      const children: Uint8Array[] = [];
      for (let at = head.at; children.length < head.children;) {
        const end = endOf(view, at);
        children.push(bytes.subarray(at, end));
        at = end;
      }
      if (head.kind === "array") return { kind: "array", items: children };
      const entries: (readonly [Uint8Array, Uint8Array])[] = [];
      for (let index = 0; index < children.length; index += 2)
        entries.push([children[index] as Uint8Array, children[index + 1] as Uint8Array]);
      return { kind: "map", entries };
    }
  }
}
