import { datacatalog, flyte, flyteidl, google } from "../../idl/flyteidl.ts";
import services from "../../idl/gen/services.js";
import type { ServiceHandlers, StreamHandler, UnaryHandler } from "../service.ts";

/** The static class of a message. */
export interface Codec {
  encode(message: object): { finish(): Uint8Array };
  decode(bytes: Uint8Array): object;
}

/** One RPC of a service that is served, with its handler if there is one. */
export interface ServiceMethod {
  readonly service: string;
  readonly name: string;
  /** `flyteidl.service.AdminService/CreateTask`. */
  readonly fullName: string;
  readonly requestStream: boolean;
  readonly responseStream: boolean;
  /** Full names of messages. */
  readonly requestName: string;
  readonly responseName: string;
  readonly request: Codec;
  readonly response: Codec;
  readonly unary: UnaryHandler<object> | undefined;
  readonly stream: StreamHandler<object> | undefined;
}

const staticRoots: Readonly<Record<string, unknown>> = { flyteidl, datacatalog, flyte, google };

/** The static class of a message by its full name; throws when there is none. */
export function codecOf(fullName: string): Codec {
  let found: unknown = staticRoots;
  for (const part of fullName.split(".")) found = (found as Readonly<Record<string, unknown>> | undefined)?.[part];
  if (typeof found !== "function" || !("decode" in found)) throw new Error(`no generated class for ${fullName}`);
  return found as unknown as Codec;
}

/** Every method of the services handed in. A handler under a name the service has not is an error of ours and throws. */
export function serviceMethods(served: readonly ServiceHandlers[]): ServiceMethod[] {
  return served.flatMap((handlers) => {
    const methods = services[handlers.service];
    if (!methods) throw new Error(`there is no service ${handlers.service}`);
    const unknown = [...Object.keys(handlers.unary), ...Object.keys(handlers.streams ?? {})].filter(
      (name) => !Object.hasOwn(methods, name),
    );
    if (unknown.length > 0) throw new Error(`${handlers.service} has no method ${unknown.join(", ")}`);
    return Object.entries(methods).map(([name, { request, response, requestStream, responseStream }]): ServiceMethod => ({
      service: handlers.service,
      name,
      fullName: `${handlers.service}/${name}`,
      requestStream,
      responseStream,
      requestName: request,
      responseName: response,
      request: codecOf(request),
      response: codecOf(response),
      unary: handlers.unary[name] as UnaryHandler<object> | undefined,
      stream: handlers.streams?.[name] as StreamHandler<object> | undefined,
    }));
  });
}
