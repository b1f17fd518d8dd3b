import type { FileDescriptors } from "../../idl/file-descriptors.ts";
import { statusCodes } from "../../idl/status.ts";
import { bytesField, concatBytes, int32Of, subMessages, varintField } from "../../idl/wire.ts";

// grpc.reflection's messages, the same in v1 and v1alpha, by their field numbers (proto/include/grpc/reflection).

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString("utf8");
const bytesOf = (value: string): Uint8Array => Buffer.from(value, "utf8");

/**
 * Answers the requests of one stream of ServerReflectionInfo; throws where a request is not of that message. A file comes
 * with what it imports, except for files that the stream has had.
 */
export function reflectionReplies(descriptors: FileDescriptors, services: readonly string[]): (request: Uint8Array) => Uint8Array {
  const sent = new Set<string>();

  const filesFrom = (name: string): Uint8Array[] => {
    const fresh: string[] = [];
    const visit = (one: string): void => {
      if (sent.has(one)) return;
      sent.add(one);
      fresh.push(one);
      for (const imported of descriptors.imports(one)) visit(imported);
    };
    // What is asked for is sent in any case.
    sent.delete(name);
    visit(name);
    return fresh.flatMap((one) => descriptors.file(one) ?? []);
  };
  const notFound = (what: string): Uint8Array =>
    bytesField(7, concatBytes(varintField(1, statusCodes.NOT_FOUND), bytesField(2, bytesOf(`${what} is not known to this server`))));
  const files = (name: string | undefined, what: string): Uint8Array =>
    name === undefined || descriptors.file(name) === undefined
      ? notFound(what)
      : bytesField(4, concatBytes(...filesFrom(name).map((file) => bytesField(1, file))));

  const answer = (request: Uint8Array): Uint8Array => {
    const asked = (number: number): Uint8Array | undefined => subMessages(request, number).at(-1);
    const fileName = asked(3);
    if (fileName) return files(text(fileName), `file ${text(fileName)}`);
    const symbol = asked(4);
    if (symbol) return files(descriptors.fileOfSymbol(text(symbol)), `symbol ${text(symbol)}`);
    const extension = asked(5);
    if (extension) {
      const type = text(subMessages(extension, 1).at(-1) ?? new Uint8Array());
      const number = int32Of(extension, 2) ?? 0;
      return files(descriptors.fileOfExtension(type, number), `extension ${number} of ${type}`);
    }
    const type = asked(6);
    if (type) {
      const numbers = descriptors.extensionNumbers(text(type));
      if (numbers === undefined) return notFound(`type ${text(type)}`);
      return bytesField(5, concatBytes(bytesField(1, type), ...numbers.map((number) => varintField(2, number))));
    }
    if (asked(7)) return bytesField(6, concatBytes(...services.map((name) => bytesField(1, bytesField(1, bytesOf(name))))));
    const message = bytesField(2, bytesOf("the request asks for nothing"));
    return bytesField(7, concatBytes(varintField(1, statusCodes.INVALID_ARGUMENT), message));
  };
  return (request) =>
    concatBytes(
      ...subMessages(request, 1)
        .slice(-1)
        .map((host) => bytesField(1, host)),
      bytesField(2, request),
      answer(request),
    );
}
