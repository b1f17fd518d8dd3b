import { gunzipSync } from "node:zlib";
import packed from "./gen/descriptors.js";

/** Every .proto file that is served, and what they import. Import this module at first use only. */
export interface FileDescriptors {
  /** Encoded google.protobuf.FileDescriptorProto by the file's name. */
  file(name: string): Uint8Array | undefined;
  /** Names of the files that a file imports. */
  imports(name: string): readonly string[];
  /** The file that declares a package-qualified message, enum, service or method. */
  fileOfSymbol(symbol: string): string | undefined;
  fileOfExtension(type: string, number: number): string | undefined;
  /** Undefined when there is no such message. */
  extensionNumbers(type: string): readonly number[] | undefined;
}

interface Packed {
  readonly files: Readonly<Record<string, string>>;
  readonly imports: Readonly<Record<string, readonly string[]>>;
  /** By name, extensions by `<type> <number>`. */
  readonly symbols: Readonly<Record<string, string>>;
}

/** Unpacks them; takes some milliseconds. */
export function unpackFileDescriptors(): FileDescriptors {
  const { files, imports, symbols } = JSON.parse(gunzipSync(Buffer.from(packed, "base64")).toString()) as Packed;
  const own = <T>(from: Readonly<Record<string, T>>, key: string): T | undefined => (Object.hasOwn(from, key) ? from[key] : undefined);
  return {
    file(name) {
      const text = own(files, name);
      return text === undefined ? undefined : Buffer.from(text, "base64");
    },
    imports: (name) => own(imports, name) ?? [],
    fileOfSymbol: (symbol) => (symbol.includes(" ") ? undefined : own(symbols, symbol)),
    fileOfExtension: (type, number) => own(symbols, `${type} ${number}`),
    extensionNumbers(type) {
      if (type.includes(" ") || own(symbols, type) === undefined) return undefined;
      return Object.keys(symbols)
        .filter((key) => key.startsWith(`${type} `))
        .map((key) => Number(key.slice(type.length + 1)));
    },
  };
}
