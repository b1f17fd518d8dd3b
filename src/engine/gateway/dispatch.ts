import { StatusError } from "../../idl/status.ts";
import { messageOf } from "../../std/errors.ts";
import { authenticate } from "../authenticate.ts";
import type { CallMetadata } from "../authenticate.ts";
import { authorize } from "../authorize.ts";
import type { CallContext } from "../service.ts";
import type { GatewayOptions } from "./gateway-options.ts";
import { requestScope } from "./request-scope.ts";
import type { ServiceMethod } from "./service-methods.ts";

/** One call, of either transport. */
export interface Incoming {
  readonly requestBytes: Uint8Array;
  readonly metadata: CallMetadata;
  readonly requestId: string;
  readonly signal: AbortSignal;
}

export interface Dispatch {
  /** The encoded reply; throws StatusError only. */
  unary(method: ServiceMethod, call: Incoming): Promise<Uint8Array>;
  /** The encoded replies; throws StatusError only. */
  stream(method: ServiceMethod, call: Incoming): AsyncIterable<Uint8Array>;
}

/** What every call goes through, whatever it came by: authentication, decoding, authorization, the handler, and the mapping of errors. */
export function createDispatch(options: Pick<GatewayOptions, "logger" | "onInternalError">): Dispatch {
  function open(method: ServiceMethod, call: Incoming): { request: object; context: CallContext } {
    const principal = authenticate(call.metadata);
    const request = decode(method, call.requestBytes);
    const { project, domain } = requestScope(request);
    authorize(principal, method.fullName, project, domain);
    return {
      request,
      context: { principal, method: method.fullName, requestBytes: call.requestBytes, requestId: call.requestId, signal: call.signal },
    };
  }

  function explain(method: ServiceMethod, call: Incoming, thrown: unknown): StatusError {
    if (thrown instanceof StatusError && thrown.status !== "UNKNOWN" && thrown.status !== "OK") return thrown;
    if (call.signal.aborted)
      return call.signal.reason instanceof StatusError ? call.signal.reason : new StatusError("CANCELLED", "the caller has gone");
    const { fullName } = method;
    const { requestId } = call;
    options.logger.error(`${fullName} failed unexpectedly: ${messageOf(thrown)}`, {
      method: fullName,
      requestId,
      stack: thrown instanceof Error ? thrown.stack : undefined,
    });
    options.onInternalError?.({ method: fullName, requestId, error: thrown });
    return new StatusError(
      "INTERNAL",
      `internal error in ${method.name}; the server's log has it under request id ${requestId}`,
      [],
      thrown,
    );
  }

  return {
    async unary(method, call) {
      try {
        if (!method.unary) throw unimplemented(method);
        const { request, context } = open(method, call);
        return await method.unary(request, context);
      } catch (thrown) {
        throw explain(method, call, thrown);
      }
    },
    async *stream(method, call) {
      try {
        if (!method.stream) throw unimplemented(method);
        const { request, context } = open(method, call);
        for await (const reply of method.stream(request, context)) {
          if (call.signal.aborted) throw call.signal.reason;
          yield reply;
        }
        // A handler that stops quietly because it was told to has not come to its end.
        if (call.signal.aborted) throw call.signal.reason;
      } catch (thrown) {
        throw explain(method, call, thrown);
      }
    },
  };
}

function decode(method: ServiceMethod, bytes: Uint8Array): object {
  try {
    return method.request.decode(bytes);
  } catch (error) {
    throw new StatusError("INVALID_ARGUMENT", `the request is not a ${method.requestName}: ${messageOf(error)}`, [], error);
  }
}

export function unimplemented(method: Pick<ServiceMethod, "fullName">): StatusError {
  return new StatusError("UNIMPLEMENTED", `${method.fullName} is not implemented by this deployment`);
}
