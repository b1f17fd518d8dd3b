import type { FlyteClient } from "../client/connect.ts";
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
  try {
    return reply.decode(await client.unary(service, method, request.encode(message).finish()));
  } catch (thrown) {
    if (thrown instanceof FlyteError) throw new StatusError("UNAVAILABLE", thrown.message, [], thrown);
    throw thrown;
  }
}
