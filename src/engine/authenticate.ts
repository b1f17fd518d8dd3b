import type { Principal } from "./service.ts";

/** Headers or gRPC metadata of a call; names in lower case. */
export type CallMetadata = (name: string) => string | undefined;

const anonymous: Principal = { subject: "anonymous", anonymous: true };

/** Who makes a call. There is one place for it, and it knows nobody yet: callers are anonymous. */
export function authenticate(_metadata: CallMetadata): Principal {
  return anonymous;
}
