import type { ServerDuplexStream, ServiceDefinition, UntypedServiceImplementation } from "@grpc/grpc-js";
import { StatusError } from "../../idl/status.ts";
import { grpcStatus } from "./grpc-status.ts";
import { reflectionReplies } from "./reflection-replies.ts";

type Call = ServerDuplexStream<Buffer, Uint8Array>;

const identity = (bytes: Buffer): Buffer => bytes;

/** gRPC's server reflection in its versions v1 and v1alpha, of `services` and itself. Nothing is unpacked before the first stream. */
export function reflectionServices(
  services: readonly string[],
  stopping: AbortSignal,
): readonly { readonly definition: ServiceDefinition; readonly implementation: UntypedServiceImplementation }[] {
  const names = ["v1", "v1alpha"].map((version) => `grpc.reflection.${version}.ServerReflection`);
  const listed = [...services, ...names];
  const serve = async (call: Call): Promise<void> => {
    const stop = (): void => fail(call, new StatusError("UNAVAILABLE", "the server is shutting down"));
    stopping.addEventListener("abort", stop, { once: true });
    call.once("cancelled", () => call.end());
    try {
      const { unpackFileDescriptors } = await import("../../idl/file-descriptors.ts");
      const reply = reflectionReplies(unpackFileDescriptors(), listed);
      // One answer at a time: a caller that does not read is not asked for more.
      for await (const request of call.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
        if (!call.write(reply(request))) await new Promise((resolve) => call.once("drain", resolve).once("close", resolve));
      }
      call.end();
    } catch {
      if (!call.cancelled) fail(call, new StatusError("INVALID_ARGUMENT", "the request is not a ServerReflectionRequest"));
    } finally {
      stopping.removeEventListener("abort", stop);
    }
  };
  return names.map((name) => ({
    definition: {
      ServerReflectionInfo: {
        path: `/${name}/ServerReflectionInfo`,
        requestStream: true,
        responseStream: true,
        requestSerialize: identity,
        requestDeserialize: identity,
        responseSerialize: (bytes: Uint8Array): Buffer => Buffer.from(bytes),
        responseDeserialize: identity,
      },
    },
    implementation: { ServerReflectionInfo: (call: Call) => void serve(call) },
  }));
}

function fail(call: ServerDuplexStream<Buffer, Uint8Array>, error: StatusError): void {
  call.emit("error", Object.assign(new Error(error.message), grpcStatus(error)));
}
