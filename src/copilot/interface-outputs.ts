import { flyteidl } from "../idl/flyteidl.ts";
import type { VariableMap } from "../idl/types.ts";

/** The outputs of a TypedInterface in base64. Throws what is no such message. */
export function outputsOfInterface(base64: string): VariableMap {
  try {
    return flyteidl.core.TypedInterface.decode(Buffer.from(base64, "base64")).outputs ?? {};
  } catch (thrown) {
    throw new Error("Bad interface passed, failed to unmarshal, expected core.TypedInterface", { cause: thrown });
  }
}
