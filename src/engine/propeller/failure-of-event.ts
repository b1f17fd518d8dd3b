import { flyteidl } from "../../idl/flyteidl.ts";
import type { ExecutionError } from "../../idl/types.ts";
import type { Failure } from "./state.ts";

const longestMessage = 100 * 1024;

/** An error as events carry it; messages beyond 100 KiB are cut. */
export function failureOfEvent(failure: Failure): ExecutionError {
  const bytes = Buffer.from(failure.message);
  const message =
    bytes.length <= longestMessage ? failure.message : new TextDecoder().decode(bytes.subarray(0, longestMessage), { stream: true });
  return { code: failure.code, message, kind: flyteidl.core.ExecutionError.ErrorKind[failure.kind] };
}

/** Who sends: admin takes events of this producer whatever cluster the execution was given to. */
export const producerId = "propeller";
