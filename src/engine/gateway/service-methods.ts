import type { Method, Type } from "protobufjs";
import { datacatalog, flyte, flyteidl, google } from "../../idl/flyteidl.ts";
import { reflectionRoot } from "../../idl/reflection.ts";
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
  readonly requestType: Type;
  readonly responseType: Type;
  readonly request: Codec;
  readonly response: Codec;
  readonly unary: UnaryHandler<object> | undefined;
  readonly stream: StreamHandler<object> | undefined;
  readonly reflected: Method;
}

const staticRoots: Readonly<Record<string, unknown>> = { flyteidl, datacatalog, flyte, google };

/** The static class of a reflected type; throws when there is none. */
export function codecOf(type: Type): Codec {
  let found: unknown = staticRoots;
  for (const part of type.fullName.slice(1).split(".")) found = (found as Readonly<Record<string, unknown>> | undefined)?.[part];
  if (typeof found !== "function" || !("decode" in found)) throw new Error(`no generated class for ${type.fullName}`);
  return found as unknown as Codec;
}

/** Every method of the services handed in. A handler under a name the service has not is an error of ours and throws. */
export function serviceMethods(services: readonly ServiceHandlers[]): ServiceMethod[] {
  return services.flatMap((handlers) => {
    const service = reflectionRoot().lookupService(handlers.service);
    const unknown = [...Object.keys(handlers.unary), ...Object.keys(handlers.streams ?? {})].filter(
      (name) => !Object.hasOwn(service.methods, name),
    );
    if (unknown.length > 0) throw new Error(`${handlers.service} has no method ${unknown.join(", ")}`);
    return service.methodsArray.map((method): ServiceMethod => {
      method.resolve();
      const { resolvedRequestType, resolvedResponseType } = method;
      if (!resolvedRequestType || !resolvedResponseType) throw new Error(`${handlers.service}/${method.name} is not resolved`);
      return {
        service: handlers.service,
        name: method.name,
        fullName: `${handlers.service}/${method.name}`,
        requestStream: method.requestStream === true,
        responseStream: method.responseStream === true,
        requestType: resolvedRequestType,
        responseType: resolvedResponseType,
        request: codecOf(resolvedRequestType),
        response: codecOf(resolvedResponseType),
        unary: handlers.unary[method.name] as UnaryHandler<object> | undefined,
        stream: handlers.streams?.[method.name] as StreamHandler<object> | undefined,
        reflected: method,
      };
    });
  });
}
