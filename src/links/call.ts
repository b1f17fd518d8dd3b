import type { CallOptions, FlyteClient } from "../client/connect.ts";
import { StatusError } from "../idl/status.ts";
import { FlyteError } from "../std/errors.ts";

interface Codec<In, Out> {
  encode(message: In): { finish(): Uint8Array };
  decode(bytes: Uint8Array): Out;
}

/** One call to another part of the engine. StatusErrors as it answers, UNAVAILABLE when it cannot be reached. */
export async function call<Request, Reply>(
  client: FlyteClient,
  service: string,
  method: string,
  codecs: readonly [request: Codec<Request, unknown>, reply: Codec<never, Reply>],
  message: Request,
): Promise<Reply> {
  const [request, reply] = codecs;
  return reply.decode(await callBytes(client, service, method, request.encode(message).finish()));
}

/** The same of bytes. */
export async function callBytes(
  client: FlyteClient,
  service: string,
  method: string,
  request: Uint8Array,
  options?: CallOptions,
): Promise<Uint8Array> {
  try {
    return await client.unary(service, method, request, options);
  } catch (thrown) {
    throw asStatus(thrown);
  }
}

/** That nobody answers is UNAVAILABLE. */
export function asStatus(thrown: unknown): unknown {
  return thrown instanceof FlyteError ? new StatusError("UNAVAILABLE", thrown.message, [], thrown) : thrown;
}
