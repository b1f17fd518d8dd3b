import { Metadata, Server } from "@grpc/grpc-js";
import type { ServerUnaryCall, ServerWritableStream, ServiceDefinition, UntypedServiceImplementation, sendUnaryData } from "@grpc/grpc-js";
import { once } from "node:events";
import { StatusError } from "../../idl/status.ts";
import type { CallMetadata } from "../authenticate.ts";
import type { Dispatch, Incoming } from "./dispatch.ts";
import { unimplemented } from "./dispatch.ts";
import { maxReceive } from "./gateway-options.ts";
import type { GatewayOptions } from "./gateway-options.ts";
import { healthService } from "./grpc-health.ts";
import { reflectionServices } from "./grpc-reflection.ts";
import { grpcStatus } from "./grpc-status.ts";
import { requestIdHeader, requestIdOf } from "./request-id.ts";
import type { ServiceMethod } from "./service-methods.ts";

type Call = ServerUnaryCall<Buffer, Uint8Array> | ServerWritableStream<Buffer, Uint8Array>;

const asBuffer = (bytes: Uint8Array): Buffer =>
  Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
const identity = (bytes: Buffer): Buffer => bytes;

/** grpc-js with every method of the services; requests and replies pass through as bytes. `stopping` ends streams. */
export function createGrpcServer(
  methods: readonly ServiceMethod[],
  dispatch: Dispatch,
  options: Pick<GatewayOptions, "random" | "clock" | "health">,
  stopping: AbortSignal,
): Server {
  const server = new Server({
    "grpc.max_receive_message_length": maxReceive,
    "grpc.max_send_message_length": -1,
    "grpc.max_concurrent_streams": 1000,
  });

  /** `close` is to be called at the end. Calls of one reply are waited for when the server stops: only streams hear of it. */
  function open(call: Call, isStream: boolean): { incoming: Incoming; close(): void } {
    const metadata: CallMetadata = (name) => call.metadata.get(name)[0]?.toString();
    const requestId = requestIdOf(metadata(requestIdHeader), options.random);
    const sent = new Metadata();
    sent.set(requestIdHeader, requestId);
    call.sendMetadata(sent);
    const controller = new AbortController();
    let over = false;
    call.once("cancelled", () => {
      // Told of every call, also of one that has had its answer.
      if (over) return;
      const deadline = Number(call.getDeadline());
      const late = Number.isFinite(deadline) && options.clock.now() >= deadline - 1;
      controller.abort(
        late ? new StatusError("DEADLINE_EXCEEDED", "the call's deadline has passed") : new StatusError("CANCELLED", "the caller has gone"),
      );
    });
    const onStop = (): void => controller.abort(stopping.reason);
    if (isStream && stopping.aborted) onStop();
    if (isStream) stopping.addEventListener("abort", onStop, { once: true });
    return {
      incoming: { requestBytes: call.request, metadata, requestId, signal: controller.signal },
      close() {
        over = true;
        if (isStream) stopping.removeEventListener("abort", onStop);
      },
    };
  }

  async function serveUnary(
    method: ServiceMethod,
    call: ServerUnaryCall<Buffer, Uint8Array>,
    reply: sendUnaryData<Uint8Array>,
  ): Promise<void> {
    const { incoming, close } = open(call, false);
    try {
      const answer = await dispatch.unary(method, incoming);
      close();
      reply(null, answer);
    } catch (error) {
      close();
      reply(grpcStatus(error as StatusError));
    }
  }

  async function serveStream(method: ServiceMethod, call: ServerWritableStream<Buffer, Uint8Array>): Promise<void> {
    const { incoming, close } = open(call, true);
    try {
      for await (const message of interruptible(dispatch.stream(method, incoming), incoming.signal)) {
        if (!call.write(message)) await once(call, "drain", { signal: incoming.signal });
      }
      call.end();
    } catch (error) {
      // The connection may break without a word while a slow reader is waited for.
      const given: unknown = error instanceof StatusError ? error : incoming.signal.reason;
      const reason = given instanceof StatusError ? given : new StatusError("CANCELLED", "the caller has gone");
      call.emit("error", Object.assign(new Error(reason.message), grpcStatus(reason)));
    } finally {
      close();
    }
  }

  for (const service of new Set(methods.map((method) => method.service))) {
    const definition: Record<string, ServiceDefinition[string]> = {};
    const implementation: UntypedServiceImplementation = {};
    for (const method of methods.filter((candidate) => candidate.service === service)) {
      definition[method.name] = {
        path: `/${method.fullName}`,
        requestStream: method.requestStream,
        responseStream: method.responseStream,
        requestSerialize: identity,
        requestDeserialize: identity,
        responseSerialize: asBuffer,
        responseDeserialize: identity,
      };
      implementation[method.name] = method.requestStream
        ? (call: ServerWritableStream<Buffer, Uint8Array>, reply?: sendUnaryData<Uint8Array>) => {
            const status = grpcStatus(unimplemented(method));
            if (reply) reply(status);
            else call.emit("error", Object.assign(new Error(status.details), status));
          }
        : method.responseStream
          ? (call: ServerWritableStream<Buffer, Uint8Array>) => void serveStream(method, call)
          : (call: ServerUnaryCall<Buffer, Uint8Array>, reply: sendUnaryData<Uint8Array>) => void serveUnary(method, call, reply);
    }
    server.addService(definition, implementation);
  }
  const health = healthService(options.health, stopping);
  server.addService(health.definition, health.implementation);
  const served = [...new Set(methods.map((method) => method.service)), "grpc.health.v1.Health"];
  for (const { definition, implementation } of reflectionServices(served, stopping)) server.addService(definition, implementation);
  return server;
}

/** Passes `source` on until `signal` is aborted, then throws its reason without waiting for the source. */
async function* interruptible<T>(source: AsyncIterable<T>, signal: AbortSignal): AsyncGenerator<T, void, undefined> {
  const iterator = source[Symbol.asyncIterator]();
  // One listener and one promise a step: racing each step with one long-lived promise would grow with every message.
  let interrupt = (): void => {};
  const onAbort = (): void => interrupt();
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    for (;;) {
      const next = await new Promise<IteratorResult<T>>((resolve, reject) => {
        interrupt = () => reject(signal.reason as Error);
        if (signal.aborted) interrupt();
        else iterator.next().then(resolve, reject);
      });
      if (next.done) return;
      yield next.value;
    }
  } finally {
    signal.removeEventListener("abort", onAbort);
    // Not awaited: a source in the middle of a wait returns only when that wait is over.
    void iterator.return?.().catch(() => {});
  }
}
