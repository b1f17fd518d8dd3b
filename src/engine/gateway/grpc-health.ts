import type { ServiceDefinition, UntypedServiceImplementation, ServerUnaryCall, ServerWritableStream, sendUnaryData } from "@grpc/grpc-js";
import { StatusError } from "../../idl/status.ts";
import { subMessages } from "../../idl/wire.ts";
import { grpcStatus } from "./grpc-status.ts";
import type { Health } from "./gateway-options.ts";

const known = ["", "flyteadmin"];
const states = { serving: 1, notServing: 2, serviceUnknown: 3 } as const;

const identity = (bytes: Buffer): Buffer => bytes;
const definition = (name: string, responseStream: boolean): ServiceDefinition[string] => ({
  path: `/grpc.health.v1.Health/${name}`,
  requestStream: false,
  responseStream,
  requestSerialize: identity,
  requestDeserialize: identity,
  responseSerialize: identity,
  responseDeserialize: identity,
});

/** HealthCheckRequest has one field, the service's name. */
function serviceOf(request: Uint8Array): string {
  try {
    return Buffer.from(subMessages(request, 1).at(-1) ?? []).toString("utf8");
  } catch {
    throw new StatusError("INVALID_ARGUMENT", "the request is not a grpc.health.v1.HealthCheckRequest");
  }
}

/** HealthCheckResponse has one field, an enum. */
const response = (state: number): Buffer => Buffer.from([0x08, state]);

/** grpc.health.v1.Health, its two one-field messages written by hand. */
export function healthService(
  health: Health,
  stopping: AbortSignal,
): { definition: ServiceDefinition; implementation: UntypedServiceImplementation } {
  const state = (): number => (health.serving() && !stopping.aborted ? states.serving : states.notServing);
  return {
    definition: { Check: definition("Check", false), Watch: definition("Watch", true) },
    implementation: {
      Check(call: ServerUnaryCall<Buffer, Buffer>, reply: sendUnaryData<Buffer>): void {
        try {
          const service = serviceOf(call.request);
          if (!known.includes(service)) throw new StatusError("NOT_FOUND", `unknown service ${service}`);
          reply(null, response(state()));
        } catch (error) {
          reply(grpcStatus(error as StatusError));
        }
      },
      Watch(call: ServerWritableStream<Buffer, Buffer>): void {
        let service: string;
        try {
          service = serviceOf(call.request);
        } catch (error) {
          call.emit("error", Object.assign(new Error(), grpcStatus(error as StatusError)));
          return;
        }
        let last: number | undefined;
        const send = (): void => {
          const now = known.includes(service) ? state() : states.serviceUnknown;
          if (now !== last) call.write(response(now));
          last = now;
        };
        const unsubscribe = health.onChange(send);
        const stop = (): void => {
          send();
          call.end();
        };
        stopping.addEventListener("abort", stop, { once: true });
        call.once("close", () => {
          unsubscribe();
          stopping.removeEventListener("abort", stop);
        });
        call.once("cancelled", () => call.end());
        send();
      },
    },
  };
}
